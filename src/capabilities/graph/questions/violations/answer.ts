import { z } from 'zod';
import {
  commit,
  digest,
  instant,
  list,
  next,
  RELEASE_NAME,
  ROW,
  severity,
  shape,
  source,
  text,
} from '../shapes.ts';

const violation = shape({
  id: text,
  at: instant,
  cluster: text,
  region: text.nullable(),
  namespace: text,
  workload: shape({ kind: text, name: text }),
  container: text.nullable(),
  pod: text.nullable(),
  rule: text,
  severity,
  detail: text,
  /** What made it possible, according to the evidence (O11). */
  cause: z.enum(['misconfiguration', 'vulnerability', 'unknown']).nullable(),
  /**
   * How it was joined to an image: by the digest that the event names, by the one image that its
   * container ran at that moment, or not at all: several images are possible, or none is known.
   */
  joined: z.enum(['digest', 'deployment', 'ambiguous', 'unknown']),
  images: list(digest),
  releases: list(shape({ ...RELEASE_NAME, source: source.nullable(), owner: text.nullable() })),
  /** What is known about the commits of these releases. */
  commits: list(commit),
  ...ROW,
});
export type ViolationAnswer = z.output<typeof violation>;

export const schema = shape({ violations: list(violation), next });
export type Violations = z.output<typeof schema>;
