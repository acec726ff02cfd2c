import { parseTagList, type TagList } from '../../capabilities/registry/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { findNextPage } from './referrers.ts';
import { type RepositoryAddress, type Session, statusFailure } from './session.ts';

/**
 * The tags of a repository (end-8), page by page. A list that goes on after the limit is not
 * complete. Docker Hub and ECR say 404 of a repository that does not exist: NOT_FOUND.
 */
export async function listTags(
  session: Session,
  place: RepositoryAddress,
  signal: AbortSignal,
): Promise<TagList> {
  const tags: string[] = [];
  const seen = new Set<string>();
  for (let url: URL | null = place.url('tags/list'); url !== null; ) {
    if (seen.has(url.href) || seen.size >= LIMITS.tagPagesMax) return { tags, complete: false };
    seen.add(url.href);
    const bytesMax = LIMITS.registryAnswerBytesMax;
    const answer = await session.send({ place, method: 'GET', url, signal, bytesMax });
    if (answer.status !== 200) throw statusFailure(answer, `the list of tags of ${place.name}`);
    tags.push(...orThrow(parseTagList(answer.bytes)));
    url = findNextPage(answer, url, 'list of tags');
  }
  return { tags, complete: true };
}
