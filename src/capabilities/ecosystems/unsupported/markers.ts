import type { TargetKind } from '../extractor.ts';
import { findDeclaredKind } from './find-declared.ts';

/** A package database that this version does not read, known by its path. */
export interface Marker {
  readonly kind: string;
  readonly pattern: RegExp;
}

/**
 * Not a database, but a sign that one belongs here: tools that make images smaller delete it and
 * /etc/os-release, and keep the C library and its loader.
 */
export const SYSTEM_LIBRARY = 'system-library';

/** Kinds of unread database that install a whole system. */
export const SYSTEM_DATABASES: ReadonlySet<string> = new Set([
  'nix',
  'slackware',
  'xbps',
  'guix',
  'freebsd-pkg',
  'eopkg',
  'swupd',
  'crux',
  'kiss',
  'conary',
]);

/** What an installed package leaves, in images, root file systems and source trees. */
const INSTALLED: readonly Marker[] = [
  { kind: 'nix', pattern: /^nix\/(?:store\/[0-9a-z]{32}-|var\/nix\/db\/db\.sqlite$)/ },
  { kind: 'slackware', pattern: /^var\/(?:lib\/pkgtools|log|adm)\/packages\/[^/]+$/ },
  { kind: 'xbps', pattern: /^var\/db\/xbps\/pkgdb-[^/]+\.plist$/ },
  { kind: 'guix', pattern: /^(?:gnu\/store\/[0-9a-z]{32}-|var\/guix\/db\/db\.sqlite$)/ },
  { kind: 'freebsd-pkg', pattern: /^var\/db\/pkg\/local\.sqlite$/ },
  { kind: 'eopkg', pattern: /^var\/lib\/eopkg\/package\/[^/]+\/metadata\.xml$/ },
  { kind: 'swupd', pattern: /^usr\/share\/clear\/bundles\/[^/]+$/ },
  { kind: 'crux', pattern: /^var\/lib\/pkg\/db$/ },
  { kind: 'kiss', pattern: /^var\/db\/kiss\/installed\/[^/]+\/version$/ },
  { kind: 'conary', pattern: /^var\/lib\/conarydb\/conarydb$/ },
  { kind: 'spack', pattern: /(?:^|\/)\.spack\/spec\.(?:json|yaml)$/ },
  { kind: 'cargo', pattern: /(?:^|\/)\.cargo\/\.crates2?\.(?:json|toml)$/ },
  { kind: 'ocaml', pattern: /(?:^|\/)\.opam-switch\/switch-state$/ },
  { kind: 'haskell', pattern: /(?:^|\/)package\.conf\.d\/[^/]+\.conf$/ },
  {
    kind: 'snap',
    pattern:
      /^(?:usr\/share\/snappy\/dpkg\.yaml|(?:var\/lib\/)?snap\/.*\/meta\/snap\.yaml|var\/lib\/snapd\/snaps\/.*\.snap)$/,
  },
  { kind: 'flatpak', pattern: /^var\/lib\/flatpak\/app\/.*\/metadata$/ },
  {
    kind: 'php-pear',
    pattern: /(?:^|\/)php\/\.registry\/.*\.reg$/,
  },
  { kind: 'erlang', pattern: /(?:^|\/)ebin\/[^/]+\.app$/ },
  { kind: 'lua-rock', pattern: /(?:^|\/)[^/]+\.rockspec$/ },
  { kind: 'wordpress', pattern: /(?:^|\/)wp-includes\/version\.php$/ },
  { kind: 'bitnami', pattern: /^opt\/bitnami\/(?:[^/]+\/)?\.spdx-[^/]+\.spdx$/ },
  {
    kind: SYSTEM_LIBRARY,
    pattern:
      /^(?:usr\/)?lib[0-9a-z]{0,3}\/(?:[^/]+\/)?(?:ld-linux[^/]*\.so\.\d+|ld-musl-[^/]+\.so\.1|libc\.so\.6)$/,
  },
  {
    kind: 'winget',
    pattern: /(?:^|\/)Microsoft\.DesktopAppInstaller_[^/]+\/(?:[^/]+\/){0,9}installed\.db$/i,
  },
  { kind: 'windows-image', pattern: /^Files\/Windows\/System32\/config\/SOFTWARE$/i },
];

/** The kind of a root file system that is not at the root, such as one that is only stored. */
export const NESTED_ROOT = 'nested-root';

/**
 * Databases of whole systems below another root: nobody runs what is there as it is, or everybody
 * with chroot.
 */
