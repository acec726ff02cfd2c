import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { TarEntry, TarSink, TarVisitor } from '../../../formats/tar/tar.ts';
import type { Skip } from '../../ecosystems/index.ts';
import {
  baseName,
  type Draft,
  directoryOf,
  type Extracted,
  mayBeProgram,
  type ProgramWatch,
  skip,
  watchProgram,
} from '../../ecosystems/index.ts';
import { extractFor, type Held, type Layer, type Reading, skipFor, type Wish, type Wishes } from '../wishes.ts';
import type { ImageBudget } from './read-layer.ts';
import type { Snapshot } from './snapshot.ts';

export interface LayerScene {
  readonly snapshot: Snapshot<Held>;
  readonly wishes: Wishes;
  readonly budget: ImageBudget;
  readonly skips: Skip[];
  /** Bytes of package files that are held. */
  readonly held: { bytes: number; readonly bytesMax: number };
}

const OPAQUE = '.wh..wh..opq';
const WHITEOUT = '.wh.';

/** Lays one layer over the snapshot as container runtimes do. */
export function layerVisitor(scene: LayerScene, layer: Layer): TarVisitor {
  return (entry) => {
    if (--scene.budget.entriesLeft < 0) {
      throw new Failure(
        'LIMIT_EXCEEDED',
        `the image has over ${LIMITS.imageEntriesMax} files`,
        'Do not use this image.',
      );
    }
    const path = cleanPath(entry.name);
    if (path === '') return null;
    if (path === null) return refuse(scene, entry, 'UNSAFE_PATH', 'its path leads out of the root');
    if (Buffer.byteLength(path) > LIMITS.pathBytesMax)
      return refuse(scene, entry, 'LIMIT_EXCEEDED', 'its path is too long');
    return visit(scene, layer, entry, path);
  };
}

function refuse({ skips }: LayerScene, entry: TarEntry, code: 'UNSAFE_PATH' | 'LIMIT_EXCEEDED', why: string): null {
  if (skips.length < LIMITS.skipsMax)
    skips.push(skip(entry.name.slice(0, 200), code, why, 'Build the image without it.'));
  return null;
}

