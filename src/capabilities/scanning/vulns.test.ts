import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testData } from '../../../test/support/test-data.ts';
import { toInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { orThrow } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { buildVulnsPredicate, parseVulns, rateVulns } from './vulns.ts';

describe('vulns/v0.2', () => {
  const report = {
    scanner: { uri: 'https://waybill.dev', version: '0.1.0' },
    database: { uri: null, version: 'sha256:x', updatedAt: toInstant(Date.UTC(2026, 10, 22)) },
    results: [
      { id: 'CVE-2021-44228', severities: [{ method: 'CVSS_V3', score: '10.0' }], annotations: [] },
    ],
    startedAt: null,
    finishedAt: toInstant(Date.UTC(2026, 10, 22)),
  };

  it('B17 B3: a written predicate is read again', () => {
    expect(orThrow(parseVulns(buildVulnsPredicate(report)))).toEqual(report);
  });

  it('A47: a report without its results is malformed, never clean; an empty list is clean', () => {
    const predicate = buildVulnsPredicate({ ...report, results: [] });
    expect(orThrow(parseVulns(predicate)).results).toEqual([]);
    expect(parseVulns({ ...predicate, scanner: { uri: 'x' } }).ok).toBe(false);
    expect(parseVulns({ ...predicate, scanner: { uri: 'x', result: {} } }).ok).toBe(false);
    expect(parseVulns({ ...predicate, scanner: { uri: 'x', result: [{}] } }).ok).toBe(false);
  });

  const VECTOR = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
  it.each([
    ['nothing', [], 'unknown'],
    ['no score, and a number', [{ method: 'x' }, 7], 'unknown'],
    ['a number alone, beside a mild word', [{ method: 'a', score: 'low' }, 7], 'unknown'],
    ['an object, beside a mild score', [{ score: {} }, { method: 'a', score: 2 }], 'unknown'],
    ['a text, beside a mild score', ['9,8', '2.0'], 'unknown'],
    ['a text, beside the worst word', ['9,8', 'CRITICAL'], 'critical'],
    ['a vector, beside a mild word', [VECTOR, 'low'], 'critical'],
    ['nothing known, beside a mild word', ['unknown', '', 'low'], 'low'],
  ] as const)('truth A11: of %s, the severity is %s', (_, stated, severity) => {
    const severities = stated.map((one) =>
      typeof one === 'string' ? { method: 'a', score: one } : one,
    );
    const result = [{ id: 'CVE-1', severity: severities }];
    const read = orThrow(parseVulns({ scanner: { uri: 'x', result } })).results;
    expect(read.map(rateVulns)).toEqual([severity]);
  });

  it('never throws for any object', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const json = JSON.parse(text) as unknown;
        if (isJsonObject(json as never)) parseVulns(json as JsonObject);
      }),
    );
  });
});

const documents = testData('vectors/documents/guac');

describe.skipIf(documents === null)('attestations of other tools', () => {
  const readPredicate = (file: string): JsonObject => {
    const json = orThrow(
      parseJson(readFileSync(join(documents ?? '', file)), { bytesMax: 1_000_000 }),
    );
    const predicate = isJsonObject(json) ? json['predicate'] : undefined;
    return isJsonObject(predicate) ? predicate : {};
  };

  it('reads certify-vuln-v02.json; without results, certify-novuln-v02.json proves nothing', () => {
    expect(
      orThrow(parseVulns(readPredicate('certify-vuln-v02.json'))).results.length,
    ).toBeGreaterThan(0);
    expect(parseVulns(readPredicate('certify-novuln-v02.json'))).toMatchObject({
      failure: { code: 'MALFORMED' },
    });
  });
});
