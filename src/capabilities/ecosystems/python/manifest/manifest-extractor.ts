import { Failure } from '../../../../core/failure.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { orThrow, type Result } from '../../../../core/result.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  takeBaseName,
} from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { isInstalledPlace } from '../requirements/requirements-name.ts';
import { readPyproject } from './pyproject.ts';
import { isOwn, type PythonManifest, toRequest } from './python-manifest.ts';
import { readPipfile, readSetupCfg, readSetupPy } from './setup-files.ts';

type ManifestReader = (file: string, bytes: Uint8Array) => Result<PythonManifest>;

const READERS: ReadonlyMap<string, ManifestReader> = new Map([
  ['pyproject.toml', readPyproject],
  ['setup.cfg', readSetupCfg],
  ['setup.py', readSetupPy],
  ['Pipfile', readPipfile],
]);

/** The reader of a manifest of a Python project; null for any other file. */
export function findManifestReader(path: string): ManifestReader | null {
  const reader = READERS.get(takeBaseName(path)) ?? null;
  return reader === null || isInstalledPlace(path) ? null : reader;
}

/** It names no versions, only that dependencies exist. */
export const pythonManifest: Extractor = {
  name: 'python-manifest',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({
    names: [...READERS.keys()],
    where: (path) => !isInstalledPlace(path),
  }),
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  const read = findManifestReader(path);
  if (read === null) throw new Failure('UNSUPPORTED', 'it is no known manifest', 'Rename it.');
  const manifest = orThrow(read(path, bytes));
  const { name, wanted, unknown, problems } = manifest;
  const why = unknown ?? (wanted.every((one) => isOwn(manifest, one)) ? null : UNCOVERED);
  const remedy = 'Lock them, for example: uv lock, poetry lock or pdm lock.';
  const uncovered = why === null ? null : createSkip(path, 'FACT_UNKNOWN', why, remedy);
  const requests = wanted.filter((one) => !isOwn(manifest, one)).map(toRequest);
  return { drafts: [], skips: problems, declares: { path, name, requests, uncovered } };
}

const UNCOVERED =
  'it declares dependencies that no lock that is read here, and no installation, has';
