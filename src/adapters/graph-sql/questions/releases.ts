import type {
  AffectedMatcher,
  Question,
  ReleaseMatches,
} from '../../../capabilities/graph/index.ts';
import { readComponents } from './held-components.ts';
import { matchVersions } from './packages.ts';
import { readReleaseAnswers } from './release-answers.ts';
import { readReleasePage } from './release-page.ts';
import type { Scope } from './scope.ts';
import { readOpenReleases } from './unknown-exposure.ts';

/** Which releases contain an image whose inventory contains the component, newest first. */
export async function answerReleases(
  scope: Scope,
  { component }: Question<'releases'>,
  { matcher }: { readonly matcher: AffectedMatcher },
): Promise<ReleaseMatches> {
  const { packages, more, versions, notCompared, otherVersions } = await matchVersions(
    scope,
    component,
    matcher,
  );
  const page = await readReleasePage(scope, versions);
  const answers = await readReleaseAnswers(scope, page.ids);
  const components = await readComponents(scope, page.ids, versions);
  const releases = page.ids.flatMap((id) => {
    const answer = answers.get(id);
    if (answer === undefined) return [];
    const held = components.find(id);
    return [{ ...answer, components: held.components, componentsMore: held.more }];
  });
  const isFirst = scope.ask.page.after === null;
  const open = isFirst ? await readOpenReleases(scope, versions) : { releases: [], more: false };
  return {
    matched: packages,
    matchedMore: more,
    notCompared,
    otherVersions,
    releases,
    unknown: open.releases,
    unknownMore: open.more,
    next: page.next,
  };
}
