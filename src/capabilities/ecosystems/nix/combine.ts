import type { ExtractedFile } from '../ecosystem.ts';
import type { Draft, Extraction } from '../extractor.ts';
import { StoreReferences } from './store-database.ts';

/**
 * What each package of the store needs, where the database says it. A path that is no package, such
 * as a configuration, stands for what it refers to.
 */
export function combineStore(files: readonly ExtractedFile[]): readonly Extraction[] {
  const database = files.flatMap(({ extraction: { document } }) =>
    document instanceof StoreReferences ? [document] : [],
  )[0];
  const extractions = files.map(({ extraction }) => extraction);
  if (database === undefined) return extractions;
  const packages = new Set(extractions.flatMap(({ drafts }) => drafts.map(({ key }) => key)));
  const budget = { steps: STEPS_MAX };
  return extractions.map((extraction): Extraction => {
    if (extraction.drafts.length === 0) return extraction;
    const drafts = extraction.drafts.map(
      (draft): Draft => ({ ...draft, needs: listNeeds(draft.key, database, packages, budget) }),
    );
    return { ...extraction, drafts };
  });
}

/** Of all packages together: what is no package may be led through again for each of them. */
const STEPS_MAX = 200_000;

/** None where the budget is used up. */
function listNeeds(
  start: string,
  { byPath }: StoreReferences,
  packages: ReadonlySet<string>,
  budget: { steps: number },
): readonly string[] {
  const seen = new Set([start]);
  const needs: string[] = [];
  // The set grows while it is walked.
  for (const path of seen) {
    if (path !== start && packages.has(path)) {
      needs.push(path);
      continue;
    }
    for (const next of byPath.get(path) ?? []) {
      // mutant nix-references-without-end by nix: condition -> false
      if (--budget.steps < 0) return [];
      seen.add(next);
    }
  }
  return needs;
}
