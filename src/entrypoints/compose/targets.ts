import { existsSync, lstatSync, type Stats, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { type ImageReference, parseImageReference } from '../../core/image-reference.ts';
import { toFileFailure } from '../../system/files/errno.ts';

/** What a target is; the kind is recognised by rules, and printed. */
export type Target =
  | { readonly kind: 'tree'; readonly text: string; readonly path: string }
  | { readonly kind: 'rootfs'; readonly text: string; readonly path: string }
  | { readonly kind: 'sbom'; readonly text: string; readonly path: string }
  | { readonly kind: 'stdin'; readonly text: string }
  /** An OCI layout or an image archive; the adapter reads the rest of the name. */
  | { readonly kind: 'layout'; readonly text: string }
  | { readonly kind: 'image'; readonly text: string; readonly reference: ImageReference };

const DRIVE = /^(?:[A-Za-z]:[\\/]|\\\\)/;
const SCHEME = /^(rootfs|sbom|oci|oci-archive|docker-archive):(.*)$/s;

/**
 * A prefix decides. Without one, a path that exists is a source tree, an OCI layout (if it has a
 * file `oci-layout`) or an SBOM; any other text is an image.
 *
 * @example parseTarget('oci:build:1.4', process.cwd())
 */
export function parseTarget(text: string, cwd: string): Target {
  if (text === '')
    throw new Failure('USAGE', 'a target is empty', 'Name one; a dot means this folder.');
  if (text === '-') return { kind: 'stdin', text };
  const scheme = SCHEME.exec(text);
  if (scheme !== null) return toSchemeTarget(text, scheme[1] ?? '', scheme[2] ?? '', cwd);
  const path = resolve(cwd, text);
  const stats = readStats(path);
  if (stats !== null) return toPresentTarget(text, path, stats);
  refuseOthersPrefix(text, cwd);
  if (looksLikePath(text)) throw createAbsentFailure(text);
  const reference = parseImageReference(text);
  if (!reference.ok) throw reference.failure;
  return { kind: 'image', text, reference: reference.value };
}

/**
 * The path of a target that is a file, with any content: named without a prefix, or as `sbom:FILE`.
 */
export function findFilePath(text: string, cwd: string): string | null {
  const scheme = SCHEME.exec(text);
  if (scheme !== null && scheme[1] !== 'sbom') return null;
  const name = scheme === null ? text : (scheme[2] ?? '');
  if (name === '' || name === '-') return null;
  const path = resolve(cwd, name);
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? path : null;
}

/**
 * Null if the path does not exist. A dangling link is a file that cannot be read, never the name of
 * an image.
 */
function readStats(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined ? null : statSync(path);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (code === 'ENOTDIR' || code === 'ENAMETOOLONG' || code === 'ERR_INVALID_ARG_VALUE')
      return null;
    throw toFileFailure(path, thrown);
  }
}

function toPresentTarget(text: string, path: string, stats: Stats): Target {
  if (stats.isDirectory()) {
    const isLayout = existsSync(join(path, 'oci-layout')) && existsSync(join(path, 'index.json'));
    return isLayout ? { kind: 'layout', text: `oci:${path}` } : { kind: 'tree', text, path };
  }
  if (!/\.(?:tar|tgz|tar\.gz)$/i.test(path)) return { kind: 'sbom', text, path };
  const remedy = `Write oci-archive:${text} or docker-archive:${text}.`;
  throw new Failure(
    'USAGE',
    `${text} is an archive, and two kinds of image archives have this ending`,
    remedy,
  );
}

/**
 * `dir:` and `file:` are prefixes of Syft and Grype. An image may have such a name, but if the path
 * exists, the path is meant.
 */
function refuseOthersPrefix(text: string, cwd: string): void {
  const path = /^(?:dir|file):(.+)$/s.exec(text)?.[1];
  if (path === undefined || readStats(resolve(cwd, path)) === null) return;
  throw new Failure(
    'USAGE',
    `${text}: Waybill takes a folder or a file without a prefix`,
    `Write ${path}`,
  );
}

/** A single name with a file ending is taken as a missing file, not as an image. */
function looksLikePath(text: string): boolean {
  if (/^[./~\\]/.test(text) || DRIVE.test(text)) return true;
  return /\.(?:json|xml|ya?ml|tar|tgz|gz|zip|jar|war|ear|spdx|cdx)$/i.test(text);
}

function toSchemeTarget(text: string, scheme: string, rest: string, cwd: string): Target {
  if (rest === '') throw new Failure('USAGE', `${text} names no path`, `Write ${scheme}:PATH.`);
  if (scheme === 'rootfs' || scheme === 'sbom') {
    const path = resolve(cwd, rest);
    if (readStats(path) === null) throw createAbsentFailure(rest);
    return { kind: scheme, text, path };
  }
  return { kind: 'layout', text: formatLayout(scheme, rest, cwd) };
}

function formatLayout(scheme: string, rest: string, cwd: string): string {
  return `${scheme}:${DRIVE.test(rest) ? rest : resolve(cwd, rest)}`;
}

function createAbsentFailure(path: string): Failure {
  return new Failure(
    'FILE_NOT_FOUND',
    `${path} does not exist`,
    'Check the path; write an image without ./ and without a prefix.',
  );
}
