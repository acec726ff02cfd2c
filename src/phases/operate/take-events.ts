import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
  type RecordFields,
} from '../../capabilities/evidence/index.ts';
import type { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { EventSorter, toFloodRecord } from './event-sorter.ts';
import { readSensorEvents } from './sensor-events.ts';
import { toViolation, type ViolationContext, type ViolationPorts } from './violations.ts';

/** A line that is no event. */
export interface BrokenLine {
  /** Counted from 1. */
  readonly line: number;
  readonly why: Failure;
}

/** The result of a stream of events. */
export interface EventBatch {
  readonly violations: readonly RecordFields<'violation'>[];
  /** Events that occurred more than once, in the input or before. */
  readonly replays: number;
  readonly broken: readonly BrokenLine[];
  readonly brokenMore: number;
  /** Events that report nothing against a rule. */
  readonly ignored: number;
}

export interface EventPorts extends ViolationPorts {
  /** Which of these ids are already recorded. */
  readonly known: (ids: readonly string[]) => Promise<Result<readonly string[]>>;
}

const BROKEN_SHOWN_MAX = 100;

/**
 * Takes events as NDJSON and joins each to what is known. A line that is no event is reported and
 * does not affect the others. An event that occurs twice, or is already recorded, counts once.
 * Fails only if the log cannot be asked.
 */
export async function takeEvents(
  bytes: Uint8Array,
  context: ViolationContext,
  ports: EventPorts,
): Promise<Result<EventBatch>> {
  const sorter = new EventSorter();
  const broken: BrokenLine[] = [];
  let [lines, events, bad, ignored] = [0, 0, 0, 0];
  for (const line of splitLines(bytes)) {
    lines += 1;
    if (line.every((byte) => byte === 32 || byte === 9 || byte === 13)) continue;
    events += 1;
    if (events > LIMITS.runtimeEventsMax)
      return fail('LIMIT_EXCEEDED', `over ${LIMITS.runtimeEventsMax} events`, 'Split the file.');
    const told = readSensorEvents(line);
    if (told.ok) {
      for (const event of told.value.events) sorter.add(event);
      ignored += told.value.ignored;
    } else if (++bad <= BROKEN_SHOWN_MAX) broken.push({ line: lines, why: told.failure });
  }
  const { kept, floods, replays } = sorter.done();
  const ids = [...kept.map(({ id }) => id), ...floods.map(({ id }) => id)];
  const known = await ports.known(ids);
  if (!known.ok) return known;
  const old = new Set(known.value);
  const violations: RecordFields<'violation'>[] = [];
  const all = [
    ...kept.map((first) => ({ first, flood: null })),
    ...floods.map((flood) => ({ first: flood.first, flood })),
  ];
  // The newest first: events about one observation are then processed together.
  const newestFirst = all.toSorted((one, other) => (other.first.at ?? 0) - (one.first.at ?? 0));
  for (const { first, flood } of newestFirst) {
    if (old.has(flood?.id ?? first.id)) continue;
    const fields = await toViolation(first, context, ports);
    if (!fields.ok) return fields;
    violations.push(flood === null ? fields.value : toFloodRecord(fields.value, flood));
  }
  const repeated = floods
    .filter(({ id }) => old.has(id))
    .reduce((sum, { events: more }) => sum + more, 0);
  const again = kept.filter(({ id }) => old.has(id)).length;
  return ok({
    violations,
    replays: replays + again + repeated,
    broken,
    brokenMore: bad - broken.length,
    ignored,
  });
}

/** A violation as evidence, about the image that it is joined to. */
export function buildViolationEvidence(fields: RecordFields<'violation'>): EvidenceInput {
  const body = encodeRecord('violation', fields);
  return { kind: 'violation', mediaType: RECORD_MEDIA_TYPE, body, subject: fields.image };
}

const LINE_END = 10;

function* splitLines(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, at);
    const to = end === -1 ? bytes.length : end;
    yield bytes.subarray(at, to);
    at = to + 1;
  }
}
