import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSchemaBreach } from '../../../../test/support/sbom-schemas.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import type { Purl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import { SBOM_FORMATS } from '../../../entrypoints/cli/options/inventory.ts';
import type { Component, Inventory } from '../../ecosystems/index.ts';
import { readSbom } from './read-sbom.ts';
import { SBOM_WRITER_NAMES, SBOM_WRITERS, type SbomWriterName } from './sbom-writers.ts';
import { translateXml } from './translate-xml.ts';
import { writeSnapshot } from './write-snapshot.ts';

const made = { at: toInstant(1_800_000_000_000), tool: { name: 'waybill', version: '0.1.0' } };
const bare: Component = {
  ...{ purl: 'pkg:npm/bare@1.0.0' as Purl, name: 'bare', version: '1.0.0' },
  ...{ licenses: [], source: null, locations: ['package-lock.json'], layer: null, hashes: {} },
  ...{ origin: null, dependsOn: [], development: false },
};
const full: Component = {
  ...bare,
  purl: 'pkg:deb/debian/libssl3@3.0.1?arch=amd64&distro=debian-12' as Purl,
  ...{ name: 'libssl3', version: '3.0.1', locations: ['var/lib/dpkg/status'] },
  licenses: ['Apache-2.0', 'as the file LICENSE says <x>\n& more'],
  source: { name: 'openssl', version: '3.0.1' },
  layer: `sha256:${'c'.repeat(64)}` as Digest,
  hashes: { crc32: 'x', 'sha3-256': 'cd'.repeat(32), sha512: 'ab'.repeat(64) },
  origin: 'https://registry.example.com/libssl3.deb',
  dependsOn: [bare.purl],
};
const tool: Component = {
  ...bare,
  ...{ purl: 'pkg:npm/tool@2.0.0' as Purl, name: 'tool', version: '2.0.0', licenses: ['MIT'] },
  development: true,
};
const image: Inventory = {
  subject: { name: 'registry.example.com/trips', digest: `sha256:${'a'.repeat(64)}` as Digest },
  os: { id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12' },
  components: [full, bare, tool],
  outcome: 'partial',
  skips: [
    { location: 'app.jar', cause: new Failure('LIMIT_EXCEEDED', 'it is too large', 'Split it.') },
  ],
  found: ['dpkg'],
};
const tree: Inventory = {
  ...{ ...image, subject: { name: '.', digest: null }, os: null },
  ...{ components: [bare, tool], outcome: 'complete', skips: [] },
};

/** What the document is as JSON, for the schema of its version. */
function checkOfficial(name: SbomWriterName, bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes).toString('utf8');
  if (name.endsWith('tag-value')) return null;
  const version = /[0-9][.][0-9]/.exec(name)?.[0];
  if (name.startsWith('cyclonedx')) {
    const isXml = name.endsWith('xml');
    const document = isXml ? orThrow(translateXml(text)) : (JSON.parse(text) as unknown);
    return findSchemaBreach(`cyclonedx-${version ?? '1.6'}`, document);
  }
  const schema = name === 'spdx-3-json' ? 'spdx-3.0.1' : `spdx-${version ?? '2.3'}`;
  return findSchemaBreach(schema, JSON.parse(text));
}

describe('Deliver 5: every document that is written', () => {
  it.each(SBOM_WRITER_NAMES)('%s is valid, and the same inventory when it is read', (name) => {
    const author = { name: 'Shop', email: 'sbom@shop.example' };
    expect(checkOfficial(name, SBOM_WRITERS[name](tree, { ...made, author }))).toBeNull();
    for (const inventory of [image, tree]) {
      const bytes = SBOM_WRITERS[name](inventory, made);
      expect(Buffer.from(SBOM_WRITERS[name](inventory, made)).equals(bytes)).toBe(true);
      expect(checkOfficial(name, bytes)).toBeNull();
      const { inventory: read, claim, subject } = orThrow(readSbom(bytes));
      expect(read.components).toEqual(inventory.components);
      expect([read.outcome, claim]).toEqual([inventory.outcome, inventory.outcome]);
      expect([subject, read.os]).toEqual([inventory.subject.digest, inventory.os]);
      expect(read.skips.map(({ cause }) => cause.message)).toEqual(
        inventory.skips.map(({ cause }) => cause.message),
      );
    }
  });

  it('A schema refuses a document that lacks what it requires', () => {
    const document = JSON.parse(
      Buffer.from(SBOM_WRITERS['spdx-3-json'](image, made)).toString(),
    ) as { '@graph': Record<string, unknown>[] };
    for (const element of document['@graph']) delete element['creationInfo'];
    expect(findSchemaBreach('spdx-3.0.1', document)).not.toBeNull();
    const wrong = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ name: 'x' }] };
    expect(findSchemaBreach('cyclonedx-1.6', wrong)).toContain('type');
    expect(findSchemaBreach('spdx-2.3', { spdxVersion: 'SPDX-2.3' })).toContain('required');
  });

  it('Any text of a package is valid in every format, and nothing of it becomes structure', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constant('</text>\nSPDXID: x'),
    );
    fc.assert(
      fc.property(text, text, fc.constantFrom(...SBOM_WRITER_NAMES), (one, other, name) => {
        const named = { ...full, name: one, licenses: [other], locations: [`${one}/${other}`] };
        const inventory = { ...image, components: [named, bare] };
        const bytes = SBOM_WRITERS[name](inventory, made);
        expect(checkOfficial(name, bytes)).toBeNull();
        const read = orThrow(readSbom(bytes)).inventory.components;
        expect(read.map(({ purl }) => purl)).toEqual([full.purl, bare.purl]);
        expect(read[0]?.dependsOn).toEqual([bare.purl]);
      }),
      { numRuns: 300 },
    );
  });

  it('A snapshot for GitHub has each package in the manifest that names it', () => {
    const run = { sha: 'a'.repeat(40), ref: 'refs/heads/main', jobId: '7', correlator: 'ci_build' };
    const bytes = writeSnapshot(tree, made, run);
    expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject({
      version: 0,
      job: { id: '7', correlator: 'ci_build' },
      ref: 'refs/heads/main',
      manifests: {
        'package-lock.json': {
          file: { source_location: 'package-lock.json' },
          resolved: {
            [bare.purl]: { relationship: 'direct', scope: 'runtime', package_url: bare.purl },
            [tool.purl]: { scope: 'development' },
          },
        },
      },
    });
    const read = orThrow(readSbom(bytes)).inventory.components;
    expect(read.map(({ purl, development }) => [purl, development])).toEqual([
      [bare.purl, false],
      [tool.purl, true],
    ]);
  });

  it('The command offers each of them', () => {
    expect(SBOM_FORMATS).toEqual([...SBOM_WRITER_NAMES, 'github-json']);
  });
});
