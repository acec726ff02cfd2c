import type { TargetKind } from '../extractor.ts';
import { type FileNames, FileTable } from '../wanted-files.ts';
import { findDeclaredKind } from './find-declared.ts';

/** A package database that this version does not read, known by its path. */
interface Marker extends FileNames {
  readonly kind: string;
}

/**
 * Not a database, but a sign that one belongs here: tools that make images smaller delete it and
 * /etc/os-release, and keep the C library and its loader.
 */
export const SYSTEM_LIBRARY = 'system-library';

/** Kinds of unread database that install a whole system. */
export const SYSTEM_DATABASES: ReadonlySet<string> = new Set([
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
  { kind: 'slackware', folders: /^var\/(?:lib\/pkgtools|log|adm)\/packages$/ },
  { kind: 'xbps', endings: ['.plist'], where: /^var\/db\/xbps\/pkgdb-[^/]+\.plist$/ },
  {
    kind: 'guix',
    names: ['db.sqlite'],
    folders: /^gnu\/store(?:\/|$)/,
    where: /^(?:gnu\/store\/[0-9a-z]{32}-|var\/guix\/db\/db\.sqlite$)/,
  },
  { kind: 'freebsd-pkg', names: ['local.sqlite'], where: /^var\/db\/pkg\/local\.sqlite$/ },
  {
    kind: 'eopkg',
    names: ['metadata.xml'],
    where: /^var\/lib\/eopkg\/package\/[^/]+\/metadata\.xml$/,
  },
  { kind: 'swupd', folders: /^usr\/share\/clear\/bundles$/ },
  { kind: 'crux', names: ['db'], where: /^var\/lib\/pkg\/db$/ },
  {
    kind: 'kiss',
    names: ['version'],
    where: /^var\/db\/kiss\/installed\/[^/]+\/version$/,
  },
  { kind: 'conary', names: ['conarydb'], where: /^var\/lib\/conarydb\/conarydb$/ },
  { kind: 'spack', names: ['.spack/spec.json', '.spack/spec.yaml'] },
  {
    kind: 'cargo',
    endings: ['.json', '.toml'],
    where: /(?:^|\/)\.cargo\/\.crates2?\.(?:json|toml)$/,
  },
  { kind: 'ocaml', names: ['.opam-switch/switch-state'] },
  {
    kind: 'haskell',
    endings: ['.conf'],
    where: /(?:^|\/)package\.conf\.d\/[^/]+\.conf$/,
  },
  {
    kind: 'snap',
    names: ['dpkg.yaml', 'snap.yaml'],
    endings: ['.snap'],
    where:
      /^(?:usr\/share\/snappy\/dpkg\.yaml|(?:var\/lib\/)?snap\/.*\/meta\/snap\.yaml|var\/lib\/snapd\/snaps\/.*\.snap)$/,
  },
  { kind: 'flatpak', names: ['metadata'], where: /^var\/lib\/flatpak\/app\/.*\/metadata$/ },
  {
    kind: 'php-pear',
    endings: ['.reg'],
    where: /(?:^|\/)php\/\.registry\/.*\.reg$/,
  },
  { kind: 'erlang', endings: ['.app'], where: /(?:^|\/)ebin\/[^/]+\.app$/ },
  { kind: 'lua-rock', endings: ['.rockspec'], where: /[^/]\.rockspec$/ },
  { kind: 'wordpress', names: ['wp-includes/version.php'] },
  {
    kind: 'bitnami',
    endings: ['.spdx'],
    where: /^opt\/bitnami\/(?:[^/]+\/)?\.spdx-[^/]+\.spdx$/,
  },
  {
    kind: SYSTEM_LIBRARY,
    folders: /^(?:usr\/)?lib[0-9a-z]{0,3}(?:\/[^/]+)?$/,
    where:
      /^(?:usr\/)?lib[0-9a-z]{0,3}\/(?:[^/]+\/)?(?:ld-linux[^/]*\.so\.\d+|ld-musl-[^/]+\.so\.1|libc\.so\.6)$/,
  },
  {
    kind: 'winget',
    names: ['installed.db'],
    ignoresCase: true,
    // Those of sources, right below LocalState, are read.
    where: (path) =>
      /(?:^|\/)Microsoft\.DesktopAppInstaller_[^/]+\/(?:[^/]+\/){0,9}installed\.db$/i.test(path) &&
      !/_8wekyb3d8bbwe\/LocalState\/[^/]+\/installed\.db$/i.test(path),
  },
  {
    kind: 'windows-image',
    names: ['software'],
    ignoresCase: true,
    where: /^Files\/Windows\/System32\/config\/SOFTWARE$/i,
  },
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
    names: [
      ...['status', 'apk/db/installed', 'Packages', 'Packages.db', 'rpmdb.sqlite', 'desc'],
      ...['CONTENTS', 'PF', 'container-manifest-1', 'container-manifest-2', 'manifest.wall'],
      ...['local.sqlite', 'metadata.xml'],
    ],
    endings: ['.plist'],
    folders: /\/(?:(?:var|usr)\/lib\/dpkg\/status\.d|var\/lib\/pkgtools\/packages)$/,
    where:
      /\/(?:(?:var|usr)\/lib\/dpkg\/(?:status|status\.d\/[^/.]+)|(?:usr\/)?lib\/apk\/db\/installed|(?:var\/lib|usr\/lib\/sysimage|usr\/share)\/rpm\/(?:Packages(?:\.db)?|rpmdb\.sqlite)|var\/lib\/pacman\/local\/[^/]+\/desc|(?:usr|var)\/lib\/opkg\/status|var\/db\/pkg\/[^/]+\/[^/]+\/(?:CONTENTS|PF)|var\/lib\/rpmmanifest\/container-manifest-[12]|var\/lib\/chisel\/manifest\.wall|var\/lib\/pkgtools\/packages\/[^/]+|var\/db\/xbps\/pkgdb-[^/]+\.plist|var\/db\/pkg\/local\.sqlite|var\/lib\/eopkg\/package\/[^/]+\/metadata\.xml)$/,
  },
];

