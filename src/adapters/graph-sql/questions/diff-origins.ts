import type { Difference } from '../../../capabilities/graph/index.ts';
import { readBuilds } from './builds.ts';
import { toChange } from './diff-change.ts';
import { selectSigners } from './evidence.ts';
import { listSubjects } from './provenance.ts';
import { readReleaseAnswers } from './release-answers.ts';
import type { Scope } from './scope.ts';
import type { ResolvedSubject } from './subject.ts';
import { readSubjectReleases } from './subject-releases.ts';

/** Owner, source, builder and signers that are not the same on both sides. */
export async function diffOrigins(
  scope: Scope,
  before: ResolvedSubject,
  after: ResolvedSubject,
): Promise<readonly Difference[]> {
  const [old, now] = [await readOrigin(scope, before), await readOrigin(scope, after)];
  return [...old.keys()].flatMap((name) => {
    const [from, to] = [old.get(name) ?? null, now.get(name) ?? null];
    return from === to ? [] : [{ what: 'provenance', name, ...toChange(from, to), severity: null }];
  });
}

/** What is known about the newest release of a subject and about its images; null: nothing. */
async function readOrigin(
  scope: Scope,
  meant: ResolvedSubject,
): Promise<ReadonlyMap<string, string | null>> {
  const { ids } = await readSubjectReleases(scope, meant);
  const newest = (await readReleaseAnswers(scope, ids.slice(0, 1))).get(ids[0] ?? 0);
  const builds = await readBuilds(scope, meant.all);
  const signers = await selectSigners(scope, await listSubjects(scope, meant.all));
  return new Map([
    ['owner', newest?.owner ?? null],
    ['repository', newest?.source?.repository ?? null],
    ['commit', newest?.source?.commit ?? null],
    ['builder', listTexts(builds.map(({ builder }) => builder))],
    ['signer', listTexts([...signers.values()].flat())],
  ]);
}

function listTexts(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : [...new Set(texts)].sort().join(', ');
}
