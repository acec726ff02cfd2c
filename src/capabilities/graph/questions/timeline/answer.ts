import { z } from 'zod';
import { digest, flag, IMAGE, instant, list, next, OBSERVED, ROW, shape, text } from '../shapes.ts';

const EVENTS = [
  'committed',
  'built',
  'released',
  'owned',
  'recorded',
  'verified',
  'decided',
  'started',
  'ended',
  'violated',
  'affected',
  'cleared',
] as const;

const event = shape({
  at: instant,
  /**
   * `recorded`, `affected` and `cleared` are of when this log learned it; the others of when it was
   * so.
   */
  event: z.enum(EVENTS),
  what: text,
  /** Null for what is of the release itself. */
  image: digest.nullable(),
  ...ROW,
});
export type TimelineEvent = z.output<typeof event>;

export const schema = shape({
  ...IMAGE,
  /** The oldest first. */
  events: list(event),
  /** There are events that were not read. */
  more: flag,
  ...OBSERVED,
  next,
});
export type Timeline = z.output<typeof schema>;
