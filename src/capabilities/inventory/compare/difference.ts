import { toOneLine } from '../../../core/one-line.ts';

export type DifferenceKind =
  | 'platform'
  | 'layer-count'
  | 'config'
  | 'entry-missing'
  | 'entry-order'
  | 'metadata'
  | 'content'
  | 'archive-form'
  | 'compression'
  | 'manifest';

/** One difference between two images, for a person who wants to make them equal. */
export interface ImageDifference {
  readonly kind: DifferenceKind;
  /** False where only times, order or packing differ: what would run is the same. */
  readonly changesWhatRuns: boolean;
  /** The layer, the lowest being 1. */
  readonly layer: number | null;
  /** The path in the layer, or of the field in the image's configuration. */
  readonly path: string | null;
  /** The member that differs, such as `mtime`. */
  readonly field: string | null;
  /** Both values, shortened; null where there is none. */
  readonly first: string | null;
  readonly second: string | null;
  /** One sentence. */
  readonly text: string;
  readonly remedy: string;
}

const TIME = 'Build with one fixed time (SOURCE_DATE_EPOCH), such as that of the commit.';

const REMEDIES: Readonly<Record<DifferenceKind, string>> = {
  platform: 'Build both for one platform.',
  'layer-count': 'Build both with the same steps and the same version of the builder.',
  config: 'Build both with the same arguments, labels and environment.',
  'entry-missing':
    'Find what creates the file in one build only: a cache, a log, another dependency version.',
  'entry-order': 'Sort the files before they are packed.',
  metadata: 'Give files a fixed owner, mode and time when they are packed.',
  content:
    'Find what writes the file: a time, a path, a random value, another version of a dependency.',
  'archive-form': 'Pack with the same version of the same program.',
  compression: 'Compress with the same version of the same program; the content is equal.',
  manifest: 'Build both with the same annotations and media types.',
};

interface DifferenceInput {
  readonly kind: DifferenceKind;
  readonly text: string;
  readonly changesWhatRuns?: boolean;
  readonly layer?: number;
  readonly path?: string;
  readonly field?: string;
  readonly values?: readonly [string | null, string | null];
}

/** A difference; texts from the images are shortened and stay on one line. */
export function createDifference(input: DifferenceInput): ImageDifference {
  const [first, second] = input.values ?? [null, null];
  const isTime = input.field === 'mtime' || input.field === 'created';
  return {
    kind: input.kind,
    changesWhatRuns: input.changesWhatRuns ?? true,
    layer: input.layer ?? null,
    path: input.path === undefined ? null : shortenText(input.path),
    field: input.field ?? null,
    first: first === null ? null : shortenText(first),
    second: second === null ? null : shortenText(second),
    text: toOneLine(input.text, 600),
    remedy: isTime ? TIME : REMEDIES[input.kind],
  };
}

/** Prepares a text from an image for a sentence. */
export function shortenText(text: string): string {
  return toOneLine(text, 120);
}

/** What a walk through both images has found so far. */
export class DifferenceLog {
  /** The first difference that changes what runs. */
  grave: ImageDifference | null = null;
  /** The first difference that does not. */
  mild: ImageDifference | null = null;
  count = 0;

  add(found: ImageDifference): void {
    this.count++;
    // mutant builds-grave-difference by compare-images: branch -> $receiver.mild ??= $value;
    if (found.changesWhatRuns) this.grave ??= found;
    else this.mild ??= found;
  }
}
