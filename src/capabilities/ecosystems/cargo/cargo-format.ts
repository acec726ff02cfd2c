import { LIMITS } from '../../../core/limits.ts';
import { type Extractor, NOTHING, takeBaseName, takeDirectory } from '../extractor.ts';
import { buildPlainParts, joinPath, type LockFormat } from '../locked/locked-package.ts';
import { wantFiles } from '../wanted-files.ts';
import { findConfigFolder, isCargoConfig, readCargoConfig } from './cargo-config.ts';
import { readCargoLock } from './cargo-lock.ts';
import { readCargoManifest } from './cargo-manifest.ts';
import { CHECKSUM, RELOCK } from './crate-index.ts';

/** Cargo.lock, the Cargo.toml that it is for, and `.cargo/config.toml`. */
export const cargoFormat: LockFormat = {
  name: 'cargo',
  purlType: 'cargo',
  isLock: wantFiles({ names: ['Cargo.lock'] }),
  isManifest: wantFiles({ names: ['Cargo.toml'] }),
  readLock: readCargoLock,
  readManifest: readCargoManifest,
  buildParts: (name, version) => buildPlainParts('cargo', name, version),
  relock: RELOCK,
  findManifest: (lock) => joinPath(takeDirectory(lock), 'Cargo.toml'),
  isMark: wantFiles({ names: [CHECKSUM] }),
  isShadowed: isVendored,
  settings: { wants: isCargoConfig, findFolder: findConfigFolder, read: readCargoConfig },
};

/** The own lock of a crate that `cargo vendor` put here says nothing about the project. */
function isVendored(path: string, paths: ReadonlySet<string>): boolean {
  const home = takeDirectory(path);
  if (takeBaseName(path) !== 'Cargo.lock' || !paths.has(joinPath(home, CHECKSUM))) return false;
  for (let folder = home; folder !== ''; ) {
    folder = takeDirectory(folder);
    // mutant vendored-lock-without-one-above: condition -> true
    if (paths.has(joinPath(folder, 'Cargo.lock'))) return true;
  }
  return false;
}

/** `.cargo-checksum.json` is in the folder of each crate that `cargo vendor` put into a tree. */
export const vendoredCrate: Extractor = {
  name: 'cargo-vendored',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: [CHECKSUM] }),
  extract: () => NOTHING,
};
