import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GraphFinding } from '../../src/capabilities/graph/index.ts';
import type { Finding } from '../../src/capabilities/scanning/index.ts';
import { CommandHere } from '../support/command-line.ts';

const MILD = 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N';
const SEVERE = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
const NEWEST = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N';
const IMAGE = `sha256:${'a'.repeat(64)}`;

let folder: string;
let line: CommandHere;

const affect = (ecosystem: string, name: string, more: object = {}) => ({
  package: { ecosystem, name },
  ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2' }] }],
  ...more,
});
const stated = (id: string, ecosystem: string, more: object) => ({
  id,
  modified: '2026-01-01T00:00:00Z',
  affected: [affect(ecosystem, 'thing')],
  ...more,
});
const cvss = (type: string, score: string) => ({ severity: [{ type, score }] });
const cves = [
  { id: 'CVE-2026-5', ...cvss('Ubuntu', 'low') },
  { id: 'CVE-2026-6', ...cvss('Ubuntu', 'high') },
];

/** Ubuntu's word, other databases, a notice of several CVEs, and CVEs that no feed rates. */
const RECORDS = [
  stated('UBUNTU-CVE-2026-1', 'Ubuntu:22.04:LTS', {
    upstream: ['CVE-2026-1'],
    severity: [
      { type: 'CVSS_V3', score: SEVERE },
      { type: 'Ubuntu', score: 'low' },
    ],
  }),
  stated('GHSA-1', 'npm', { aliases: ['CVE-2026-1'], ...cvss('CVSS_V3', SEVERE) }),
  stated('GHSA-2', 'npm', { aliases: ['CVE-2026-2'], ...cvss('CVSS_V4', NEWEST) }),
  stated('UBUNTU-CVE-2026-3', 'Ubuntu:22.04:LTS', { upstream: ['CVE-2026-3'] }),
  stated('GHSA-4', 'npm', { aliases: ['CVE-2026-4'] }),
  {
    id: 'USN-1-1',
    upstream: ['CVE-2026-5', 'CVE-2026-6'],
    affected: [
      affect('Ubuntu:22.04:LTS', 'thing', { database_specific: { cves_map: { cves } } }),
      affect('Ubuntu:22.04:LTS', 'other', { database_specific: { severity: 'critical' } }),
    ],
  },
  stated('GHSA-7', 'npm', {}),
];
const CVES = [
  { cve: 'CVE-2026-3', cna: { '3.1': MILD }, adp: { '3.1': SEVERE }, exploitation: 'none' },
  { cve: 'CVE-2026-4', adp: { '2.0': 'AV:N/AC:L/Au:N/C:C/I:C/A:C' } },
  { cve: 'CVE-2026-99', cna: { '3.1': MILD } },
  { cve: 'CVE-2026-7', exploitation: 'none' },
];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-severity-sources-'));
  line = new CommandHere(folder);
  const lines = (values: readonly object[]) => values.map((one) => JSON.stringify(one)).join('\n');
  writeFileSync(join(folder, 'osv.ndjson'), lines(RECORDS));
  writeFileSync(join(folder, 'cve-severity.ndjson'), lines(CVES));
  const components = [
    'pkg:deb/ubuntu/thing@1?arch=amd64&distro=ubuntu-22.04',
    'pkg:npm/thing@1.0.0',
  ].map((purl) => {
    const version = /@([^?]*)/.exec(purl)?.[1] ?? '';
    return { type: 'library', 'bom-ref': purl, name: 'thing', version, purl };
  });
  const bom = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components };
  writeFileSync(join(folder, 'sbom.json'), JSON.stringify(bom));
  const covers = ['--covers', 'npm', '--covers', 'Ubuntu'];
  await line.output('advisories', 'import', 'osv.ndjson', 'cve-severity.ndjson', ...covers);
  await line.output('graph', 'import', 'sbom.json', '--subject', IMAGE);
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

type FindingRating = Pick<Finding, 'severity' | 'score' | 'vector'> &
  Pick<Required<Finding>, 'severitySource'>;

function describeRating(id: string, purl: string, one: FindingRating): string {
  const { by, record, method } = one.severitySource ?? {};
  const what = one.severitySource === null ? '' : `: ${by} ${record} ${method}`;
  return `${id} ${purl.slice(4, 7)} ${one.severity} ${one.score ?? '-'}${what}`;
}

async function scan(): Promise<readonly (Finding & FindingRating)[]> {
  const args = ['scan', 'sbom:sbom.json', '--fail-on', 'never'];
  const { answer } = await line.json<{
    readonly targets: readonly {
      readonly report: { readonly findings: (Finding & FindingRating)[] };
    }[];
  }>(...args);
  return answer.targets[0]?.report.findings ?? [];
}

