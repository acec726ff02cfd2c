import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  parseAllowedSigners,
  parseCommit,
  trustSshKeys,
  verifyCommit,
} from '../../src/capabilities/signing/index.ts';
import { ok, orThrow } from '../../src/core/result.ts';
import { listedKeys, mutatedCommits } from './commit-mutations.ts';
import { findClause } from './commit-refusals.ts';
import { RawRepository } from './git-answers.ts';

export interface Disagreement {
  readonly ours: string;
  readonly git: string;
  readonly how: string;
  readonly object: string;
}

export interface Comparison {
  readonly compared: number;
  /** How often git gave each answer. */
  readonly answers: Readonly<Record<string, number>>;
  /** Commits that only Waybill trusts: there must be none. */
  readonly trustedByUsAlone: readonly Disagreement[];
  /**
   * Commits that only Waybill refuses, by reason. Each needs a clause
   * (docs/reference/strictness.md).
   */
  readonly refusedByUsAlone: ReadonlyMap<string, readonly Disagreement[]>;
  /** Commits that only one of both calls unsigned. */
  readonly unsigned: readonly Disagreement[];
}

/** Asks git and Waybill about `count` commits, signed and changed. */
export async function compareWithGit(
  folder: string,
  count: number,
  seed: number,
): Promise<Comparison> {
  const { keys, allowedSigners } = listedKeys();
  const file = join(folder, 'allowed_signers');
  writeFileSync(file, allowedSigners);
  const commits = new Map<string, { readonly bytes: Buffer; readonly how: string }>();
  const all = [...take(mutatedCommits(keys, seed), count)];
  const repository = new RawRepository(join(folder, 'repository'));
  const ids = repository.add(all.map(({ bytes }) => bytes));
  for (const [at, id] of ids.entries()) commits.set(id, all[at] as (typeof all)[number]);
  const answers = await repository.answers(ids, file);
  const signers = orThrow(parseAllowedSigners(allowedSigners));
  const said: Record<string, number> = {};
  const trustedByUsAlone: Disagreement[] = [];
  const unsigned: Disagreement[] = [];
  const refusedByUsAlone = new Map<string, Disagreement[]>();
  for (const [id, { bytes, how }] of commits) {
    const git = answers.get(id) ?? 'silent';
    said[git] = (said[git] ?? 0) + 1;
    const commit = parseCommit(bytes, 'sha1');
    const standing = commit.ok ? verifyCommit(commit.value, trustSshKeys(ok(signers))) : null;
    const ours = describeReason(commit.ok ? null : commit.failure.message, standing);
    const difference = { ours, git, how, object: bytes.toString('latin1') };
    if (ours === 'trusted' && git !== 'G') trustedByUsAlone.push(difference);
    if (ours !== 'trusted' && git === 'G') {
      refusedByUsAlone.set(ours, [...(refusedByUsAlone.get(ours) ?? []), difference]);
    }
    if (ours === 'unsigned' && git !== 'N') unsigned.push(difference);
  }
  return { compared: commits.size, answers: said, trustedByUsAlone, refusedByUsAlone, unsigned };
}

function describeReason(
  failure: string | null,
  standing: ReturnType<typeof verifyCommit> | null,
): string {
  if (failure !== null) return failure;
  if (standing?.kind === 'untrusted') return `${standing.reason.code}: ${standing.reason.text}`;
  return standing?.kind ?? '';
}

function* take<T>(all: Generator<T>, count: number): Generator<T> {
  let left = count;
  for (const one of all) {
    if (left-- === 0) return;
    yield one;
  }
}

/** We trust no commit that git does not trust, and each extra refusal has a clause. */
export async function expectAgreement(
  folder: string,
  commits: number,
  seed: number,
): Promise<void> {
  const { compared, answers, trustedByUsAlone, refusedByUsAlone, unsigned } = await compareWithGit(
    folder,
    commits,
    seed,
  );
  expect(trustedByUsAlone).toEqual([]);
  expect(unsigned).toEqual([]);
  expect([...refusedByUsAlone.keys()].filter((reason) => findClause(reason) === null)).toEqual([]);
  expect(compared).toBeGreaterThan(commits * 0.9);
  expect(answers['G'] ?? 0).toBeGreaterThan(commits / 10);
}
