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
import type { Exposure, SourceFacts, SourceOrigin } from '../../../gates/facts/index.ts';
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
      readonly origin: SourceOrigin | null;
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
  readonly release: SentMembers;
  readonly exposures: readonly Exposure[];
  /** Why there may be more of them. */
  readonly gap: SentFailure | null;
  readonly source: SentSource | null;
}

export function packGraphFacts({ release, exposures, source }: GraphFacts): SentGraphFacts {
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
  return {
    release: packMembers(release),
    exposures: items,
    gap: sent,
    source: source === undefined ? null : packSource(source),
  };
}

export function unpackGraphFacts({ release, exposures, gap, source }: SentGraphFacts): GraphFacts {
  return {
    release: unpackMembers(release) as ReleaseFact | UnknownFact,
    exposures: gap === null ? exposures : makePartialList(exposures, unpackFailure(gap)),
    ...(source === null ? {} : { source: unpackSource(source) }),
  };
}

/** What the source gates decided, in the same form. */
interface SentSource {
  readonly commit: SentMembers;
  readonly buildGate: SentMembers;
}

function packSource({ commit, buildGate }: SourceFacts): SentSource {
  return { commit: packMembers(commit), buildGate: packMembers(buildGate) };
}

function unpackSource({ commit, buildGate }: SentSource): SourceFacts {
  return {
    commit: unpackMembers(commit) as SourceFacts['commit'],
    buildGate: unpackMembers(buildGate) as SourceFacts['buildGate'],
  };
}

/** A fact with members or an unknown one; a structured clone loses the class of an unknown fact. */
type SentMembers = SentFailure | readonly (readonly [string, unknown])[];

function packMembers(fact: object): SentMembers {
  if (fact instanceof UnknownFact) return packFailure(fact.failure);
  return Object.entries(fact).map(([name, value]) => [
    name,
    value instanceof UnknownFact ? { unknown: packFailure(value.failure) } : value,
  ]);
}

function unpackMembers(sent: SentMembers): unknown {
  if ('code' in sent) return makeUnknownFact(unpackFailure(sent));
  const members = sent.map(([name, value]) => [name, unpackMember(value)] as const);
  return Object.fromEntries(members);
}

function unpackMember(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'unknown' in value
    ? makeUnknownFact(unpackFailure(value.unknown as SentFailure))
    : value;
}