const EXPECTED = [
  'CVE-2026-1 deb low -: distribution UBUNTU-CVE-2026-1 word',
  'CVE-2026-1 npm critical 9.8: advisory GHSA-1 cvss-3.1',
  'CVE-2026-2 npm critical 9.3: advisory GHSA-2 cvss-4.0',
  'CVE-2026-3 deb low 3.1: cna CVE-2026-3 cvss-3.1',
  'CVE-2026-4 npm critical 10: cisa-adp CVE-2026-4 cvss-2.0',
  'CVE-2026-5 deb low -: distribution USN-1-1 word',
  'CVE-2026-6 deb high -: distribution USN-1-1 word',
  'GHSA-7 npm unknown -',
];

describe('severity with its source', () => {
  it('B3: a scan and the graph rate every finding the same, by the same source', async () => {
    const scanned = await scan();
    expect(scanned.map((one) => describeRating(one.id, one.component, one)).sort()).toEqual(
      EXPECTED,
    );
    const { answer } = await line.json<{ readonly findings: readonly GraphFinding[] }>(
      ...['ask', 'findings', IMAGE],
    );
    const asked = answer.findings.map((one) => describeRating(one.names[0] ?? '', one.purl, one));
    expect(asked.toSorted()).toEqual(EXPECTED);
    for (const one of answer.findings) {
      const same = scanned.find(
        ({ id, component }) => id === one.names[0] && component === one.purl,
      );
      expect([same?.vector, same?.severitySource]).toEqual([one.vector, one.severitySource]);
    }
  });

  it('B3: a vulnerability alone has no distribution; a severity alone names none', async () => {
    const ask = async (id: string) => {
      const { answer } = await line.json<FindingRating>('ask', 'exposure', id);
      return describeRating(id, 'pkg:---', answer);
    };
    expect(await ask('CVE-2026-1')).toBe('CVE-2026-1 --- critical 9.8: advisory GHSA-1 cvss-3.1');
    expect(await ask('CVE-2026-3')).toBe('CVE-2026-3 --- low 3.1: cna CVE-2026-3 cvss-3.1');
    const unknown = await line.run('ask', 'exposure', 'CVE-2026-99');
    expect([unknown.code, unknown.stderr]).toEqual([3, expect.stringContaining('CVE-2026-99')]);
  });

  it('B3: every output names the source and the vector', async () => {
    const write = async (format: string) =>
      (await line.run('scan', 'sbom:sbom.json', '--fail-on', 'never', '--format', format)).stdout;
    expect(await write('table')).toContain('low, UBUNTU-CVE-2026-1');
    expect(await write('csv')).toContain(`${NEWEST},"CVSS 4.0, GHSA-2"`);
    expect(await write('markdown')).toContain('critical 10.0 (`CVSS 2.0, CISA`)');
    expect(await write('github')).toContain('rated by: low, UBUNTU-CVE-2026-1');
    expect(await write('junit')).toContain('rated by: CVSS 2.0, CISA');
    const gitlab = JSON.parse(await write('gitlab')) as { readonly vulnerabilities: object[] };
    expect(gitlab.vulnerabilities).toContainEqual(
      expect.objectContaining({
        details: {
          severity: { name: 'Severity rated by', type: 'text', value: 'low, UBUNTU-CVE-2026-1' },
        },
      }),
    );
    const sarif = JSON.parse(await write('sarif')) as {
      readonly runs: readonly { readonly results: readonly { readonly properties: object }[] }[];
    };
    const properties = sarif.runs[0]?.results.map((result) => result.properties);
    expect(properties).toContainEqual(
      expect.objectContaining({
        vector: MILD,
        severitySource: { by: 'cna', record: 'CVE-2026-3', method: 'cvss-3.1', text: MILD },
        kev: null,
        epss: null,
      }),
    );
  });

  it('B3: severities of CVEs leave no record that the graph could not read', async () => {
    const status = await line.run('graph', 'status', '--format', 'json');
    expect(status.stdout).not.toContain('advisory-unreadable');
    const info = await line.run('advisories', 'info', '--format', 'json');
    expect(JSON.parse(info.stdout)).toMatchObject({ rejected: 0 });
    expect(readFileSync(join(folder, 'cve-severity.ndjson'), 'utf8')).toContain('CVE-2026-99');
    const changed = { cve: 'CVE-2026-3', cna: { '3.1': SEVERE } };
    writeFileSync(join(folder, 'changed.ndjson'), JSON.stringify(changed));
    await line.output('advisories', 'import', 'changed.ndjson');
    const scanned = (await scan()).find(({ id }) => id === 'CVE-2026-3');
    const { answer } = await line.json<{ readonly findings: readonly GraphFinding[] }>(
      ...['ask', 'findings', IMAGE],
    );
    const asked = answer.findings.find(({ names }) => names[0] === 'CVE-2026-3');
    expect([scanned?.score, asked?.score]).toEqual([9.8, 9.8]);
  });
});
