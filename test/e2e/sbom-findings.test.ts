import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { translateXml } from '../../src/capabilities/inventory/sbom/translate-xml.ts';
import { orThrow } from '../../src/core/result.ts';
import { CommandHere } from '../support/command-line.ts';
import { findSchemaBreach } from '../support/sbom-schemas.ts';

const VECTOR = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N';
const purls = ['pkg:npm/left-pad@1.1.0', 'pkg:npm/right-pad@2.0.0', 'pkg:npm/fine@1.0.0'];
let folder: string;
let line: CommandHere;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-sbom-findings-'));
  line = new CommandHere(folder);
  const put = (path: string, value: object) =>
    writeFileSync(join(folder, path), JSON.stringify(value));
  const components = purls.map((purl) => {
    const [, name = '', version = ''] = /npm.(.*)@(.*)$/.exec(purl) ?? [];
    return { type: 'library', 'bom-ref': purl, name, version, purl };
  });
  const compositions = [{ aggregate: 'complete', assemblies: ['app'] }];
  const metadata = { component: { type: 'application', 'bom-ref': 'app', name: 'app' } };
  const head = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata };
  put('sbom.json', { ...head, components, compositions });
  const affect = (name: string) => ({
    package: { ecosystem: 'npm', name },
    ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '3.0.0' }] }],
  });
  put('osv.json', {
    ...{ id: 'GHSA-1', aliases: ['CVE-2026-1234'], summary: 'It pads too far' },
    affected: [affect('left-pad'), affect('right-pad')],
    severity: [{ type: 'CVSS_V4', score: VECTOR }],
  });
  await line.output('advisories', 'import', 'osv.json', '--covers', 'npm');
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

const write = async (format: string, ...more: readonly string[]) =>
  line.run('sbom', 'sbom:sbom.json', '--format', format, '--with-findings', ...more);

interface CycloneDx {
  readonly vulnerabilities: readonly object[];
  readonly metadata: { readonly properties: readonly { name: string; value: string }[] };
}

describe('B3: the list of known vulnerabilities is added to the inventory', () => {
  it.each([
    ['cyclonedx-1.4-json', 'cyclonedx-1.4', 'other'],
    ['cyclonedx-1.5-json', 'cyclonedx-1.5', 'CVSSv4'],
    ['cyclonedx-json', 'cyclonedx-1.6', 'CVSSv4'],
    ['cyclonedx-1.7-json', 'cyclonedx-1.7', 'CVSSv4'],
  ])(
    '%s has each vulnerability once, with all components that it affects',
    async (format, schema, method) => {
      const bom = JSON.parse((await write(format)).stdout) as CycloneDx;
      expect(findSchemaBreach(schema, bom)).toBeNull();
      const versions = (version: string) => [{ version, status: 'affected' }];
      expect(bom.vulnerabilities).toEqual([
        {
          id: 'CVE-2026-1234',
          source: { url: 'https://osv.dev/vulnerability/CVE-2026-1234' },
          references: [{ id: 'GHSA-1', source: { name: 'alias' } }],
          ratings: [
            {
              source: { name: 'GHSA-1' },
              score: 9.3,
              severity: 'critical',
              method,
              vector: VECTOR,
            },
          ],
          description: 'It pads too far',
          recommendation: 'Fixed in 3.0.0.',
          affects: [
            { ref: purls[0], versions: versions('1.1.0') },
            { ref: purls[1], versions: versions('2.0.0') },
          ],
        },
      ]);
      const properties = bom.metadata.properties.map(({ name, value }) => `${name} ${value}`);
      expect(properties).toContain('waybill:findings complete');
    },
  );

  it('SPDX 2.3 and 3.0 link the advisories of a package', async () => {
    const spdx = JSON.parse((await write('spdx-json')).stdout) as {
      readonly packages: readonly { readonly name: string; readonly externalRefs?: object[] }[];
    };
    expect(findSchemaBreach('spdx-2.3', spdx)).toBeNull();
    const pad = spdx.packages.find(({ name }) => name === 'left-pad');
    const link = 'https://osv.dev/vulnerability/CVE-2026-1234';
    expect(pad?.externalRefs?.slice(1)).toEqual([
      { referenceCategory: 'SECURITY', referenceType: 'advisory', referenceLocator: link },
    ]);
    expect(spdx.packages.find(({ name }) => name === 'fine')?.externalRefs).toHaveLength(1);
    const newest = JSON.parse((await write('spdx-3-json')).stdout) as object;
    expect(findSchemaBreach('spdx-3.0.1', newest)).toBeNull();
    expect(JSON.stringify(newest)).toContain('"externalRefType":"securityAdvisory"');
    const tagged = (await write('spdx-tag-value')).stdout;
    expect(tagged).toContain(`ExternalRef: SECURITY advisory ${link}`);
  });

  it.each(['1.4', '1.5', '1.6', '1.7'])('CycloneDX %s says the same in XML', async (version) => {
    const name = version === '1.6' ? 'cyclonedx' : `cyclonedx-${version}`;
    const xml = (await write(`${name}-xml`)).stdout;
    const bom = JSON.parse((await write(`${name}-json`)).stdout) as CycloneDx;
    const read = orThrow(translateXml(xml)) as unknown as CycloneDx;
    expect(read.vulnerabilities).toEqual(bom.vulnerabilities);
    expect(xml.indexOf('<vulnerabilities>')).toBeGreaterThan(xml.indexOf('</compositions>'));
  });

  it('SPDX 2.2 links them as references of another kind, in both of its forms', async () => {
    const old = JSON.parse((await write('spdx-2.2-json')).stdout) as object;
    expect(findSchemaBreach('spdx-2.2', old)).toBeNull();
    const link = 'https://osv.dev/vulnerability/CVE-2026-1234';
    expect(JSON.stringify(old)).toContain(
      `"referenceCategory":"OTHER","referenceType":"advisory","referenceLocator":"${link}"`,
    );
    const tagged = (await write('spdx-2.2-tag-value')).stdout;
    expect(tagged).toContain(`ExternalRef: OTHER advisory ${link}\n`);
    expect(tagged).toContain('ExternalRef: PACKAGE-MANAGER purl pkg:npm/left-pad@1.1.0\n');
  });

  it('it is read as the same inventory; without the option nothing is in it', async () => {
    const args = ['sbom', 'sbom:sbom.json', '--format', 'cyclonedx-json'];
    const plain = (await line.run(...args)).stdout;
    expect(plain).not.toMatch(/vulnerabilities|waybill:findings/);
    writeFileSync(join(folder, 'plain.cdx.json'), plain);
    for (const [format, name] of [
      ['cyclonedx-json', 'found.cdx.json'],
      ['spdx-json', 'found.spdx.json'],
      ['spdx-3-json', 'found.spdx3.json'],
      ['cyclonedx-1.4-xml', 'found.cdx.xml'],
      ['spdx-2.2-tag-value', 'found.spdx'],
    ] as const) {
      writeFileSync(join(folder, name), (await write(format)).stdout);
      const diff = await line.run('sbom', 'diff', 'plain.cdx.json', name, '--exit-code');
      expect([diff.code, diff.stdout], name).toEqual([0, expect.anything()]);
    }
  });

  it('a form without a place for them is refused', async () => {
    for (const format of ['table', 'json', 'github-json']) {
      const { code, stderr } = await write(format);
      expect([code, stderr], format).toEqual([2, expect.stringContaining('no place')]);
    }
  });
});
