import {
  type EvidenceInput,
  markPosted,
  type Receipt,
} from '../../../capabilities/evidence/index.ts';
import type { GraphQuestions } from '../../../capabilities/graph/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { orThrow, type Result } from '../../../core/result.ts';
import { buildViolationEvidence, takeEvents } from '../../../phases/operate/index.ts';
import { createViolationPorts } from '../../compose/violations.ts';

export interface RuntimeEventPorts {
  readonly cluster: string;
  readonly questions: GraphQuestions;
  readonly append: (
    inputs: readonly EvidenceInput[],
    at: Instant,
  ) => Promise<Result<readonly Receipt[]>>;
  readonly now: () => Instant;
}

/** The answer to the sender of events. */
export interface RuntimeEventsAnswer {
  readonly recorded: number;
  readonly replays: number;
  /** Events that report nothing against a rule. */
  readonly ignored: number;
  readonly broken: readonly {
    readonly line: number;
    readonly code: string;
    readonly message: string;
  }[];
}

/** `poster` is the name of the token that sends the events. */
export type RuntimeEventTaker = (body: Uint8Array, poster: string) => Promise<RuntimeEventsAnswer>;

const APPENDED_AT_ONCE = 500;

/**
 * Takes events as the sensors of `readSensorEvents` send them, one or many. They are acknowledged
 * when they are on the disk and in the graph.
 */
export function createRuntimeEventTaker({
  cluster,
  questions,
  append,
  now,
}: RuntimeEventPorts): RuntimeEventTaker {
  return async (body, poster) => {
    const at = now();
    const taken = orThrow(
      await takeEvents(body, { cluster, now: at }, createViolationPorts(cluster, questions)),
    );
    const { violations, replays, broken, brokenMore, ignored } = taken;
    const nothing = violations.length === 0 && replays === 0 && ignored === 0;
    if (nothing)
      throw (
        broken[0]?.why ??
        new Failure('MALFORMED', 'the body contains no event', 'Send one event per line.')
      );
    const inputs = violations.map((fields) => {
      const input = buildViolationEvidence(fields);
      return { ...input, mediaType: markPosted(input.mediaType, poster) };
    });
    for (let from = 0; from < inputs.length; from += APPENDED_AT_ONCE)
      orThrow(await append(inputs.slice(from, from + APPENDED_AT_ONCE), at));
    const lines = broken.map(({ line, why: { code, message } }) => ({ line, code, message }));
    const more =
      brokenMore === 0
        ? []
        : [{ line: 0, code: 'MALFORMED', message: formatCount(brokenMore, 'more line') }];
    return { recorded: violations.length, replays, ignored, broken: [...lines, ...more] };
  };
}
