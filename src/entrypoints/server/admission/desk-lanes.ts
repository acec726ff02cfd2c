import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Gate } from '../../../core/verdict.ts';
import {
  createUndeterminedVerdict,
  type ImageVerdict,
  type VerdictDesk,
  type WorkloadRequest,
} from '../../../gates/desk/index.ts';
import { type ReadLimits, TooHeavy } from '../../../gates/image-evidence/index.ts';
import type { DeskThread } from './desk-thread-client.ts';

/** What the thread that answers reads itself, of all documents of one image. */
export const LIGHT: ReadLimits = {
  bytesMax: LIMITS.lightDocumentsBytesMax,
  strangersBytesMax: LIMITS.untrustedDocumentsBytesMax,
  matchStepsMax: LIMITS.lightMatchStepsMax,
};
/** What is read of images that trusted signers made heavy. */
export const TRUSTED: ReadLimits = {
  bytesMax: Number.POSITIVE_INFINITY,
  strangersBytesMax: LIMITS.lightDocumentsBytesMax,
};
/** What is read of images that strangers made heavy. */
export const STRANGERS: ReadLimits = {
  bytesMax: Number.POSITIVE_INFINITY,
  strangersBytesMax: LIMITS.untrustedDocumentsBytesMax,
};

export interface Lanes {
  /** In the thread that answers. */
  readonly light: Pick<VerdictDesk, 'decide' | 'forget'>;
  readonly trusted: Pick<DeskThread, 'ask' | 'forget' | 'close'>;
  readonly strangers: Pick<DeskThread, 'ask' | 'forget' | 'close'>;
  readonly isObserving: () => boolean;
  /** Milliseconds of a clock that is never set back. */
  readonly elapsedMs: () => number;
}

type Lane = 'trusted' | 'strangers';

/**
 * Decides about each image where its documents delay nobody else. Small documents are read at once.
 * Large ones are read in a thread that can be ended: one for what trusted signers signed, one for
 * images to which strangers attached much. What strangers attached is given up when it takes too
 * long, because it can only add findings; the image is then decided without it.
 */
export class DeskLanes {
  readonly #lanes: Lanes;
  /** Where heavy images are decided, until when. */
  readonly #heavy = new Map<string, { readonly lane: Lane; readonly until: number }>();

  constructor(lanes: Lanes) {
    this.#lanes = lanes;
  }

  async decide(
    image: string,
    gate: Gate,
    workload: WorkloadRequest | null,
    signal: AbortSignal,
  ): Promise<ImageVerdict> {
    const { light, trusted, strangers } = this.#lanes;
    let lane = this.#findLane(image);
    if (lane === null) {
      const verdict = await light.decide(image, gate, workload, signal);
      if (!(verdict.cause instanceof TooHeavy)) return verdict;
      const { strangersBytes } = verdict.cause;
      lane = strangersBytes > LIMITS.lightDocumentsBytesMax ? 'strangers' : 'trusted';
      this.#remember(image, lane);
    }
    const question = { image, gate, workload };
    if (lane === 'strangers') {
      const answer = await withinMs(strangers.ask(question), LIMITS.strangersDocumentsMs);
      // mutant strangers-documents-decide-nothing by desk-lanes: condition -> true
      if (answer?.ok === true) return answer.value;
      this.#remember(image, 'trusted');
    }
    const answer = await trusted.ask(question);
    if (answer.ok) return answer.value;
    return createUndeterminedVerdict(image, answer.failure, !this.#lanes.isObserving());
  }

  /** New evidence about a digest is seen by the next request. */
  forget(digest: Digest): void {
    const { light, trusted, strangers } = this.#lanes;
    for (const lane of [light, trusted, strangers]) lane.forget(digest);
  }

  async close(): Promise<void> {
    await Promise.all([this.#lanes.trusted.close(), this.#lanes.strangers.close()]);
  }

  #findLane(image: string): Lane | null {
    const known = this.#heavy.get(image);
    return known !== undefined && this.#lanes.elapsedMs() < known.until ? known.lane : null;
  }

  #remember(image: string, lane: Lane): void {
    this.#heavy.delete(image);
    this.#heavy.set(image, { lane, until: this.#lanes.elapsedMs() + LIMITS.verdictCacheMs });
    const oldest = this.#heavy.keys().next();
    if (this.#heavy.size > LIMITS.verdictCacheEntriesMax && oldest.done !== true)
      this.#heavy.delete(oldest.value);
  }
}

/** The value, or null if it takes longer. */
async function withinMs<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
