import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ForeignFinding, grypeJson } from '../../../test/support/foreign-documents.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readScanDocument, recogniseScan } from './scan-document.ts';

const AT = toInstant(Date.UTC(2026, 10, 22, 12));
const CONFIG = `sha256:${'a'.repeat(64)}`;
const MANIFEST = `sha256:${'b'.repeat(64)}`;
const KNOWN = `sha256:${'c'.repeat(64)}`;
const found: ForeignFinding = {
  ...{ id: 'GHSA-xxxx-yyyy-zzzz', type: 'npm', name: 'left', version: '1.0.0' },
  ...{ severity: 'HIGH', score: 8.1 },
};
const target = {
  imageID: CONFIG,
  manifestDigest: MANIFEST,
  repoDigests: [`registry.example.com/trips@${KNOWN}`],
};
const read = (bytes: Uint8Array) => orThrow(readScanDocument(bytes));

describe('truth A14: a report of Grype', () => {
  it('gives its findings, its time, its version and the digests of the image', () => {
    const document = read(grypeJson([found], { at: AT, target }));
    expect(document).toMatchObject({
      ...{ form: 'grype-json', tool: 'Grype', toolVersion: '0.121.3', createdAt: AT },
      ...{ subjects: [CONFIG, MANIFEST, KNOWN], registryDigests: [KNOWN] },
      ...{ flaw: null, hasLooked: true, part: null },
    });
    expect(document.findings).toEqual([
      {
        ...{ id: 'GHSA-xxxx-yyyy-zzzz', aliases: ['CVE-2024-xxxx-yyyy-zzzz'], severity: 'high' },
        ...{ score: 8.1, component: 'pkg:npm/left@1.0.0', name: 'left', version: '1.0.0' },
        fixed: ['9.9'],
      },
    ]);
    expect(recogniseScan(grypeJson([]))).toBe('grype-json');
  });

  it('is about the manifest where no registry knows the image', () => {
    const local = { target: { ...target, repoDigests: [] } };
    expect(read(grypeJson([], local)).registryDigests).toEqual([MANIFEST]);
  });

  it('shows presence only: what its user hid counts, what it excludes itself does not', () => {
    const rules = [
      { 'vex-status': 'not_affected' },
      { vulnerability: 'CVE-2', 'fix-state': '' },
      {},
    ];
    const hidden = rules.map((rule, at) => [{ ...found, id: `CVE-2026-000${at}` }, rule] as const);
    const own = [{ ...found, id: 'CVE-2026-0009' }, { reason: 'DistroPackageFixed' }] as const;
    const { findings } = read(grypeJson([], { target, ignored: [...hidden, own] }));
    expect(findings.map(({ id }) => id)).toEqual([
      ...['CVE-2026-0000', 'CVE-2026-0001', 'CVE-2026-0002'],
    ]);
  });

  it.each<readonly [string, Uint8Array, boolean]>([
    ['of a folder', grypeJson([found], { type: 'directory', target }), true],
    ['of no named image', grypeJson([found]), true],
    ['without a database', grypeJson([found], { target, db: {} }), false],
    [
      'with a broken database',
      grypeJson([found], { target, db: { status: { built: 'x', valid: false } } }),
      false,
    ],
    [
      'of an older Grype with a broken database',
      grypeJson([found], { target, db: { built: 'x', error: 'too old' } }),
      false,
    ],
  ])('%s is no scan of an image, and its findings stay', (_, bytes, hasLooked) => {
    const document = read(bytes);
    expect(document).toMatchObject({ flaw: expect.any(String), hasLooked });
    expect(document.findings).toHaveLength(1);
  });

  it('of an older Grype names its database without a status', () => {
    const db = { built: '2024-01-01T00:00:00Z', schemaVersion: 5, error: null };
    expect(read(grypeJson([], { target, db })).flaw).toBeNull();
  });

  it('keeps a match without an id, a package or a known severity', () => {
    const bare = { matches: [{}, { vulnerability: { severity: 'Negligible' } }] };
    const document = { ...bare, descriptor: { name: 'grype', version: '1' } };
    const { findings } = read(Buffer.from(JSON.stringify(document)));
    expect(findings.map(({ id, severity }) => [id, severity])).toEqual([
      ['unknown', 'unknown'],
      ['unknown', 'low'],
    ]);
  });

  it('truth A11: a vector without its score is read, and a broken one is not left out', () => {
    const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
    const rate = (cvss: object): string | undefined => {
      const mild = { metrics: { baseScore: 2 } };
      const vulnerability = { id: 'A', severity: 'Unknown', cvss: [mild, cvss] };
      const document = { matches: [{ vulnerability }], descriptor: { name: 'grype' } };
      return read(Buffer.from(JSON.stringify(document))).findings[0]?.severity;
    };
    expect([rate({ vector }), rate({ vector: 'x' })]).toEqual(['critical', 'unknown']);
    expect([rate({ metrics: { baseScore: '9,8' } }), rate({})]).toEqual(['unknown', 'low']);
  });

  it('A47: with another type in place of a list is malformed, never clean', () => {
    const whole = JSON.parse(Buffer.from(grypeJson([found], { target })).toString());
    for (const change of [
      { matches: [7] },
      { ignoredMatches: {} },
      { matches: [{ relatedVulnerabilities: 'x' }] },
      { matches: [{ vulnerability: { cvss: 7 } }] },
    ])
      expect(readScanDocument(Buffer.from(JSON.stringify({ ...whole, ...change })))).toMatchObject({
        failure: { code: 'MALFORMED' },
      });
    const many = { ...whole, matches: Array.from({ length: LIMITS.findingsMax + 1 }, () => ({})) };
    expect(readScanDocument(Buffer.from(JSON.stringify(many)))).toMatchObject({
      failure: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (matches, source) => {
        const text = `{"matches":[${matches}],"source":${source},"descriptor":{"name":"grype"}}`;
        readScanDocument(Buffer.from(text));
      }),
    );
  });
});
