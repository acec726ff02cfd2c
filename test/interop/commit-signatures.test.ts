import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { expectAgreement } from '../support/commit-differential.ts';
import { expectFormatAgreement } from '../support/format-differential.ts';
import { peer } from '../support/peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-many-commits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** This takes minutes: git starts ssh-keygen twice for each commit. */
const COMMITS = 10_000;
/** `WAYBILL_COMMITS` of them in test:long; git starts gpg or gpgsm for each. */
const OTHERS = Number(process.env['WAYBILL_COMMITS'] ?? 600);

describe('signed and changed commits', () => {
  it('D1 D5 A69 A70: trusted only if git trusts them; an extra refusal has a clause', async () => {
    await expectAgreement(folder, COMMITS, 2026);
  }, 1_800_000);

  const isAbsent = peer('gpg') === null || peer('gpgsm') === null;
  it.skipIf(isAbsent)(
    'D1 D13 A66 A67: the same for commits and tags of OpenPGP and X.509',
    async () => {
      const own = join(folder, 'formats');
      mkdirSync(own);
      await expectFormatAgreement(own, OTHERS, 2026);
    },
    1_800_000,
  );
});
