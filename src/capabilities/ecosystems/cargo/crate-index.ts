/** How Cargo writes a lock. */
export const RELOCK = 'cargo generate-lockfile';
/** What `cargo vendor` puts beside the manifest of each crate. */
export const CHECKSUM = '.cargo-checksum.json';

/** One `[[package]]` of a Cargo.lock. */
export interface LockedCrate {
  readonly name: string;
  readonly version: string;
  /** Null for a crate of the project, which is found by its path. */
  readonly source: string | null;
  readonly checksum: string | null;
  /** `name`, `name version` or `name version (source)`, as far as it is not clear without. */
  readonly dependencies: readonly string[];
  /** Another package that takes its place. */
  readonly replace: string | null;
  readonly line: number;
}

/** The packages of a lock, by all that may name them. */
export interface CrateIndex {
  readonly crates: readonly LockedCrate[];
  readonly byName: ReadonlyMap<string, readonly LockedCrate[]>;
}

/** The package that a dependency names; null where none or more than one is meant. */
export function findCrate({ byName }: CrateIndex, written: string): LockedCrate | null {
  const [name = '', version, source] = written.split(' ', 3);
  const named = (byName.get(name) ?? []).filter(
    (one) =>
      (version === undefined || one.version === version) &&
      (source === undefined || `(${one.source ?? ''})` === source),
  );
  const [found] = named;
  if (found === undefined || named.length > 1) return null;
  const other = found.replace?.split(' ', 3) ?? null;
  if (other === null) return found;
  const places = (byName.get(other[0] ?? '') ?? []).filter(
    (one) => one !== found && one.version === other[1] && one.replace === null,
  );
  return places.length === 1 ? (places[0] ?? null) : null;
}
