import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareWithGit } from '../support/commit-differential.ts';
import { findClause } from '../support/commit-refusals.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-commits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** test/interop/commit-signatures.test.ts checks ten thousand commits. */
const COMMITS = 300;

describe('signed and changed commits', () => {
  it('D1 D5 A69 A70: trusted only if git trusts them; an extra refusal has a clause', async () => {
    const { compared, answers, trustedByUsAlone, refusedByUsAlone, unsigned } =
      await compareWithGit(folder, COMMITS, 11);
    expect(trustedByUsAlone).toEqual([]);
    expect(unsigned).toEqual([]);
    expect([...refusedByUsAlone.keys()].filter((reason) => findClause(reason) === null)).toEqual(
      [],
    );
    expect(compared).toBeGreaterThan(COMMITS * 0.9);
    expect(answers['G'] ?? 0).toBeGreaterThan(COMMITS / 10);
  }, 180_000);
});
