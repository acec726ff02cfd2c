import { z } from 'zod';
import {
  commit,
  count,
  digest,
  flag,
  IMAGE,
  instant,
  list,
  next,
  OBSERVED,
  RELEASE,
  ROW,
  running,
  shape,
  signer,
  source,
  text,
} from '../shapes.ts';

const document = shape({
  kind: text,
  digest,
  /** The image of the answer: the image of the question, an index of it or a member of it. */
  subject: digest,
  mediaType: text,
  /** The token that posted it to a server; absent: this installation recorded it itself. */
  claimedBy: text.optional(),
  recordedAt: instant,
  verifications: list(
    shape({
      outcome: z.enum(['trusted', 'untrusted', 'undetermined']),
      signer: signer.nullable(),
      trustRevision: count,
      verifiedAt: instant,
      reason: text.nullable(),
    }),
  ),
});
export type DocumentAnswer = z.output<typeof document>;

/** The publisher of an image that was built elsewhere typed it, and nothing proves it. */
const CLAIMED = { claimed: z.literal(true).optional() };

const build = shape({ id: text, builder: text, source: source.nullable(), ...CLAIMED, ...ROW });
export type BuildAnswer = z.output<typeof build>;

export const schema = shape({
  ...IMAGE,
  releases: list(
    shape({
      ...RELEASE,
      build: shape({ id: text, builder: text, ...CLAIMED }).nullable(),
      images: list(shape({ image: digest, reference: text })),
    }),
  ),
  /**
   * What is known about the commits of these releases and builds; a commit without evidence is not
   * listed.
   */
  commits: list(commit),
  builds: list(build),
  documents: list(document),
  deployments: list(running),
  /**
   * There are more than LIMITS.pageRowsMax releases, builds or deployments; the newest releases are
   * shown.
   */
  more: flag,
  ...OBSERVED,
  /** The cursor of the next page of documents. */
  next,
});
export type Provenance = z.output<typeof schema>;
