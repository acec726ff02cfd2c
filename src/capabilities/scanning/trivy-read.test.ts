import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ForeignFinding,
  trivyJson,
  trivySarif,
} from '../../../test/support/foreign-documents.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readScanDocument, recogniseScan } from './scan-document.ts';

const AT = toInstant(Date.UTC(2026, 10, 22, 12));
const found: ForeignFinding = {
  id: 'CVE-2024-0001',
  type: 'npm',
  name: 'left-pad',
  version: '1.3.0',
  severity: 'CRITICAL',
  score: 9.8,
};
const IMAGE = `sha256:${'a'.repeat(64)}`;
const KNOWN = `sha256:${'b'.repeat(64)}`;
const whole = { at: AT, imageId: IMAGE, repoDigests: [`registry.example.com/shop/trips@${KNOWN}`] };
const read = (value: unknown) =>
  readScanDocument(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const report = (results: unknown, more: object = {}) => ({
  SchemaVersion: 2,
  ArtifactName: 'x',
  ...more,
  Results: results,
});
const one = (vulnerability: object) =>
  orThrow(read(report([{ Vulnerabilities: [vulnerability] }]))).findings[0];

describe('A report of Trivy', () => {
  it('I11: gives its findings, its time, its version and the digests of the image', () => {
    const document = orThrow(readScanDocument(trivyJson([found], whole)));
    expect(document).toMatchObject({
      form: 'trivy-json',
      tool: 'Trivy',
      toolVersion: '0.71.0',
      createdAt: AT,
    });
    expect(document.subjects).toEqual([IMAGE, KNOWN]);
    expect(document.registryDigests).toEqual([KNOWN]);
    expect(document.findings).toEqual([
      {
        id: 'CVE-2024-0001',
        aliases: [],
        severity: 'critical',
        score: 9.8,
        component: 'pkg:npm/left-pad@1.3.0',
        name: 'left-pad',
        version: '1.3.0',
        fixed: ['9.9-1', '9.8-2'],
      },
    ]);
  });

  it('I11: has the same findings as its SARIF, except for the package URL', () => {
    const json = orThrow(readScanDocument(trivyJson([found], whole)));
    const sarif = orThrow(readScanDocument(trivySarif([found])));
    const plain = (all: typeof json.findings) =>
      all.map(({ component: _, fixed: __, ...rest }) => rest);
    expect(plain(json.findings)).toEqual(plain(sarif.findings));
    expect(sarif).toMatchObject({ form: 'sarif', createdAt: null, subjects: [] });
  });

  it('shows presence only: a finding that it calls not affected still counts as present', () => {
    expect(
      one({ VulnerabilityID: 'CVE-1', Severity: 'LOW', Status: 'not_affected' }),
    ).toMatchObject({
      id: 'CVE-1',
      severity: 'low',
    });
  });

  it('keeps a finding without an id, a package or a severity: no finding is dropped', () => {
    expect(one({})).toMatchObject({
      id: 'unknown',
      severity: 'unknown',
      component: null,
      name: '',
      score: null,
    });
    expect(
      one({ Severity: 'UNKNOWN', CVSS: { nvd: { V3Score: 9.1 }, ghsa: { V40Score: 4 } } }),
    ).toMatchObject({
      severity: 'critical',
      score: 9.1,
    });
    expect(one({ Severity: 'NEGLIGIBLE' })).toMatchObject({ severity: 'unknown' });
    expect(one({ Severity: 'HIGH', CVSS: { nvd: { V3Score: 99 } } })).toMatchObject({
      severity: 'high',
      score: null,
    });
  });

  it('does not count secrets, misconfigurations and licences as vulnerabilities', () => {
    expect(
      orThrow(read(report([{ Class: 'secret', Secrets: [{}] }, { Licenses: [{}] }]))).findings,
    ).toEqual([]);
  });

  it.each([
    ['a list', '[]'],
    ['another schema', { SchemaVersion: 1, ArtifactName: 'x', Results: [] }],
    ['neither name nor results', { SchemaVersion: 2 }],
    ['results that are not a list', { SchemaVersion: 2, ArtifactName: 'x', Results: {} }],
    ['a result that is not an object', report([1])],
    ['vulnerabilities that are not a list', report([{ Vulnerabilities: {} }])],
    ['a vulnerability that is not an object', report([{ Vulnerabilities: ['CVE-1'] }])],
    ['a key twice', '{"SchemaVersion":2,"ArtifactName":"x","ArtifactName":"y","Results":[]}'],
    ['half of it', trivyJson([found], whole).toString().slice(0, 300)],
  ])('A56: with %s is a typed error, never an empty list of findings', (_, value) => {
    expect(read(value).ok).toBe(false);
  });

  it('is bounded: findings at the limit are read, and one more is refused', () => {
    const many = (count: number) =>
      report([{ Vulnerabilities: Array.from({ length: count }, () => ({})) }]);
    expect(read(many(LIMITS.findingsMax)).ok).toBe(true);
    expect(read(many(LIMITS.findingsMax + 1))).toMatchObject({
      ok: false,
      failure: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('arbitrary and mutated bytes are read or refused with a Failure', () => {
    const good = trivyJson([found, { ...found, id: 'CVE-2' }], whole);
    const mutated = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(good);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      });
    const shaped = fc
      .json()
      .map((text) => Buffer.from(`{"SchemaVersion":2,"Results":[{"Vulnerabilities":[${text}]}]}`));
    fc.assert(
      fc.property(fc.oneof(mutated, shaped, fc.uint8Array()), (bytes) => {
        const result = readScanDocument(bytes);
        expect(result.ok || result.failure instanceof Failure).toBe(true);
        recogniseScan(bytes);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('truth A11: a report of Trivy says no less than it states', () => {
  const VECTOR = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
  it.each([
    ['a text that is no score', { a: { V3Score: 2 }, b: { V3Score: '9,8' } }, 'unknown'],
    ['a vector without its score', { a: { V3Score: 2 }, b: { V3Vector: VECTOR } }, 'critical'],
    ['a broken vector', { a: { V3Score: 2 }, b: { V40Vector: 'CVSS:4.0/AV:N' } }, 'unknown'],
    ['the same, beside the worst', { a: { V3Score: 9.8 }, b: { V3Score: 'x' } }, 'critical'],
    ['a score of version 2', { a: { V2Score: 10 } }, 'unknown'],
  ])('%s', (_, cvss, severity) => {
    expect(one({ Severity: 'UNKNOWN', CVSS: cvss })?.severity).toBe(severity);
  });

  it('A2: what an ignore rule or VEX of its user hid is present', () => {
    const hidden = { Type: 'vulnerability', Status: 'ignored', Finding: { VulnerabilityID: 'A' } };
    const other = { ...hidden, Type: 'secret' };
    const results = [{ Class: 'os-pkgs', ExperimentalModifiedFindings: [hidden, other] }];
    expect(orThrow(read(report(results))).findings.map(({ id }) => id)).toEqual(['A']);
    expect(read(report([{ ExperimentalModifiedFindings: 7 }])).ok).toBe(false);
  });
});

describe('Gaps of a scan by another tool are reported', () => {
  it('I11: a whole report has one gap: it shows no absence', () => {
    expect(orThrow(readScanDocument(trivyJson([found], whole))).lacks).toEqual([
      'it does not say what it covered, so it shows presence and never absence',
    ]);
  });

  it.each([
    ['time', { ...whole, at: null }, /does not say when it was made/],
    ['image', { at: AT }, /names no image digest/],
    [
      'image, for it scanned a folder',
      { ...whole, artifactType: 'filesystem' },
      /scanned a filesystem, not an image/,
    ],
  ])('no %s', (_, about, said) => {
    expect(orThrow(readScanDocument(trivyJson([], about))).lacks.join('\n')).toMatch(said);
  });

  it('no severity, package or package URL, counted', () => {
    const { lacks } = orThrow(
      read(report([{ Vulnerabilities: [{}, { PkgName: 'a', Severity: 'LOW' }] }])),
    );
    expect(lacks.join('\n')).toMatch(
      '2 of 2 findings without a package URL\n1 of 2 findings without a package\n' +
        '1 of 2 findings without a severity',
    );
  });

  const named = { Metadata: { ImageID: `sha256:${'a'.repeat(64)}` } };
  it.each<[string, readonly object[], object, RegExp | null]>([
    ['packages of the system', [{ Class: 'os-pkgs' }], named, null],
    ['packages of a language', [{ Class: 'lang-pkgs' }], named, null],
    ['a finding without a class', [{ Vulnerabilities: [{}] }], named, null],
    ['nothing', [], named, /names no part with packages/],
    ['secrets alone', [{ Class: 'secret', Secrets: [{}] }], named, /no part with packages/],
    ['a folder', [{ Class: 'lang-pkgs' }], { ...named, ArtifactType: 'filesystem' }, /filesystem/],
    ['an image without a digest', [{ Class: 'os-pkgs' }], {}, /no digest of the image/],
  ])('truth A2: a report about %s is a scan of an image, or not', (_what, results, more, flaw) => {
    const document = orThrow(read(report(results, more)));
    if (flaw === null) expect(document.flaw).toBeNull();
    else expect(document.flaw).toMatch(flaw);
    expect(document.lacks.includes(document.flaw ?? '')).toBe(flaw !== null);
  });
});
