import { formatRepository, parseImageReference } from '../../../core/image-reference.ts';
import type { JsonValue } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import type { RepositoryPattern } from './trust-rule.ts';

/** An exact repository, or `prefix/*`: everything below a path, at the boundary of its segments. */
export function readRepositoryPattern(value: JsonValue): Result<RepositoryPattern> {
  if (typeof value !== 'string') return refuse('a repository is not a text');
  const shown = JSON.stringify(value.slice(0, 200));
  const kind = value.endsWith('/*') ? 'below' : 'exact';
  // Two more segments, so that Docker's default `library/` does not get into a prefix.
  const whole = kind === 'below' ? `${value.slice(0, -2)}/x/y` : value;
  const reference = parseImageReference(whole);
  const plain = !/[@*]/.test(whole) && whole.lastIndexOf(':') <= whole.lastIndexOf('/');
  if (!reference.ok || !plain)
    return refuse(`${shown} is neither registry/repository nor registry/path/*`);
  const path = formatRepository(reference.value);
  return ok({ kind, path: kind === 'below' ? path.slice(0, -'/x/y'.length) : path });
}

/** Whether a normalised repository is one of those that are meant. */
export function coversRepository({ kind, path }: RepositoryPattern, repository: string): boolean {
  // mutant trust-prefix-ends-at-segment by 2-whose-evidence-counts, trust-document: argument ->
  //   $span
  return kind === 'exact'
    ? repository === path
    : repository.startsWith(`${path}/`) && repository.length > path.length + 1;
}

function refuse(why: string): Result<never> {
  return fail(
    'TRUST_INVALID',
    `the trust document is invalid: ${why}`,
    'Correct it: see docs/reference/trust.md.',
  );
}
