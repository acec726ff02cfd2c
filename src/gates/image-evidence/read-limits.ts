import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import type { FoundDocument } from './documents.ts';
import type { ReadLimits } from './gather-context.ts';
import type { AttachedDocument } from './image-evidence.ts';
import { mapInBatches } from './signatures.ts';

export const READ_EVERYTHING: ReadLimits = {
  bytesMax: Number.POSITIVE_INFINITY,
  strangersBytesMax: LIMITS.untrustedDocumentsBytesMax,
};

/** The documents of an image are too much for who examines it; somebody else may have the time. */
export class TooHeavy extends Failure {
  /** Bytes of documents that no trusted signer signed. */
  readonly strangersBytes: number;

  constructor(message: string, strangersBytes: number) {
    super('LIMIT_EXCEEDED', message, 'Attach smaller documents.');
    this.strangersBytes = strangersBytes;
  }
}

/** Documents of this size are read one by one, so that only one is in memory. */
const LARGE_BYTES = 256 * 1024;

/** Reads signed documents first, and those of strangers last, as far as the limits go. */
export async function readDocuments(
  found: readonly FoundDocument[],
  limits: ReadLimits,
): Promise<readonly AttachedDocument[] | TooHeavy> {
  const chosen = chooseDocuments(found, limits);
  const sizes = (list: readonly FoundDocument[]): number =>
    list.reduce((sum, { size }) => sum + (size ?? 0), 0);
  const strangers = chosen.filter(({ isSigned }) => !isSigned);
  const bytes = sizes(chosen);
  // mutant heavy-image-in-the-thread-that-answers: condition -> false
  if (bytes > limits.bytesMax) {
    const message = `the documents of the image have ${bytes} bytes`;
    return new TooHeavy(message, sizes(strangers));
  }
  const taken = new Map<FoundDocument, AttachedDocument>();
  const keep = async (one: FoundDocument): Promise<void> => {
    taken.set(one, await one.take('read'));
  };
  for (const group of [chosen.filter(({ isSigned }) => isSigned), strangers]) {
    await mapInBatches(group.filter(isSmall), keep);
    for (const large of group.filter((one) => !isSmall(one))) await keep(large);
  }
  return Promise.all(found.map(async (one) => taken.get(one) ?? one.take('leave')));
}

function isSmall({ size }: FoundDocument): boolean {
  return size === null || size <= LARGE_BYTES;
}

function chooseDocuments(
  found: readonly FoundDocument[],
  { strangersBytesMax }: ReadLimits,
): readonly FoundDocument[] {
  let documents: number = LIMITS.untrustedDocumentsMax;
  let bytes = strangersBytesMax;
  return found.filter(({ isSigned, size }) => {
    if (isSigned || size === null) return true;
    if (documents < 1 || bytes < size) return false;
    documents -= 1;
    bytes -= size;
    return true;
  });
}
