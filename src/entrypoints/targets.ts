import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../core/failure.ts';
import { type ImageReference, parseImageReference } from '../core/image-reference.ts';

/** What a target is; the kind is recognised by rules, and printed. */
export type Target =
  | { readonly kind: 'tree'; readonly text: string; readonly path: string }
  | { readonly kind: 'rootfs'; readonly text: string; readonly path: string }
  | { readonly kind: 'sbom'; readonly text: string; readonly path: string }
  | { readonly kind: 'stdin'; readonly text: string }
  /** An OCI layout or an image archive; the adapter reads the rest of the name. */
  | { readonly kind: 'layout'; readonly text: string }
  | { readonly kind: 'image'; readonly text: string; readonly reference: ImageReference };

const SCHEME = /^(rootfs|sbom|oci|oci-archive|docker-archive):(.*)$/s;

/**
 * A prefix decides; without one, a path that exists is a tree or a file, and what cannot be a path is an image. A file
 * is an SBOM or an image archive by its name; nothing is guessed from content here.
 *
 * @example parseTarget('oci:build:1.4', process.cwd())
 */
export function parseTarget(text: string, cwd: string): Target {
  if (text === '-') return { kind: 'stdin', text };
  const scheme = SCHEME.exec(text);
  if (scheme !== null) return withScheme(text, scheme[1] ?? '', scheme[2] ?? '', cwd);
  const path = resolve(cwd, text);
  if (existsSync(path))
    return statSync(path).isDirectory() ? { kind: 'tree', text, path } : { kind: 'sbom', text, path };
  if (/^[./~\\]/.test(text) || /^[A-Za-z]:[\\/]/.test(text)) throw absent(text);
  const reference = parseImageReference(text);
  if (!reference.ok) throw reference.failure;
  return { kind: 'image', text, reference: reference.value };
}

function withScheme(text: string, scheme: string, rest: string, cwd: string): Target {
  if (scheme === 'rootfs' || scheme === 'sbom') {
    const path = resolve(cwd, rest);
    if (!existsSync(path)) throw absent(rest);
    return { kind: scheme, text, path };
  }
  return { kind: 'layout', text: absoluteLayout(scheme, rest, cwd) };
}

function absoluteLayout(scheme: string, rest: string, cwd: string): string {
  return `${scheme}:${/^[A-Za-z]:[\\/]/.test(rest) ? rest : resolve(cwd, rest)}`;
}

function absent(path: string): Failure {
  return new Failure(
    'FILE_NOT_FOUND',
    `${path} does not exist`,
    'Check the path; an image is written without ./ or a prefix.',
  );
}
