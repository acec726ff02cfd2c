import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Purl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { readSarif } from './sarif-read.ts';
import { writeSarif } from './sarif-write.ts';
import type { Finding, ScanReport } from './scan.ts';

const finding: Finding = {
  id: 'CVE-2021-44228',
  aliases: ['GHSA-jfh8-c2jp-5v3q'],
  title: 'Remote code injection in Log4j',
  severity: 'critical',
  score: 10,
  vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H',
  component: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1' as Purl,
  name: 'log4j-core',
  version: '2.14.1',
  fixed: ['2.15.0'],
  status: 'affected',
  advisories: ['GHSA-jfh8-c2jp-5v3q'],
  rule: '[2.13.0, 2.15.0) holds 2.14.1',
  range: null,
  development: false,
  locations: ['/app/my lib.jar!/WEB-INF/lib/log4j-core.jar'],
  layer: null,
};
const unrated: Finding = {
  ...finding,
  id: 'CVE-2024-0001',
  title: null,
  severity: 'unknown',
  score: null,
  vector: null,
  fixed: [],
  locations: [],
};
const data = {
  source: 'imported',
  version: 'sha256:x',
  count: 1,
  newest: null,
  importedAt: null,
  coverage: [],
  rejected: 0,
} as const;
const report: ScanReport = {
  outcome: 'partial',
  subject: { name: 'registry.example.com/shop/trips', digest: null },
  findings: [finding, unrated],
  notCovered: [
    {
      purl: 'pkg:apk/alpine/musl@1' as Purl,
      place: null,
      why: 'packages of type apk are not covered',
    },
    { purl: null, place: 'a b/yarn.lock', why: 'packages of kind yarn-lock are here' },
  ],
  conflicts: [],
  data,
  updatedAt: null,
  componentCount: 3,
  scannedAt: toInstant(Date.UTC(2026, 0, 1)),
};

const written = (about: ScanReport): JsonValue =>
  JSON.parse(new TextDecoder().decode(writeSarif(about, { toolVersion: '0.1.0' })));
const encodeJson = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The value at a path of a document; undefined where there is none. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((found, key) => (found as Record<string, unknown> | undefined)?.[key], value);
}

describe('SARIF that Waybill writes', () => {
  const run = at(written(report), 'runs', 0);

  it('B17: names rules by vulnerability, with the severity as GitHub reads it', () => {
    const rule = (number: number, ...path: readonly string[]) =>
      at(run, 'tool', 'driver', 'rules', number, ...path);
    expect([rule(0, 'id'), rule(1, 'id'), rule(2)]).toEqual([
      'CVE-2021-44228',
      'CVE-2024-0001',
      undefined,
    ]);
    expect(rule(0, 'properties')).toMatchObject({
      'security-severity': '10.0',
      aliases: ['GHSA-jfh8-c2jp-5v3q'],
    });
    expect(rule(1, 'properties')).not.toHaveProperty('security-severity');
    expect(at(run, 'results', 0)).toMatchObject({
      ruleId: 'CVE-2021-44228',
      ruleIndex: 0,
      level: 'error',
    });
    expect(at(run, 'results', 1)).toMatchObject({
      ruleId: 'CVE-2024-0001',
      ruleIndex: 1,
      level: 'warning',
    });
  });

  it('gives each result a relative URI as location, and its package as logical location', () => {
    const location = at(run, 'results', 0, 'locations', 0);
    const uri = 'app/my%20lib.jar!/WEB-INF/lib/log4j-core.jar';
    expect(at(location, 'physicalLocation', 'artifactLocation')).toEqual({ uri });
    expect(at(location, 'logicalLocations', 0)).toMatchObject({
      fullyQualifiedName: finding.component,
    });
    expect(at(run, 'results', 1, 'locations')).toHaveLength(1);
  });

  it('keeps the fingerprint over an upgrade that fixes nothing; two packages differ', () => {
    const print = (one: Partial<Finding>) =>
      at(
        written({ ...report, findings: [{ ...finding, ...one }] }),
        'runs',
        0,
        'results',
        0,
        'partialFingerprints',
      );
    const log4j = 'pkg:maven/org.apache.logging.log4j/log4j-core';
    expect(print({ component: `${log4j}@2.14.0` as Purl, version: '2.14.0' })).toEqual(print({}));
    expect(print({ component: 'pkg:maven/org.other/log4j-core@2.14.1' as Purl })).not.toEqual(
      print({}),
    );
    expect(print({ id: 'CVE-2024-0002' })).not.toEqual(print({}));
  });

  it('says what was not covered and that the scan is partial', () => {
    expect(at(run, 'properties')).toMatchObject({ outcome: 'partial' });
    const notifications = at(run, 'invocations', 0, 'toolExecutionNotifications');
    expect(JSON.stringify(notifications)).toContain('packages of type apk are not covered');
  });

  it('truth A11: says where a place could not be read, and why', () => {
    expect(at(run, 'invocations', 0, 'toolExecutionNotifications', 1)).toEqual({
      descriptor: { id: 'not-read' },
      level: 'warning',
      message: { text: 'a b/yarn.lock: packages of kind yarn-lock are here' },
      locations: [{ physicalLocation: { artifactLocation: { uri: 'a%20b/yarn.lock' } } }],
    });
    const sample = written({ ...report, data: { ...data, source: 'sample' } });
    expect(JSON.stringify(at(sample, 'runs', 0, 'invocations'))).toContain('sample-data');
  });

  it('gives the same bytes for the same report', () => {
    expect(written(report)).toEqual(written(structuredClone(report)));
  });
});

