import { describe, expect, it } from 'vitest';
import {
  type ForeignFinding,
  grypeJson,
  makeStatement,
  trivyJson,
  trivySarif,
} from '../../../test/support/foreign-documents.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { readScanDocument, recogniseScan } from './scan-document.ts';

const AT = toInstant(Date.UTC(2026, 10, 22, 12));
const image = sha256('image');
const found: ForeignFinding = {
  ...{ id: 'CVE-2026-1111', type: 'npm', name: 'left', version: '1.0.0', severity: 'CRITICAL' },
};
const parse = (bytes: Uint8Array): object => JSON.parse(Buffer.from(bytes).toString());
const trivy = parse(trivyJson([found], { at: AT, imageId: sha256('config') }));
const scanned = {
  scanStartedOn: '2026-11-22T11:59:00Z',
  scanFinishedOn: '2026-11-22T12:00:00Z',
};
const VULNS = {
  scanner: {
    ...{ uri: 'pkg:github/aquasecurity/trivy@0.71.0', version: '0.71.0' },
    db: { uri: 'pkg:github/aquasecurity/trivy-db', lastUpdate: '2026-11-22T00:00:00Z' },
    result: [{ id: found.id, severity: [{ method: 'nvd', score: 'critical' }] }],
  },
  metadata: scanned,
};
const COSIGN = {
  invocation: { parameters: null, uri: '', event_id: '', 'builder.id': '' },
  scanner: { uri: 'pkg:github/aquasecurity/trivy@0.71.0', version: '0.71.0', result: trivy },
  metadata: scanned,
};

describe('truth A14: a scan in an in-toto statement', () => {
  it.each<readonly [string, string, object, string]>([
    ['vulns/v0.2', 'https://in-toto.io/attestation/vulns/v0.2', VULNS, 'Trivy'],
    ['vulns/v0.1', 'https://in-toto.io/attestation/vulns/v0.1', VULNS, 'Trivy'],
    ['vuln of cosign', 'https://cosign.sigstore.dev/attestation/vuln/v1', COSIGN, 'Trivy'],
    ['a report of Trivy', 'https://example.com/scan', trivy, 'Trivy'],
    ['a report of Grype', 'https://example.com/scan', parse(grypeJson([found])), 'Grype'],
    ['SARIF', 'https://example.com/scan', parse(trivySarif([found])), 'Trivy'],
    [
      'custom data of cosign',
      'https://cosign.sigstore.dev/attestation/v1',
      { Data: JSON.stringify(trivy), Timestamp: '2026-11-22T12:00:00Z' },
      'Trivy',
    ],
  ])('as %s is read, bare and in DSSE', (_, predicateType, predicate, tool) => {
    for (const isSigned of [true, false]) {
      const bytes = makeStatement(predicateType, predicate, { image, isSigned });
      const document = orThrow(readScanDocument(bytes));
      expect(document).toMatchObject({
        ...{ form: 'statement', tool, subjects: [image], registryDigests: [image], isOwn: false },
      });
      expect(document.findings.map(({ id, severity }) => [id, severity])).toEqual([
        [found.id, 'critical'],
      ]);
      expect(recogniseScan(bytes)).toBe('statement');
    }
  });

  it('of a scanner that did not end, or looked nothing up, is no scan', () => {
    const type = 'https://in-toto.io/attestation/vulns/v0.2';
    const { db: _, ...blind } = VULNS.scanner;
    for (const change of [{ metadata: {} }, { scanner: blind }]) {
      const bytes = makeStatement(type, { ...VULNS, ...change }, { image });
      const document = orThrow(readScanDocument(bytes));
      expect(document).toMatchObject({ flaw: expect.any(String), hasLooked: false });
      expect(document.findings).toHaveLength(1);
    }
  });

  it('around a report of another image withdraws nothing', () => {
    const about = (digest: string) => {
      const repoDigests = [`registry.example.com/trips@${digest}`];
      const report = parse(trivyJson([found], { at: AT, imageId: sha256('c'), repoDigests }));
      return orThrow(readScanDocument(makeStatement('https://example.com/s', report, { image })));
    };
    expect(about(image)).toMatchObject({ flaw: null, hasLooked: true });
    expect(about(sha256('other'))).toMatchObject({
      ...{ flaw: expect.stringContaining(sha256('other')), hasLooked: false },
      findings: [{ id: found.id }],
    });
  });

  it('of Waybill is its own', () => {
    const scanner = { ...VULNS.scanner, uri: 'https://waybill.dev/waybill' };
    const type = 'https://in-toto.io/attestation/vulns/v0.2';
    const bytes = makeStatement(type, { ...VULNS, scanner }, { image });
    expect(orThrow(readScanDocument(bytes))).toMatchObject({ tool: 'waybill', isOwn: true });
  });

  it.each<readonly [string, Uint8Array]>([
    ['another statement', makeStatement('https://slsa.dev/provenance/v1', {}, { image })],
    ['an envelope of other bytes', Buffer.from('{"payloadType":"x","payload":"e30="}')],
    ['an envelope without a payload', Buffer.from('{"payloadType":"x"}')],
  ])('%s is none', (_, bytes) => {
    expect(recogniseScan(bytes)).toBeNull();
    expect(readScanDocument(bytes).ok).toBe(false);
  });

  it('an envelope in an envelope is none', () => {
    const inner = makeStatement('https://example.com/s', trivy, { image });
    const payload = Buffer.from(inner).toString('base64');
    const bytes = Buffer.from(JSON.stringify({ payloadType: 'x', payload, signatures: [] }));
    expect(recogniseScan(bytes)).toBeNull();
  });
});
