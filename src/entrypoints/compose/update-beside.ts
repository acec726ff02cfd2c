import { Failure } from '../../core/failure.ts';

type ExportAdapter = typeof import('../../adapters/advisory-export/index.ts');
type ExportOptions = Parameters<ExportAdapter['openExportSession']>[0];

/** An update that reads files beside the advisories. */
export interface BesideUpdateCall {
  /** The export that advisories are read from: a mirror has these files too, or not. */
  readonly base: URL;
  readonly options: Omit<ExportOptions, 'base'>;
  /** The folder of all exports (nameUpdateFolder). */
  readonly root: string;
  readonly signal: AbortSignal;
}

/** A file that is replaced as a whole. */
export interface BesideFile {
  readonly base: URL;
  /** Relative to the base. */
  readonly name: string;
  readonly bytesMax: number;
  /** Whether what was used of it is still here. */
  readonly isThere: boolean;
}

/**
 * Reads a file and gives what `take` makes of it; null where it is still the one that was used.
 * Fails with REGISTRY_MISBEHAVED where `take` gives null, because it is something else.
 */
export async function updateBeside<T>(
  { options, root, signal }: BesideUpdateCall,
  { base, name, bytesMax, isThere }: BesideFile,
  take: (path: string) => Promise<T | null>,
): Promise<T | null> {
  const { fetchFile, openExportFolder, openExportSession } = await import(
    '../../adapters/advisory-export/index.ts'
  );
  const session = openExportSession({ ...options, base });
  try {
    const folder = openExportFolder(root, base);
    const file = await fetchFile(session, folder, name, { bytesMax, signal, isThere });
    if (file === null) return null;
    let taken: T | null = null;
    try {
      taken = await take(file.path);
      if (taken !== null) return taken;
    } finally {
      await file.end(taken !== null);
    }
    throw new Failure(
      'REGISTRY_MISBEHAVED',
      `${base.host} has something else under ${name}`,
      'Ask the operator of the mirror.',
    );
  } finally {
    session.close();
  }
}