const NESTED: readonly Marker[] = [
  {
    kind: NESTED_ROOT,
    pattern:
      /\/(?:(?:var|usr)\/lib\/dpkg\/(?:status|status\.d\/[^/.]+)|(?:usr\/)?lib\/apk\/db\/installed|(?:var\/lib|usr\/lib\/sysimage|usr\/share)\/rpm\/(?:Packages(?:\.db)?|rpmdb\.sqlite)|var\/lib\/pacman\/local\/[^/]+\/desc|(?:usr|var)\/lib\/opkg\/status|var\/db\/pkg\/[^/]+\/[^/]+\/(?:CONTENTS|PF)|var\/lib\/rpmmanifest\/container-manifest-[12]|var\/lib\/chisel\/manifest\.wall|var\/lib\/pkgtools\/packages\/[^/]+|var\/db\/xbps\/pkgdb-[^/]+\.plist|var\/db\/pkg\/local\.sqlite|var\/lib\/eopkg\/package\/[^/]+\/metadata\.xml)$/,
  },
];

/** Kinds of language runtime. A link to one is no second one. */
export const RUNTIMES: ReadonlySet<string> = new Set([
  'java-runtime',
  'node-runtime',
  'python-runtime',
  'ruby-runtime',
  'php-runtime',
  'perl-runtime',
  'dotnet-runtime',
  'erlang-runtime',
  'javascript-runtime',
]);

/** Runtimes that no package manager installed: their version is nowhere but in them. */
const RUNTIME: readonly Marker[] = [
  {
    kind: 'java-runtime',
    // Bounded, because a path of many such words would take quadratic time.
    pattern:
      /(?:^|\/)[^/]{0,60}(?:jdk|jre|java|jvm|corretto|temurin|zulu|graalvm|semeru)[^/]{0,60}\/(?:[^/]{1,60}\/){0,4}(?:bin\/java|lib\/rt\.jar)$/i,
  },
  { kind: 'node-runtime', pattern: /(?:^|\/)s?bin\/(?:node|nodejs)$/ },
  { kind: 'python-runtime', pattern: /(?:^|\/)s?bin\/(?:python|pypy)[23](?:\.\d+)?$/ },
  { kind: 'ruby-runtime', pattern: /(?:^|\/)s?bin\/ruby[\d.]*$/ },
  { kind: 'php-runtime', pattern: /(?:^|\/)s?bin\/php(?:-fpm|-cgi)?[\d.]*$/ },
  { kind: 'perl-runtime', pattern: /(?:^|\/)s?bin\/perl[\d.]*$/ },
  { kind: 'dotnet-runtime', pattern: /(?:^|\/)shared\/Microsoft\.[A-Za-z.]+\/[^/]+\/\.version$/ },
  { kind: 'erlang-runtime', pattern: /(?:^|\/)releases\/[^/]+\/OTP_VERSION$/ },
  { kind: 'javascript-runtime', pattern: /(?:^|\/)s?bin\/(?:bun|deno)$/ },
];

/** In a source tree a lock stands for what this file finds. */
const LOADER: Marker = { kind: 'yarn-pnp', pattern: /(?:^|\/)\.pnp\.c?js$/ };

/** Submodules are declared in the root of a repository only. */
const SUBMODULE: Marker = { kind: 'git-submodule', pattern: /^\.gitmodules$/ };

const ALL: Readonly<Record<TargetKind, readonly Marker[]>> = {
  'root-file-system': [...INSTALLED, LOADER, ...NESTED, ...RUNTIME],
  'source-tree': [...INSTALLED, SUBMODULE],
};

const HINTS: Readonly<Record<TargetKind, RegExp>> = {
  'root-file-system': combinePatterns(ALL['root-file-system']),
  'source-tree': combinePatterns(ALL['source-tree']),
};

/** One pattern for all: nearly every path of an image matches none, and there are millions. */
function combinePatterns(markers: readonly Marker[]): RegExp {
  return new RegExp(markers.map(({ pattern }) => `(?:${pattern.source})`).join('|'), 'i');
}

/** The kind of database that a path belongs to, where this version does not read it. */
export function findUnsupportedKind(path: string, target: TargetKind): string | null {
  const marker = HINTS[target].test(path)
    ? ALL[target].find(({ pattern }) => pattern.test(path))
    : undefined;
  if (marker !== undefined) return marker.kind;
  return target === 'source-tree' ? findDeclaredKind(path) : null;
}
