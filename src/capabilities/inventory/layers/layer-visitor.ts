import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type ReadingBudget, readWithin } from '../../../core/reading-budget.ts';
import { readInMemory } from '../../../formats/program/part-reading.ts';
import type { TarEntry, TarSink, TarVisitor } from '../../../formats/tar/tar.ts';
import type { Skip } from '../../ecosystems/index.ts';
import {
  CODE_BYTES_MIN,
  createSkip,
  type Draft,
  type Extraction,
  isProgramStart,
  takeBaseName,
  takeDirectory,
} from '../../ecosystems/index.ts';
import { type ContentWatch, watchContent } from '../content-watch.ts';
import {
  dropEmpty,
  EMPTY_RECORD,
  type FileRecord,
  type FileRequest,
  type FileRequests,
  type FileResult,
  HEAD_BYTES,
  isRemembered,
  type Layer,
  runExtractor,
  toSkip,
} from '../file-requests.ts';
import { NO_PROGRAM, type ProgramReading, readProgram } from '../read-program.ts';
import { cleanPath } from './clean-path.ts';
import type { ImageBudget } from './read-layer.ts';
import type { Snapshot } from './snapshot.ts';

export interface LayerScene {
  readonly snapshot: Snapshot<FileRecord>;
  readonly requests: FileRequests;
  readonly budget: ImageBudget;
  readonly skips: Skip[];
  /** Bytes of package files that are held now. */
  readonly held: { bytes: number; readonly bytesMax: number };
  readonly reading: ReadingBudget;
}

/**
 * Memory for one program at a time, used again for the next: its tables may be at its end, and what
 * they name before it.
 */
class ProgramSpace {
  #bytes: Buffer = Buffer.alloc(0);

