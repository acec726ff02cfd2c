import { z } from 'zod';
import {
  CLAIM,
  count,
  DATA,
  flag,
  IMAGE,
  instant,
  inventory,
  list,
  match,
  next,
  notCoveredReason,
  purl,
  RATING,
  ROW,
  shape,
  text,
} from '../shapes.ts';

const finding = shape({
  advisory: text,
  names: list(text),
  /** What the records call it, on one line; null where none does. */
  title: text.nullable(),
  link: text,
  ...RATING,
  purl,
  /** `not_affected`: a VEX statement of a trusted signer says so of every image that holds it. */
  status: z.enum([...match.options, 'not_affected']),
  fixed: list(text),
  rule: text,
  ...ROW,
});
export type GraphFinding = z.output<typeof finding>;

const claimedFinding = shape(CLAIM);
export type ClaimedFinding = z.output<typeof claimedFinding>;
/** What is known of the components that advisories have in one place. */
const coverage = shape({
  /** As OSV names it (`Debian:12`), or the type of their purls where it has no ecosystem. */
  ecosystem: text,
  components: count,
  /** Null: that they have no finding means something. */
  reason: notCoveredReason.nullable(),
  updatedAt: instant.nullable(),
  feeds: list(text),
});
export type FindingsCoverage = z.output<typeof coverage>;

export const schema = shape({
  ...IMAGE,
  /** Null: no inventory of this image is known, so the empty list proves nothing. */
  inventory,
  findings: list(finding),
  /** What scans of other tools say of it; on the pages behind the findings. */
  claimed: list(claimedFinding),
  /**
   * Components that no feed covers, or that no advisory can be matched with: that they have no
   * finding proves nothing.
   * Bounded by LIMITS.notCoveredMax; reported with the first page.
   */
  notCovered: list(purl),
  notCoveredMore: flag,
  /** The components by ecosystem, those that are not covered first. Bounded like them. */
  coverage: list(coverage),
  ...DATA,
  next,
});
export type Findings = z.output<typeof schema>;
