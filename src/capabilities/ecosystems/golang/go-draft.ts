import { LIMITS } from '../../../core/limits.ts';
import type { PurlParts } from '../../../core/purl.ts';
import type { Draft } from '../extractor.ts';

/** The standard library, and the go command with its compiler, as the Go project names them. */
export const STANDARD_LIBRARY = 'stdlib';
export const TOOLCHAIN = 'toolchain';

/** What a program calls the code that it was built from where it has no version. */
export const DEVELOPMENT = '(devel)';

export interface GoModule {
  readonly path: string;
  readonly version: string;
  readonly location: string;
  /** The path of a folder, where its code is from one. */
  readonly origin?: string;
}

export function createGoDraft({ path, version, location, origin }: GoModule): Draft {
  return {
    key: formatKey(path, version),
    parts: buildGoParts(path, version),
    name: path,
    version,
    licenses: [],
    source: null,
    locations: [location],
    hashes: {},
    origin: origin ?? null,
    needs: [],
    development: false,
  };
}

export function formatKey(path: string, version: string): string {
  return `${path}@${version}`;
}

export function buildGoParts(path: string, version: string | null): PurlParts {
  const slash = path.lastIndexOf('/');
  return {
    type: 'golang',
    namespace: slash === -1 ? null : path.slice(0, slash),
    name: path.slice(slash + 1),
    version,
    qualifiers: {},
    subpath: null,
  };
}

/**
 * Whether a text can be the path of a module (golang.org/x/mod/module, CheckPath; old programs have
 * paths that today's rules refuse): letters and punctuation of ASCII, no empty element, no `..`.
 */
export function isModulePath(path: string): boolean {
  return (
    path.length <= 1_024 &&
    /^[\w.~!$%&'()+,;=@-]+(?:\/[\w.~!$%&'()+,;=@-]+)*$/.test(path) &&
    !/(?:^|\/)\.{1,2}(?:\/|$)/.test(path)
  );
}

const VERSION = /^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.+-]+)?$/;

/** `v1.2.3`, `v0.0.0-20240101000000-abcdefabcdef`, `v2.0.0+incompatible`, `v1.2.3+dirty`. */
export function isModuleVersion(version: string): boolean {
  return version.length <= LIMITS.versionBytesMax && VERSION.test(version);
}
