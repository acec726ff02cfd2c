import type { Draft } from '../../extractor.ts';

/** One artifact that a lock names, with what the lock says of it. */
export interface LockedArtifact {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly classifier: string | null;
  /** By SPDX algorithm name in lower case. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The address that it was taken from; null where the lock does not say it. */
  readonly address: string | null;
  readonly development: boolean;
  /** Whether the project itself requires it; null where the lock does not say. */
  readonly direct: boolean | null;
  /** Keys of other artifacts of the lock. */
  readonly needs: readonly string[];
  /** From 1. */
  readonly line: number;
}

/** A file that records the whole result of a resolution. */
export interface JavaLock {
  readonly path: string;
  /** The build tool that writes it: its manifest in the same folder is what it is for. */
  readonly tool: 'maven' | 'gradle' | 'sbt';
  /** The project that it is for, where the lock says that. */
  readonly project: { readonly group: string; readonly artifact: string } | null;
  /** Why it is not the whole result, where that is so. */
  readonly gap: string | null;
  readonly artifacts: readonly LockedArtifact[];
}

/** What two files mean that name the same artifact. */
export function formatArtifact({
  group,
  artifact,
  version,
  classifier,
}: Pick<LockedArtifact, 'group' | 'artifact' | 'version' | 'classifier'>): string {
  return [group, artifact, version, ...(classifier === null ? [] : [classifier])].join(':');
}

/** A part of coordinates as repositories allow it in a path. */
export function isCoordinate(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 500 && /^[A-Za-z0-9_.-]+$/.test(text);
}

interface DraftInput extends Pick<LockedArtifact, 'group' | 'artifact' | 'version'> {
  readonly classifier: string | null;
  /** `jar` where it is left out. */
  readonly type?: string;
  readonly location: string;
}

/** A package with nothing known but its coordinates and its place. */
export function createArtifactDraft(given: DraftInput): Draft {
  const { group, artifact, version, classifier, location, type = 'jar' } = given;
  const qualifiers = {
    ...(classifier === null ? {} : { classifier }),
    ...(type === 'jar' ? {} : { type }),
  };
  return {
    key: formatArtifact(given),
    parts: { type: 'maven', namespace: group, name: artifact, version, qualifiers, subpath: null },
    name: `${group}:${artifact}`,
    version,
    licenses: [],
    source: null,
    locations: [location],
    hashes: {},
    origin: null,
    needs: [],
    development: false,
  };
}

export function createLockDrafts({ path, artifacts }: JavaLock): readonly Draft[] {
  return artifacts.map((locked) => ({
    ...createArtifactDraft({ ...locked, location: path }),
    hashes: locked.hashes,
    origin: locked.address,
    needs: locked.needs,
    development: locked.development,
  }));
}