function visit(scene: LayerScene, layer: Layer, entry: TarEntry, path: string): TarSink | null {
  const { snapshot } = scene;
  const real = snapshot.tryPlace(path);
  if (real === null) return refuse(scene, entry, 'UNSAFE_PATH', 'its folder is a link that loops');
  const name = baseName(real);
  if (name.startsWith(WHITEOUT)) return hide(snapshot, layer, real, name);
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

function hide(snapshot: Snapshot<Held>, layer: Layer, real: string, name: string): null {
  if (name === OPAQUE) snapshot.opaque(directoryOf(real), layer.index);
  else if (name.length > WHITEOUT.length && !name.startsWith('.wh..wh.')) {
    const folder = directoryOf(real);
    const hidden = name.slice(WHITEOUT.length);
    snapshot.whiteout(folder === '' ? hidden : `${folder}/${hidden}`, layer.index);
  }
  return null;
}

function putHardLink(scene: LayerScene, layer: Layer, real: string, linkName: string): null {
  const { snapshot, wishes } = scene;
  const target = cleanPath(linkName);
  const wanted = wishes.for(real);
  const unsupported = wishes.unsupported(real);
  const source = target === null || target === '' ? null : snapshot.tryPlace(target);
  const symlink = source === null ? null : snapshot.linkAt(source);
  if (symlink !== null) {
    snapshot.put(real, layer.index, { symlink });
    return null;
  }
  const held = source === null ? null : snapshot.get(source);
  const readings = wanted.flatMap((wish) => copyReading(held, wish, layer));
  if (source !== null && readings.length < wanted.length) for (const wish of wanted) wishes.addFile(source, wish.path);
  const value = { readings, unsupported: [...new Set([...unsupported, ...(held?.unsupported ?? [])])] };
  snapshot.put(real, layer.index, isEmpty(value) ? null : { value });
  return null;
}

function copyReading(held: Held | null, wish: Wish, layer: Layer): readonly Reading[] {
  const same = held?.readings.find((reading) => reading.wish.extractor === wish.extractor);
  return same === undefined ? [] : [{ ...same, wish, since: sinceOf(same.extracted.drafts, layer, null) }];
}

function putFile(scene: LayerScene, layer: Layer, real: string, entry: TarEntry): TarSink | null {
  const { snapshot, wishes } = scene;
  const wanted = wishes.for(real);
  const unsupported = wishes.unsupported(real);
  const watch = mayBeProgram(entry.size, entry.executable) ? watchProgram() : null;
  if (wanted.length === 0 && watch === null) {
    snapshot.put(real, layer.index, unsupported.length === 0 ? null : { value: { readings: [], unsupported } });
    return null;
  }
  const before = snapshot.get(real);
  const refused = refusalOf(entry, wanted);
  const sink = collector(wanted.length === 0 || refused !== null ? null : entry.size, watch, (bytes) => {
    const readings = wanted.map((wish) =>
      readingOf(wish, bytes ?? new Uint8Array(0), { before, layer, refused, scene }),
    );
    const value = { readings, unsupported: [...unsupported, ...(watch?.kinds() ?? [])] };
    snapshot.put(real, layer.index, isEmpty(value) ? null : { value });
  });
  return sink;
}

function isEmpty({ readings, unsupported }: Held): boolean {
  return readings.length === 0 && unsupported.length === 0;
}

function refusalOf({ kind, size }: TarEntry, wanted: readonly Wish[]): Failure | null {
  const bytesMax = Math.max(0, ...wanted.map(({ extractor }) => extractor.bytesMax));
  if (kind === 'sparse')
    return new Failure('UNSUPPORTED', 'it is stored as a sparse file', 'Build the image with another tool.');
  return size > bytesMax ? new Failure('LIMIT_EXCEEDED', `it is over ${bytesMax} bytes`, 'Shorten the file.') : null;
}

/** Gathers a wanted file whole; lets others only pass by the watch. */
function collector(size: number | null, watch: ProgramWatch | null, done: (bytes: Uint8Array | null) => void): TarSink {
  // Its own size, which is bounded: an archive would be held twice while pieces are joined.
  const whole = size === null ? null : Buffer.allocUnsafeSlow(size);
  let filled = 0;
  return {
    write: (piece) => {
      if (whole !== null) filled += piece.copy(whole, filled);
      if (watch?.interested() === true) watch.write(piece);
    },
    end: () => done(whole?.subarray(0, filled) ?? null),
  };
}

interface Circumstances {
  readonly before: Held | null;
  readonly layer: Layer;
  readonly refused: Failure | null;
  readonly scene: LayerScene;
}

function readingOf(wish: Wish, bytes: Uint8Array, { before, layer, refused, scene }: Circumstances): Reading {
  const tooLarge = bytes.length > wish.extractor.bytesMax;
  const limit = new Failure('LIMIT_EXCEEDED', `it is over ${wish.extractor.bytesMax} bytes`, 'Shorten the file.');
  const failure = refused ?? (tooLarge ? limit : null);
  const extracted = failure === null ? extractFor(wish, bytes) : { drafts: [], skips: [skipFor(wish, failure)] };
  const old = before?.readings.find((reading) => reading.wish.extractor === wish.extractor) ?? null;
  hold(scene, weightOf(extracted) - (old === null ? 0 : weightOf(old.extracted)));
  return { wish, extracted, since: sinceOf(extracted.drafts, layer, old) };
}

/** What a draft takes in memory, roughly. */
const DRAFT_BYTES = 1_024;

function weightOf({ drafts, owned }: Extracted): number {
  return drafts.length * DRAFT_BYTES + (owned?.length ?? 0);
}

function hold({ held }: LayerScene, bytes: number): void {
  held.bytes += bytes;
  if (held.bytes > held.bytesMax) {
    throw new Failure('LIMIT_EXCEEDED', 'the image has more package files than can be held', 'Split the image.');
  }
}

/**
 * Layers rewrite package databases whole. A package is attributed to the layer since which the file at this place has
 * named it, with this version, without a break.
 */
function sinceOf(drafts: readonly Draft[], layer: Layer, old: Reading | null): ReadonlyMap<string, Layer> {
  const since = new Map<string, Layer>();
  const earlier = new Map(old?.extracted.drafts.map(({ key, version }) => [key, version]));
  for (const { key, version } of drafts) {
    const first = earlier.get(key) === version ? old?.since?.get(key) : undefined;
    since.set(key, first ?? layer);
  }
  return since;
}

/** `/./a//b/` → `a/b`; null for a path that climbs out of the root, empty for the root itself. */
export function cleanPath(name: string): string | null {
  if (!/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(name)) return name;
  const segments: string[] = [];
  for (const segment of name.split('/')) {
    if (segment === '..' && segments.pop() === undefined) return null;
    if (segment !== '' && segment !== '.' && segment !== '..') segments.push(segment);
  }
  return segments.join('/');
}
