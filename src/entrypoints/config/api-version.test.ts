import { describe, expect, it } from 'vitest';
import { parseRecord } from '../../capabilities/evidence/index.ts';
import { buildDefaultPolicy, parsePolicy } from '../../capabilities/policy/index.ts';
import { parseTrust } from '../../capabilities/signing/index.ts';
import { refuseOtherVersion } from '../../core/api-version.ts';

const V2 =
  /^Use a Waybill that reads waybill\.dev\/v2, or write the document as waybill\.dev\/v1\.$/;
const trust = (version: string) =>
  `apiVersion: waybill.dev/${version}\nkind: Trust\nmetadata: { name: t, revision: 1 ` +
  `}\nrules: []\nnew: 1\n`;
const policy = (version: string) =>
  `${buildDefaultPolicy().replace('waybill.dev/v1', `waybill.dev/${version}`)}new: 1\n`;
const record = (version: string) =>
  Buffer.from(`{"apiVersion":"waybill.dev/${version}","kind":"Tag","new":1}`);

describe('X14: a document of a later version', () => {
  it.each([
    ['policy', (version: string) => parsePolicy(policy(version))],
    ['trust document', (version: string) => parseTrust(trust(version))],
    ['record', (version: string) => parseRecord('tag', record(version))],
  ])(
    'is refused as a %s because of its version only, with no advice to correct the document',
    (_, read) => {
      const refused = read('v2');
      expect(refused.ok).toBe(false);
      if (refused.ok) return;
      expect(refused.failure.message).toContain(
        'it is written as waybill.dev/v2; this Waybill reads waybill.dev/v1',
      );
      expect(refused.failure.remedy).toMatch(V2);
      const wrong = read('v1');
      expect(!wrong.ok && wrong.failure.message).toMatch(/new|metadata|tag|Tag/);
      expect(!wrong.ok && wrong.failure.remedy).not.toMatch(V2);
    },
  );

  it.each([
    null,
    'text',
    ['waybill.dev/v2'],
    {},
    { apiVersion: 2 },
    { apiVersion: 'v1' },
    { apiVersion: 'waybill.dev/v1' },
    { apiVersion: 'waybill.dev/v2; rm' },
  ])('is not the case for %j', (document) => {
    expect(refuseOtherVersion(document, 'MALFORMED', 'x')).toBeNull();
  });
});
