import { type Digest, parseDigest } from '../../core/digest.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** An image on disk, as the command line names it. */
export interface LayoutName {
  readonly kind: 'oci' | 'oci-archive' | 'docker-archive';
  readonly path: string;
  /** A tag, or a whole name with its tag. */
  readonly tag: string | null;
  readonly digest: Digest | null;
}

const FORM = /^(?<kind>oci|oci-archive|docker-archive):(?<rest>[^\0]+)$/s;
const TAGGED = /^(?<path>.*[^:/\\]):(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127})$/s;
/** The whole name of an image, as docker save and podman write it. */
const NAME =
  /^[a-z0-9][a-z0-9._-]*(?::[0-9]+)?(?:\/[a-z0-9][a-z0-9._-]*)*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * As in skopeo, the first colon ends the path if the whole name of an image follows.
 *
 * @example parseLayoutName('docker-archive:saved.tar:shop/trips:1.4')
 */
export function parseLayoutName(text: string): Result<LayoutName> {
  const { kind, rest } = FORM.exec(text)?.groups ?? {};
  if (kind === undefined || rest === undefined || text.length > 8_192) return malformed(text);
  const at = /@(?=sha(?:256|512):[^/\\]*$)/.exec(rest)?.index ?? -1;
  const digest = at === -1 ? null : parseDigest(rest.slice(at + 1));
  if (digest !== null && !digest.ok) return digest;
  const named = at === -1 ? rest : rest.slice(0, at);
  const { path, tag } = splitName(named) ?? TAGGED.exec(named)?.groups ?? {};
  const drive = path !== undefined && /^[A-Za-z]$/.test(path); // C:folder
  const base = { kind: kind as LayoutName['kind'], digest: digest?.value ?? null };
  if (named === '') return malformed(text);
  return ok(
    path === undefined || tag === undefined || drive
      ? { ...base, path: named, tag: null }
      : { ...base, path, tag },
  );
}

function splitName(named: string): { readonly path: string; readonly tag: string } | null {
  const drive = /^[A-Za-z]:[/\\]/.test(named) ? 2 : 0;
  const colon = named.indexOf(':', drive);
  const tag = named.slice(colon + 1);
  return colon > drive && NAME.test(tag) ? { path: named.slice(0, colon), tag } : null;
}

function malformed(text: string): Result<never> {
  const shown = JSON.stringify(text.slice(0, 100));
  return fail(
    'USAGE',
    `not the name of an image on disk: ${shown}`,
    'Write oci:DIR, oci:DIR:TAG, oci-archive:FILE or docker-archive:FILE:NAME:TAG.',
  );
}
