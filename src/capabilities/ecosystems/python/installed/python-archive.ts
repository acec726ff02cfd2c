import { LIMITS } from '../../../../core/limits.ts';
import {
  createZipBudget,
  readZipDirectory,
  readZipEntry,
  type ZipEntry,
} from '../../../../formats/zip/zip.ts';
import type { Skip } from '../../component.ts';
import { createSkip, type Draft, type Extraction, type Extractor } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { createPythonDraft, isVersionText } from '../python-draft.ts';
import { isPythonName } from '../requirement.ts';
import { readCoreMetadata } from './core-metadata.ts';

const METADATA =
  /(?:^|\/)(?:[^/]+\.dist-info\/METADATA|EGG-INFO\/PKG-INFO|[^/]+\.egg-info\/PKG-INFO)$/i;
const METADATA_BYTES_MAX = 4 * 1024 * 1024;

/** Archives that Python imports from: wheels, eggs, pex and zipapps. */
export const pythonArchive: Extractor = {
  name: 'python-archive',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.archiveBytesMax,
  wants: wantFiles({ endings: ['.whl', '.egg', '.pex', '.pyz', '.pyzw'], ignoresCase: true }),
  extract: ({ path, bytes }) => readArchive(path, bytes),
  yieldsToOwner: true,
};

function readArchive(path: string, bytes: Uint8Array): Extraction {
  const budget = createZipBudget();
  const drafts: Draft[] = [];
  const skips: Skip[] = [];
  const entries = readZipDirectory(bytes, budget);
  for (const entry of entries.filter(({ name }) => METADATA.test(name))) {
    const read = readDraft(`${path}!/${entry.name}`, readText(bytes, entry, budget));
    if ('location' in read) skips.push(read);
    else drafts.push(read);
  }
  // mutant wheel-without-metadata by python-installed: condition -> false
  if (drafts.length === 0 && skips.length === 0 && /\.(?:whl|egg)$/i.test(path))
    skips.push(
      createSkip(path, 'FACT_UNKNOWN', 'it does not say which package it is', 'Build it again.'),
    );
  return { drafts, skips };
}

function readText(
  bytes: Uint8Array,
  entry: ZipEntry,
  budget: ReturnType<typeof createZipBudget>,
): string {
  return Buffer.from(readZipEntry(bytes, entry, METADATA_BYTES_MAX, budget)).toString('utf8');
}

function readDraft(location: string, text: string): Draft | Skip {
  const metadata = readCoreMetadata(text);
  if (metadata === null || !isPythonName(metadata.name) || !isVersionText(metadata.version))
    return createSkip(location, 'MALFORMED', 'it has no usable name or version', 'Build it again.');
  const { name, version, licenses } = metadata;
  return createPythonDraft({ key: location, name, version, location, licenses });
}