describe('SARIF that Waybill reads', () => {
  it('truth A20: finds the rule whose id is the first components of the ruleId', () => {
    const rule = (id: string, score: string): object => ({
      id,
      properties: { 'security-severity': score, tags: ['security', 'vulnerability'] },
    });
    const listScores = (ruleId: string, more: object = {}): readonly unknown[] => {
      const rules = [rule('CVE-2024-0001', '9.8'), rule('CVE-2024-0001/lodash', '5.0')];
      const results = [{ ruleId, message: { text: 'x' }, ...more }];
      const runs = [{ tool: { driver: { name: 't', rules } }, results }];
      const read = orThrow(readSarif(encodeJson({ version: '2.1.0', runs })));
      return read.findings.map(({ severity, score }) => [severity, score]);
    };
    expect(listScores('CVE-2024-0001')).toEqual([['critical', 9.8]]);
    expect(listScores('CVE-2024-0001/axios/1.2')).toEqual([['critical', 9.8]]);
    expect(listScores('CVE-2024-0001/lodash/4.17.20')).toEqual([['medium', 5]]);
    // A prefix that ends within a component is another rule.
    expect(listScores('CVE-2024-00011')).toEqual([['unknown', null]]);
    expect(listScores('CVE-2024-9999/x', { rule: { id: 'CVE-2024-0001' } })).toEqual([
      ['critical', 9.8],
    ]);
    expect(listScores('CVE-2024-9999/x', { rule: { index: 1 } })).toEqual([['medium', 5]]);
  });

  it('truth A20: a rule is that of the part of the tool that the result names', () => {
    const rule = (score: string, id = 'CVE-2024-0001') => ({
      id,
      properties: { 'security-severity': score },
    });
    const listScores = (named: object, more: object = {}): readonly unknown[] => {
      const driver = { name: 'd', rules: [rule('2.0'), rule('9.8')] };
      const extensions = [{ name: 'e', guid: 'g', rules: [rule('7.5')] }, { name: 'f' }];
      const results = [{ ruleId: 'CVE-2024-0001/x', message: { text: 'x' }, rule: named, ...more }];
      const runs = [{ tool: { driver, extensions }, results }];
      const read = orThrow(readSarif(encodeJson({ version: '2.1.0', runs })));
      return read.findings.map(({ score }) => score);
    };
    for (const toolComponent of [{ index: 0 }, { guid: 'g' }, { name: 'e' }])
      expect(listScores({ toolComponent, index: 0 })).toEqual([7.5]);
    expect(listScores({ index: 0 })).toEqual([2]);
    expect(listScores({ index: 1 })).toEqual([9.8]);
    expect(listScores({}, { ruleIndex: 0 })).toEqual([2]);
    expect(listScores({ toolComponent: { name: 'd' } })).toEqual([9.8]);
    for (const toolComponent of [{ index: 1 }, { index: 7 }, { name: 'z' }])
      expect(listScores({ toolComponent, index: 0 })).toEqual([null]);
  });

  it('X12: reads what Waybill wrote, with the same findings', () => {
    const read = orThrow(readSarif(writeSarif(report, { toolVersion: '0.1.0' })));
    const facts = ({ id, aliases, severity, score, component, name, version, fixed }: Finding) => ({
      id,
      aliases,
      severity,
      score,
      component,
      name,
      version,
      fixed,
    });
    expect(read).toEqual({
      tool: 'waybill',
      toolVersion: '0.1.0',
      createdAt: report.scannedAt,
      findings: [finding, unrated].map(facts),
      ignored: 0,
      subjects: [],
      registryDigests: [],
      flaw: null,
    });
  });

  const document = (driver: object, ...results: readonly object[]) =>
    encodeJson({ version: '2.1.0', runs: [{ tool: { driver }, results }] });

  it('I11: reads findings as Trivy writes them', () => {
    const rule = {
      id: 'CVE-2021-44228',
      name: 'LanguageSpecificPackageVulnerability',
      properties: { 'security-severity': '10.0', tags: ['vulnerability', 'security', 'CRITICAL'] },
    };
    const text =
      'Package: org.apache.logging.log4j:log4j-core\nInstalled Version: ' +
      '2.14.1\nVulnerability CVE-2021-44228\nSeverity: CRITICAL\nFixed Version: 2.15.0, ' +
      '2.12.2\nLink: [CVE-2021-44228](https://example.com)';
    const read = orThrow(
      readSarif(
        document(
          { name: 'Trivy', version: '0.50', rules: [rule] },
          { ruleId: rule.id, ruleIndex: 0, level: 'error', message: { text } },
        ),
      ),
    );
    expect(read.findings).toEqual([
      {
        id: 'CVE-2021-44228',
        aliases: [],
        severity: 'critical',
        score: 10,
        component: null,
        name: 'org.apache.logging.log4j:log4j-core',
        version: '2.14.1',
        fixed: ['2.15.0', '2.12.2'],
      },
    ]);
    expect([read.tool, read.createdAt]).toEqual(['Trivy', null]);
  });

  it('reads findings as Grype writes them, with the package in the rule id', () => {
    const rule = {
      id: 'GHSA-jfh8-c2jp-5v3q-log4j-core',
      properties: { 'security-severity': '10.0' },
    };
    const text =
      'A critical vulnerability in java-archive package: log4j-core, version 2.14.1 was ' +
      'found at: /app.jar';
    const read = orThrow(
      readSarif(document({ name: 'Grype', rules: [rule] }, { ruleId: rule.id, message: { text } })),
    );
    expect(read.findings[0]).toMatchObject({
      id: 'GHSA-jfh8-c2jp-5v3q',
      severity: 'critical',
      name: 'log4j-core',
      version: '2.14.1',
    });
  });

  it('takes the worst severity of a contradictory document, and unknown where it has none', () => {
    const rule = {
      id: 'CVE-2024-0001',
      properties: { 'security-severity': '2.0', tags: ['HIGH'] },
    };
    const read = orThrow(
      readSarif(
        document({ name: 'x', rules: [rule] }, { ruleId: rule.id }, { ruleId: 'CVE-2024-0002' }),
      ),
    );
    expect(read.findings.map((one) => one.severity)).toEqual(['high', 'unknown']);
  });

  it('keeps a vulnerability that only its vendor names', () => {
    const rule = { id: 'ACME-7', properties: { tags: ['security', 'vulnerability'] } };
    const read = orThrow(
      readSarif(
        document(
          { name: 'x', rules: [rule] },
          { ruleId: 'ACME-7' },
          { ruleId: 'SNYK-JS-LODASH-567746' },
        ),
      ),
    );
    expect(read.findings.map((one) => one.id)).toEqual(['ACME-7', 'SNYK-JS-LODASH-567746']);
  });

  it('counts results without a vulnerability, drops absent ones, and keeps suppressed ones', () => {
    const suppressed = { ruleId: 'CVE-2024-0003', suppressions: [{ kind: 'external' }] };
    const read = orThrow(
      readSarif(
        document(
          { name: 'x' },
          { ruleId: 'no-unused-vars' },
          { ruleId: 'CVE-2024-0001', kind: 'pass' },
          suppressed,
        ),
      ),
    );
    expect([read.ignored, read.findings.map((one) => one.id)]).toEqual([1, ['CVE-2024-0003']]);
  });

  const finding1 = { ruleId: 'CVE-2024-0003' };
  const ended = (...changes: readonly object[]) => ({
    results: [],
    invocations: changes.map((change) => ({ executionSuccessful: true, ...change })),
  });
  const ABOUT = { imageID: `sha256:${'a'.repeat(64)}` };
  const failed = { level: 'error', message: { text: 'the database is gone' } };

  it.each<[string, object, RegExp | null]>([
    ['an empty list of results', ended({}), null],
    ['an empty list and the image that was scanned', { results: [], properties: ABOUT }, null],
    ['an empty list alone', { results: [] }, /names no image .* scan ended/],
    ['a finding alone', { results: [finding1] }, /names no image .* scan ended/],
    ['no invocation in its list', { results: [], invocations: [] }, /names no image/],
    ['properties of no image', { results: [], properties: { imageID: 'x' } }, /names no image/],
    ['no results', {}, /has no results/],
    ['null results', { results: null }, /has no results/],
    ['no tool', { tool: undefined, results: [] }, /names no tool/],
    ['an invocation that succeeded', ended({}), null],
    ['an invocation that failed', ended({ executionSuccessful: false }), /that it succeeded/],
    ['a second one that failed', ended({}, { executionSuccessful: false }), /that it succeeded/],
    ['an invocation that does not say', ended({ executionSuccessful: undefined }), /succeeded/],
    ['a signal', ended({ exitSignalName: 'SIGKILL' }), /by a signal/],
    ['the number of a signal', ended({ exitSignalNumber: 9 }), /by a signal/],
    ['no start', ended({ processStartFailureMessage: 'no such file' }), /did not start/],
    ['an error', ended({ toolExecutionNotifications: [failed] }), /error: the database is gone/],
    ['a wrong setting', ended({ toolConfigurationNotifications: [failed] }), /the database/],
    ['a warning', ended({ toolExecutionNotifications: [{ level: 'warning' }] }), null],
    ['a linter alone', { ...ended({}), results: [{ ruleId: 'x' }] }, /about a vulnerability/],
    ['a linter beside a finding', { ...ended({}), results: [{ ruleId: 'x' }, finding1] }, null],
  ])('truth A2: a run with %s: a scan or not', (_what, run, flaw) => {
    const tool = { driver: { name: 'x' } };
    for (const runs of [
      [{ tool, ...run }],
      [
        { tool, ...ended({}), results: [finding1] },
        { tool, ...run },
      ],
    ]) {
      if (runs.length > 1 && /a linter alone/.test(_what)) continue;
      const read = orThrow(readSarif(encodeJson({ version: '2.1.0', runs })));
      if (flaw === null) expect(read.flaw).toBeNull();
      else expect(read.flaw).toMatch(flaw);
    }
  });

  const OUTSIDE = /outside of its runs/;
  const elsewhere = { results: [{ location: { uri: 'results.json' } }] };
  it.each<[string, object, object, RegExp | null]>([
    ['in another file', { externalPropertyFileReferences: elsewhere }, {}, OUTSIDE],
    ['beside the runs', {}, { inlineExternalProperties: [{ results: [finding1] }] }, OUTSIDE],
    [
      'that its end does not stand beside',
      { externalPropertyFileReferences: { invocations: elsewhere.results } },
      {},
      /how its scan ended/,
    ],
    ['nowhere else', { externalPropertyFileReferences: { artifacts: [] } }, {}, null],
    ['null elsewhere', { externalPropertyFileReferences: { results: null } }, {}, null],
  ])('truth A2: a report with results %s: a scan or not', (_what, run, more, flaw) => {
    const runs = [{ tool: { driver: { name: 'x' } }, ...ended({}), ...run }];
    const read = orThrow(readSarif(encodeJson({ version: '2.1.0', runs, ...more })));
    if (flaw === null) expect(read.flaw).toBeNull();
    else expect(read.flaw).toMatch(flaw);
  });

  it.each([
    ['of the rule, where that of the result is none', '9,8', '2.0', 'unknown'],
    ['of the result, where that of the rule is none', '2.0', '98', 'unknown'],
    ['the worse of both', '2.0', '9.8', 'critical'],
    ['of one, where the other is empty', '', '7.5', 'high'],
  ])('truth A11: a score %s', (_, own, about, severity) => {
    const rule = { id: 'CVE-2024-0001', properties: { 'security-severity': about } };
    const driver = { name: 'x', rules: [rule] };
    const message = { text: 'An low vulnerability' };
    const properties = { 'security-severity': own };
    const results = [{ ruleId: rule.id, message, properties }];
    const runs = [{ tool: { driver }, results }];
    const { findings } = orThrow(readSarif(encodeJson({ version: '2.1.0', runs })));
    expect(findings.map((finding) => finding.severity)).toEqual([severity]);
  });

  it('truth A2: names the image as Trivy and Waybill write it', () => {
    const [id, digest] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`];
    const properties = { imageID: id, repoDigests: [`registry.example.com/x@${digest}`] };
    const run = { tool: { driver: { name: 'Trivy' } }, results: [], properties };
    expect(orThrow(readSarif(encodeJson({ version: '2.1.0', runs: [run] })))).toMatchObject({
      subjects: [id, digest],
      registryDigests: [digest],
    });
  });

  it.each([
    ['nothing', ''],
    ['another version', JSON.stringify({ version: '2.0.0', runs: [] })],
    ['no runs', JSON.stringify({ version: '2.1.0', runs: [] })],
    ['results that are not a list', JSON.stringify({ version: '2.1.0', runs: [{ results: 7 }] })],
    [
      'a truncated document',
      new TextDecoder().decode(writeSarif(report, { toolVersion: '1' })).slice(0, 500),
    ],
  ])('with %s is malformed', (_, text) => {
    const read = readSarif(new TextEncoder().encode(text));
    expect(!read.ok && read.failure.code).toBe('MALFORMED');
  });

  it('with more results than the limit is refused; at the limit it is read', () => {
    const many = (count: number) =>
      readSarif(document({ name: 'x' }, ...Array<object>(count).fill({ ruleId: 'CVE-2024-0001' })));
    expect(orThrow(many(LIMITS.findingsMax)).findings).toHaveLength(LIMITS.findingsMax);
    const over = many(LIMITS.findingsMax + 1);
    expect(!over.ok && over.failure.code).toBe('LIMIT_EXCEEDED');
  });

  it('with any content gives a reading or a Failure', () => {
    const base = written(report) as unknown as { runs: Record<string, JsonValue>[] };
    const key = fc.constantFrom('tool', 'results', 'invocations', 'properties');
    fc.assert(
      fc.property(key, fc.jsonValue(), (name, value) => {
        const read = readSarif(encodeJson({ ...base, runs: [{ ...base.runs[0], [name]: value }] }));
        if (!read.ok)
          expect(['MALFORMED', 'DUPLICATE_KEY', 'LIMIT_EXCEEDED']).toContain(read.failure.code);
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readSarif(bytes)));
  });
});
