import { Buffer } from 'node:buffer';
import { type Digest, parseDigest } from './digest.ts';
import { LIMITS } from './limits.ts';
import { fail, ok, type Result } from './result.ts';

/** A reference with all defaults filled in: `nginx` means `docker.io/library/nginx:latest`. */
export interface ImageReference {
  /** Host and port, lower case, as a client connects to it; `docker.io` means Docker Hub. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: Digest | null;
}

// distribution-spec "Pulling manifests"; the host grammar is that of the reference package of
// Docker's distribution.
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
// Docker refuses an image id as a name, so that it is never pulled from Docker Hub.
const IMAGE_ID = /^[0-9a-f]{64}$/;
/** The one other name that reference libraries read as Docker Hub. */
const HUB_ALIAS = 'index.docker.io';

/**
 * @example parseImageReference('nginx') // docker.io/library/nginx:latest
 */
export function parseImageReference(text: string): Result<ImageReference> {
  // mutant image-reference-limit: operand 2 -> $ + 1
  if (Buffer.byteLength(text) > LIMITS.referenceBytesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      'the image reference is too long',
      'Write registry.example.com/team/image:tag.',
    );
  }
  const [head, ...digests] = text.split('@');
  // mutant two-digests-in-one-reference: remove operand 2
  if (head === undefined || digests.length > 1) return malformed(text, 'it has more than one @');
  const digest = digests[0] === undefined ? null : parseDigest(digests[0]);
  if (digest !== null && !digest.ok) return digest;
  const colon = head.lastIndexOf(':');
  const tagged = colon > head.lastIndexOf('/');
  const name = tagged ? head.slice(0, colon) : head;
  const tag = tagged ? head.slice(colon + 1) : null;
  if (IMAGE_ID.test(name)) return malformed(text, 'a bare image id is not a reference');
  if (tag !== null && !TAG.test(tag)) return malformed(text, 'its tag is malformed');
  return parseName(
    text,
    name,
    tag ?? (digest === null ? 'latest' : null),
    digest === null ? null : digest.value,
  );
}

function parseName(
  text: string,
  name: string,
  tag: string | null,
  digest: Digest | null,
): Result<ImageReference> {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const hasHost = first === 'localhost' || /[.:]/.test(first) || first !== first.toLowerCase();
  // The form is checked before the case is folded: folding turns the Kelvin sign into an ASCII k,
  // and no client would connect to that host.
  // mutant host-grammar: condition -> false
  // mutant host-before-case-folding: call -> $callee($argument.toLowerCase())
  if (hasHost && !HOST.test(first)) return malformed(text, 'its registry host is malformed');
  // mutant host-is-its-whole-name: branch -> $.split('.').slice(-3).join('.')
  // mutant host-case-is-folded: remove call
  const host = hasHost ? first.toLowerCase() : 'docker.io';
  const path = hasHost ? name.slice(slash + 1) : name;
  const port = /:(\d+)$/.exec(host)?.[1];
  if (Number(port ?? 1) > 65_535) return malformed(text, 'its registry port is malformed');
  const registry = host === HUB_ALIAS ? 'docker.io' : host;
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  const wellFormed =
    repository.length <= 255 && repository.split('/').every((part) => COMPONENT.test(part));
  if (!wellFormed) return malformed(text, 'its repository is malformed');
  return ok({ registry, repository, tag, digest });
}

/** The canonical text, with both tag and digest. */
export function formatImageReference(reference: ImageReference): string {
  const tag = reference.tag === null ? '' : `:${reference.tag}`;
  const digest = reference.digest === null ? '' : `@${reference.digest}`;
  return `${formatRepository(reference)}${tag}${digest}`;
}

/** Registry and repository: what a scope of a trust policy names. */
export function formatRepository(reference: ImageReference): string {
  return `${reference.registry}/${reference.repository}`;
}

function malformed(text: string, why: string): Result<never> {
  const shown = JSON.stringify(text.slice(0, 100));
  return fail(
    'MALFORMED',
    `not an image reference: ${shown}: ${why}`,
    'Write registry.example.com/team/image:tag or …@sha256:….',
  );
}
