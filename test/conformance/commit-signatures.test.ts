import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { expectAgreement } from '../support/commit-differential.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-commits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** test/interop/commit-signatures.test.ts checks ten thousand commits. */
const COMMITS = 300;

describe('signed and changed commits', () => {
  it('D1 D5 A69 A70: trusted only if git trusts them; an extra refusal has a clause', async () => {
    await expectAgreement(folder, COMMITS, 11);
  }, 180_000);
});