  take(size: number): Buffer {
    if (this.#bytes.length < size) this.#bytes = Buffer.allocUnsafeSlow(size);
    return this.#bytes.subarray(0, size);
  }
}

interface EntryScene extends LayerScene {
  readonly space: ProgramSpace;
}

const OPAQUE = '.wh..wh..opq';
const WHITEOUT = '.wh.';

export function createEntriesFailure(): Failure {
  const why = `the image has over ${LIMITS.imageEntriesMax} files`;
  return new Failure('LIMIT_EXCEEDED', why, 'Do not use this image.');
}

/** Applies one layer to the snapshot, as container runtimes do. */
export function createLayerVisitor(scene: LayerScene, layer: Layer): TarVisitor {
  const own = { ...scene, space: new ProgramSpace() };
  return (entry) => {
    if (--scene.budget.entriesLeft < 0) throw createEntriesFailure();
    const path = cleanPath(entry.name);
    if (path === '') return null;
    if (path === null)
      return refuseEntry(scene, entry, 'UNSAFE_PATH', 'its path leads out of the root');
    if (Buffer.byteLength(path) > LIMITS.pathBytesMax)
      return refuseEntry(scene, entry, 'LIMIT_EXCEEDED', 'its path is too long');
    return visitEntry(own, layer, entry, path);
  };
}

function refuseEntry(
  { skips }: LayerScene,
  entry: TarEntry,
  code: 'UNSAFE_PATH' | 'LIMIT_EXCEEDED',
  why: string,
): null {
  if (skips.length < LIMITS.skipsMax)
    skips.push(createSkip(entry.name.slice(0, 200), code, why, 'Build the image without it.'));
  return null;
}

function visitEntry(
  scene: EntryScene,
  layer: Layer,
  entry: TarEntry,
  path: string,
): TarSink | null {
  const { snapshot } = scene;
  const real = snapshot.tryLocateEntry(path);
  if (real === null)
    return refuseEntry(scene, entry, 'UNSAFE_PATH', 'its folder is a link that loops');
  scene.requests.notePath(real);
  const name = takeBaseName(real);
  if (name.startsWith(WHITEOUT)) return applyWhiteout(snapshot, layer, real, name);
  switch (entry.kind) {
    case 'directory':
      snapshot.putFolder(real);
      return null;
    case 'symlink':
      snapshot.put(real, layer.index, { symlink: entry.linkName.slice(0, LIMITS.pathBytesMax) });
      return null;
    case 'hardlink':
      return putHardLink(scene, layer, real, entry.linkName);
    case 'file':
    case 'sparse':
      return putFile(scene, layer, real, entry);
    case 'other':
      snapshot.put(real, layer.index, null);
      return null;
  }
}

function applyWhiteout(
  snapshot: Snapshot<FileRecord>,
  layer: Layer,
  real: string,
  name: string,
): null {
  if (name === OPAQUE) snapshot.hideFolder(takeDirectory(real), layer.index);
  else if (name.length > WHITEOUT.length && !name.startsWith('.wh..wh.')) {
    const folder = takeDirectory(real);
    const hidden = name.slice(WHITEOUT.length);
    snapshot.hidePath(folder === '' ? hidden : `${folder}/${hidden}`, layer.index);
  }
  return null;
}

function putHardLink(scene: LayerScene, layer: Layer, real: string, linkName: string): null {
  const { snapshot, requests } = scene;
  const target = cleanPath(linkName);
  const wanted = requests.listRequests(real);
  const unsupported = requests.unsupported(real);
  const source = target === null || target === '' ? null : snapshot.tryLocateEntry(target);
  const symlink = source === null ? null : snapshot.readLink(source);
  if (symlink !== null) {
    snapshot.put(real, layer.index, { symlink });
    return null;
  }
  const held = source === null ? null : snapshot.get(source);
  const readings = wanted.flatMap((request) => copyResult(held, request, layer));
  if (source !== null && readings.length < wanted.length)
    for (const request of wanted) requests.addFile(source, request.path);
  const { isProgram, digests } = held ?? EMPTY_RECORD;
  const programs = (held?.readings ?? []).filter(({ request }) => request.extractor.readProgram);
  const value = {
    readings: [
      ...readings,
      ...programs.flatMap(({ request }) =>
        copyResult(held, { extractor: request.extractor, path: real }, layer),
      ),
    ],
    unsupported: [...new Set([...unsupported, ...(held?.unsupported ?? [])])],
    // Its bytes are those of the other name, which counts them.
    size: 0,
    isProgram,
    digests,
  };
  if (isRemembered(value)) snapshot.put(real, layer.index, { value });
  else snapshot.putPlain(real, { size: 0, layer: layer.index });
  return null;
}

function copyResult(
  held: FileRecord | null,
  request: FileRequest,
  layer: Layer,
): readonly FileResult[] {
  const same = held?.readings.find((reading) => reading.request.extractor === request.extractor);
  return same === undefined
    ? []
    : [{ ...same, request: request, since: attributeDrafts(same.extracted.drafts, layer, null) }];
}

function putFile(scene: EntryScene, layer: Layer, real: string, entry: TarEntry): TarSink | null {
  const { snapshot, requests } = scene;
  const { size } = entry;
  const wanted = requests.listRequests(real);
  const unsupported = requests.unsupported(real);
  const record = (value: FileRecord): void => {
    if (isRemembered(value)) snapshot.put(real, layer.index, { value });
    else snapshot.putPlain(real, { size, layer: layer.index });
  };
  const watch = watchContent({
    mayBeProgram: size >= CODE_BYTES_MIN,
    hashed: wanted.length > 0 || unsupported.length > 0 ? 'always' : 'program',
    algorithms: requests.algorithms,
  });
  // All bytes of a layer pass by: nothing is spared by names.
  // mutant small-file-of-an-image-is-not-opened by archive-name, unexplained: condition ->
  //   size < 65_536 && wanted.length === 0
  if (!watch.isInterested()) {
    record({ ...EMPTY_RECORD, size });
    return null;
  }
  const before = snapshot.get(real);
  const isWhole = wanted.length > 0 && findRefusal(entry, wanted) === null;
  const isUnnamed = wanted.length === 0;
  const recognise = (head: Uint8Array): boolean => {
    const request = isUnnamed ? requests.recognise(real, size, head) : null;
    if (request !== null) found.push(request);
    return request !== null && findRefusal(entry, found) === null;
  };
  const found = [...wanted];
  const hold = (head: Uint8Array): Buffer | null => {
    if (recognise(head)) return Buffer.allocUnsafeSlow(size);
    const isHeld = watch.isInterested() && isProgramStart(head) && mayHold(entry, requests);
    return isHeld ? scene.space.take(size) : null;
  };
  return createCollector({ size, isWhole, hold }, watch, (bytes) => {
    const { isProgram, digests, kinds } = watch.finish();
    const whole = isWhole && bytes !== null ? { path: real, size, head: bytes } : null;
    if (whole !== null) found.push(...requests.recogniseOthers(found, whole));
    const refused = findRefusal(entry, found);
    const readings = found.map((request) =>
      extractFile(request, bytes ?? new Uint8Array(0), { before, layer, refused, scene }),
    );
    const program = readPrograms(real, isProgram ? bytes : null, { before, layer, scene });
    const value = {
      readings: [...readings, ...program.readings],
      unsupported: [...unsupported, ...kinds.filter((kind) => !program.kinds.has(kind))],
      size,
      isProgram,
      digests,
    };
    record(isUnnamed ? dropEmpty(value) : value);
  });
}

/** Of a program that is larger, only its signs are known. */
function mayHold({ kind, size }: TarEntry, { programReaders }: FileRequests): boolean {
  const bytesMax = Math.max(0, ...programReaders.map((extractor) => extractor.bytesMax));
  return kind !== 'sparse' && size <= bytesMax;
}

/** What the readers of machine code find in one program. */
function readPrograms(
  path: string,
  bytes: Uint8Array | null,
  { before, layer, scene }: Omit<FileContext, 'refused'>,
): ProgramReading {
  const { programReaders } = scene.requests;
  const [first] = programReaders;
  if (bytes === null || first === undefined) return NO_PROGRAM;
  // One budget for all: to begin one takes longer than to read a program.
  const all = readWithin(scene.reading, bytes, () =>
    readInMemory(readProgram(programReaders, { path, size: bytes.length }), bytes),
  );
  const { readings, kinds } = all.ok
    ? all.value
    : refuseProgram({ extractor: first, path }, all.failure);
  const attributed = readings.map((reading) => attribute(reading, { before, layer, scene }));
  return { readings: attributed, kinds };
}

function refuseProgram(request: FileRequest, failure: Failure): ProgramReading {
  const extracted = { drafts: [], skips: [toSkip(request, failure)] };
  return {
    readings: [{ request, extracted, since: null }],
    kinds: new Set([request.extractor.name]),
  };
}

function findRefusal({ kind, size }: TarEntry, wanted: readonly FileRequest[]): Failure | null {
  const bytesMax = Math.max(0, ...wanted.map(({ extractor }) => extractor.bytesMax));
  if (kind === 'sparse')
    return new Failure(
      'UNSUPPORTED',
      'it is stored as a sparse file',
      'Build the image with another tool.',
    );
  return size > bytesMax
    ? new Failure('LIMIT_EXCEEDED', `it is over ${bytesMax} bytes`, 'Shorten the file.')
    : null;
}

interface Collecting {
  readonly size: number;
  readonly isWhole: boolean;
  /** Asked once, with the first bytes: memory for the file where it is needed whole. */
  readonly hold: (head: Uint8Array) => Buffer | null;
}

/** Collects a requested file whole; other files only pass the watch. */
function createCollector(
  { size, isWhole, hold }: Collecting,
  watch: ContentWatch,
  done: (bytes: Uint8Array | null) => void,
): TarSink {
  // A buffer of the exact size, which is bounded: joining pieces would hold an archive twice.
  let whole: Buffer | null = isWhole ? Buffer.allocUnsafeSlow(size) : null;
  let filled = 0;
  let head: Uint8Array | null = isWhole ? null : new Uint8Array(0);
  const collect = (piece: Buffer): void => {
    if (head !== null) {
      head = Buffer.concat([head, piece]);
      if (head.length < Math.min(HEAD_BYTES, size)) return;
      whole = hold(head);
      if (whole !== null) filled = Buffer.from(head).copy(whole);
      head = null;
    } else if (whole !== null) filled += piece.copy(whole, filled);
  };
  return {
    write: (piece) => {
      collect(piece);
      if (watch.isInterested()) watch.write(piece);
    },
    end: () => done(whole?.subarray(0, filled) ?? null),
  };
}

interface FileContext {
  readonly before: FileRecord | null;
  readonly layer: Layer;
  readonly refused: Failure | null;
  readonly scene: LayerScene;
}

function extractFile(
  request: FileRequest,
  bytes: Uint8Array,
  { before, layer, refused, scene }: FileContext,
): FileResult {
  const tooLarge = bytes.length > request.extractor.bytesMax;
  const limit = new Failure(
    'LIMIT_EXCEEDED',
    `it is over ${request.extractor.bytesMax} bytes`,
    'Shorten the file.',
  );
  const failure = refused ?? (tooLarge ? limit : null);
  const extracted =
    failure === null
      ? runExtractor(request, bytes, scene.reading)
      : { drafts: [], skips: [toSkip(request, failure)] };
  return attribute({ request: request, extracted, since: null }, { before, layer, scene });
}

/** Counts what is held of a file, and says since which layer each draft is there. */
function attribute(
  { request, extracted }: FileResult,
  { before, layer, scene }: Omit<FileContext, 'refused'>,
): FileResult {
  const old =
    before?.readings.find((reading) => reading.request.extractor === request.extractor) ?? null;
  holdBytes(
    scene,
    weighExtraction(extracted) - (old === null ? 0 : weighExtraction(old.extracted)),
  );
  return { request, extracted, since: attributeDrafts(extracted.drafts, layer, old) };
}

/** The approximate memory of a draft. */
const DRAFT_BYTES = 1_024;

function weighExtraction({ drafts, owned }: Extraction): number {
  const lists = owned?.reduce((sum, { lines }) => sum + lines.length, 0) ?? 0;
  return drafts.length * DRAFT_BYTES + lists;
}

function holdBytes({ held }: LayerScene, bytes: number): void {
  held.bytes += bytes;
  if (held.bytes > held.bytesMax) {
    throw new Failure(
      'LIMIT_EXCEEDED',
      'the image has more package files than can be held',
      'Split the image.',
    );
  }
}

/**
 * Layers rewrite package databases whole. A package is attributed to the layer since which the file
 * at this place always names it, with this version.
 */
function attributeDrafts(
  drafts: readonly Draft[],
  layer: Layer,
  old: FileResult | null,
): ReadonlyMap<string, Layer> {
  const since = new Map<string, Layer>();
  const earlier = new Map(old?.extracted.drafts.map(({ key, version }) => [key, version]));
  for (const { key, version } of drafts) {
    const first = earlier.get(key) === version ? old?.since?.get(key) : undefined;
    since.set(key, first ?? layer);
  }
  return since;
}
