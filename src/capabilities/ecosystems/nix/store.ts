import { type Draft, type Extractor, NOTHING, takeBaseName } from '../extractor.ts';
import { NO_FILES } from '../wanted-files.ts';

/** A path of the store has a hash of what it was made from, and a name (nix.dev, "Store Path"). */
const STORE_NAME = /^([0-9a-df-np-sv-z]{32})-([0-9a-zA-Z+._?=-]{1,211})$/;

/** What is in the store of Nix: the names of its folders say which version of what they are. */
export const nixStore: Extractor = {
  name: 'nix-store',
  database: true,
  system: true,
  reads: ['root-file-system'],
  bytesMax: 0,
  wants: NO_FILES,
  namedFolders: { root: 'nix/store', wants: (name) => parseStoreName(name) !== null },
  findOwnFolder: (path) => path,
  extract: ({ path }) => {
    const stored = parseStoreName(takeBaseName(path));
    return stored === null ? NOTHING : { drafts: [createStoreDraft(path, stored)], skips: [] };
  },
};

export interface StoredPackage {
  readonly hash: string;
  readonly name: string;
  readonly version: string;
  /** The part of the package that it is; null for the main one. */
  readonly output: string | null;
}

/**
 * What a folder of the store is; null where its name has no version, as that of a profile or of a
 * configuration has none. A version begins behind the first dash that no letter follows
 * (`builtins.parseDrvName`).
 *
 * @example parseStoreName('…-openssl-3.0.13-bin') // { name: 'openssl', version: '3.0.13', … }
 */
export function parseStoreName(text: string): StoredPackage | null {
  const [, hash, whole] = STORE_NAME.exec(text) ?? [];
  if (hash === undefined || whole === undefined) return null;
  const dash = whole.search(/-[^A-Za-z]/);
  if (dash < 1) return null;
  const written = whole.slice(dash + 1);
  // mutant nix-store-name-of-a-source by nix: condition -> false
  if (!/^\d/.test(written) || SOURCES.test(written)) return null;
  const output = OUTPUT.exec(written)?.[1] ?? null;
  const version = output === null ? written : written.slice(0, -output.length - 1);
  return { hash, name: whole.slice(0, dash), version, output };
}

/** Instructions and sources of a build are in the store too. */
const SOURCES =
  /\.(?:drv|chroot|lock|check|patch|diff|zip|tgz|txz|tbz2?|tar(?:\.[a-z0-9]{1,5})?|gem|crate|whl|nar)$/;

/** The usual outputs (nixpkgs, "Multiple-output packages"). */
const OUTPUT =
  /-(bin|dev|devdoc|devman|dist|doc|debug|host|info|installedTests|lib|libgcc|man|out|static|terminfo|tools)$/;

function createStoreDraft(path: string, { hash, name, version, output }: StoredPackage): Draft {
  return {
    key: path,
    parts: {
      type: 'nix',
      namespace: null,
      name,
      version,
      qualifiers: { ...(output === null ? {} : { output }), outputhash: hash },
      subpath: null,
    },
    name,
    version,
    licenses: [],
    source: null,
    locations: [path],
    hashes: {},
    origin: null,
    needs: [],
    development: false,
  };
}
