import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';

/** Tags of one repository. `complete` is false where there may be more. */
export interface TagList {
  readonly tags: readonly string[];
  readonly complete: boolean;
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * One page of the tags of a repository (distribution-spec end-8a). A repository without a tag may
 * say `null`.
 */
export function parseTagList(bytes: Uint8Array): Result<readonly string[]> {
  const json = parseJson(bytes, { bytesMax: LIMITS.registryAnswerBytesMax });
  if (!json.ok) return json;
  const tags = isJsonObject(json.value) ? (json.value['tags'] ?? []) : null;
  // mutant tag-list-of-tags: remove operand 2
  if (Array.isArray(tags) && tags.every(isTag)) return ok(tags as readonly string[]);
  return fail(
    'REGISTRY_MISBEHAVED',
    'the registry answered with a list of tags that is none',
    'Ask the operator of the registry.',
  );
}

function isTag(value: unknown): boolean {
  return typeof value === 'string' && TAG.test(value);
}