/** Images and file systems that are stored as files: what is in them is not counted here. */
const STORED: Marker = {
  kind: 'stored-image',
  names: ['oci-layout', 'docker/image/overlay2/repositories.json'],
  endings: ['.squashfs', '.sqfs', '.qcow2', '.vmdk', '.vhdx'],
};

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

/** Archives of programs with the packages that they were built from. */
const PACKED: readonly Marker[] = [
  { kind: 'electron-archive', endings: ['.asar'] },
  // `phar.phar` is the tool of the runtime itself.
  { kind: 'php-archive', endings: ['.phar'], where: (path) => !path.endsWith('bin/phar.phar') },
];

const PROGRAMS = /(?:^|\/)s?bin$/;

/** Runtimes that no package manager installed: their version is nowhere but in them. */
const RUNTIME: readonly Marker[] = [
  {
    kind: 'java-runtime',
    names: ['bin/java', 'lib/rt.jar'],
    ignoresCase: true,
    // Bounded, because a path of many such words would take quadratic time.
    where:
      /(?:^|\/)[^/]{0,60}(?:jdk|jre|java|jvm|corretto|temurin|zulu|graalvm|semeru)[^/]{0,60}\/(?:[^/]{1,60}\/){0,4}(?:bin\/java|lib\/rt\.jar)$/i,
  },
  { kind: 'node-runtime', folders: PROGRAMS, where: /(?:^|\/)s?bin\/(?:node|nodejs)$/ },
  {
    kind: 'python-runtime',
    folders: PROGRAMS,
    where: /(?:^|\/)s?bin\/(?:python|pypy)[23](?:\.\d+)?$/,
  },
  { kind: 'ruby-runtime', folders: PROGRAMS, where: /(?:^|\/)s?bin\/ruby[\d.]*$/ },
  { kind: 'php-runtime', folders: PROGRAMS, where: /(?:^|\/)s?bin\/php(?:-fpm|-cgi)?[\d.]*$/ },
  { kind: 'perl-runtime', folders: PROGRAMS, where: /(?:^|\/)s?bin\/perl[\d.]*$/ },
  {
    kind: 'dotnet-runtime',
    names: ['.version'],
    where: /(?:^|\/)shared\/Microsoft\.[A-Za-z.]+\/[^/]+\/\.version$/,
  },
  {
    kind: 'erlang-runtime',
    names: ['OTP_VERSION'],
    where: /(?:^|\/)releases\/[^/]+\/OTP_VERSION$/,
  },
  { kind: 'javascript-runtime', folders: PROGRAMS, where: /(?:^|\/)s?bin\/(?:bun|deno)$/ },
];

/** In a source tree a lock stands for what this file finds. */
const LOADER: Marker = { kind: 'yarn-pnp', names: ['.pnp.js', '.pnp.cjs'] };

/** A store of Nix, which is read where it is the root of a file system. */
const STORE: Marker = {
  kind: 'nix',
  names: ['db.sqlite'],
  folders: /^nix\/store(?:\/|$)/,
  where: /^nix\/(?:store\/[0-9a-z]{32}-|var\/nix\/db\/db\.sqlite$)/,
};

/** Submodules are declared in the root of a repository only. */
const SUBMODULE: Marker = {
  kind: 'git-submodule',
  names: ['.gitmodules'],
  where: /^\.gitmodules$/,
};

const TABLES: Readonly<Record<TargetKind, FileTable<string>>> = {
  'root-file-system': buildTable([
    ...[...INSTALLED, LOADER, ...NESTED, STORED, ...PACKED, ...RUNTIME],
  ]),
  'source-tree': buildTable([...INSTALLED, STORE, SUBMODULE]),
};

function buildTable(markers: readonly Marker[]): FileTable<string> {
  return new FileTable(markers.map((marker) => [marker.kind, [marker]] as const));
}

/** The kind of database that a path belongs to, where this version does not read it. */
export function findUnsupportedKind(path: string, target: TargetKind): string | null {
  const kind = TABLES[target].find(path)[0];
  if (kind !== undefined) return kind;
  return target === 'source-tree' ? findDeclaredKind(path) : null;
}
