import {
  makePartialList,
  makeUnknownFact,
  PartialList,
  type ReleaseFact,
  UnknownFact,
} from '../../../capabilities/policy/index.ts';
import type { Digest } from '../../../core/digest.ts';
import type { Gate } from '../../../core/verdict.ts';
import type {
  DecisionEvent,
  GraphFacts,
  ImageVerdict,
  WorkloadRequest,
} from '../../../gates/desk/index.ts';
import type { Exposure } from '../../../gates/facts/index.ts';
import type { ReadLimits } from '../../../gates/image-evidence/index.ts';
import {
  packFailure,
  type SentFailure,
  unpackFailure,
} from '../../../system/threads/sent-failure.ts';
import type { Config } from '../../config/config.ts';

/** What a thread that decides about images gets when it starts. */
export interface DeskThreadData {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits: ReadLimits;
  /** Bytes of documents behind the evidence that it keeps. */
  readonly keptBytesMax: number;
  /** Whether everything else goes first. */
  readonly isLast: boolean;
}

export interface DeskQuestion {
  readonly image: string;
  readonly gate: Gate;
  readonly workload: WorkloadRequest | null;
}

export type DeskCall =
  | { readonly kind: 'decide'; readonly id: number; readonly question: DeskQuestion }
  | { readonly kind: 'forget'; readonly digest: Digest }
  | { readonly kind: 'graph'; readonly id: number; readonly facts: SentGraphFacts };

export type DeskReply =
  | { readonly kind: 'verdict'; readonly id: number; readonly verdict: SentVerdict }
  | { readonly kind: 'decided'; readonly event: DecisionEvent }
  | {
      readonly kind: 'graph';
      readonly id: number;
      readonly image: Digest;
      readonly members: readonly Digest[];
    }
  | { readonly kind: 'verified' }
  | { readonly kind: 'cached'; readonly hit: boolean };

export type SentVerdict = Omit<ImageVerdict, 'cause'> & { readonly cause: SentFailure | null };

export function packVerdict(verdict: ImageVerdict): SentVerdict {
  return { ...verdict, cause: verdict.cause === null ? null : packFailure(verdict.cause) };
}

export function unpackVerdict(sent: SentVerdict): ImageVerdict {
  return { ...sent, cause: sent.cause === null ? null : unpackFailure(sent.cause) };
}

/** What the graph knows; a structured clone loses the classes of unknown facts and lists. */
export interface SentGraphFacts {
  readonly release: SentRelease;
  readonly exposures: readonly Exposure[];
  /** Why there may be more of them. */
  readonly gap: SentFailure | null;
}

export function packGraphFacts({ release, exposures }: GraphFacts): SentGraphFacts {
  const gap =
    exposures instanceof UnknownFact
      ? exposures.failure
      : exposures instanceof PartialList
        ? exposures.rest.failure
        : null;
  const items =
    exposures instanceof UnknownFact
      ? []
      : exposures instanceof PartialList
        ? exposures.items
        : exposures;
  const sent = gap === null ? null : packFailure(gap);
  return { release: packRelease(release), exposures: items, gap: sent };
}

export function unpackGraphFacts({ release, exposures, gap }: SentGraphFacts): GraphFacts {
  return {
    release: unpackRelease(release),
    exposures: gap === null ? exposures : makePartialList(exposures, unpackFailure(gap)),
  };
}

/** A release or an unknown one; a structured clone loses the class of an unknown fact. */
type SentRelease = SentFailure | readonly (readonly [string, unknown])[];

function packRelease(release: ReleaseFact | UnknownFact): SentRelease {
  if (release instanceof UnknownFact) return packFailure(release.failure);
  return Object.entries(release).map(([name, value]) => [
    name,
    value instanceof UnknownFact ? { unknown: packFailure(value.failure) } : value,
  ]);
}

function unpackRelease(sent: SentRelease): ReleaseFact | UnknownFact {
  if ('code' in sent) return makeUnknownFact(unpackFailure(sent));
  const members = sent.map(([name, value]) => [name, unpackMember(value)] as const);
  return Object.fromEntries(members) as unknown as ReleaseFact;
}

function unpackMember(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'unknown' in value
    ? makeUnknownFact(unpackFailure(value.unknown as SentFailure))
    : value;
}
