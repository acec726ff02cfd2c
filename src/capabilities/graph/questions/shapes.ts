import { z } from 'zod';
import type { Digest } from '../../../core/digest.ts';
import { formatAnswerInstant, type Instant } from '../../../core/instant.ts';
import type { Purl } from '../../../core/purl.ts';
import {
  RATED_BY,
  RATING_METHODS,
  type RatingSource,
  SEVERITIES,
  type Severity,
} from '../../../core/severity.ts';

/** A moment; RFC 3339 in JSON, to the millisecond. */
export const instant = z.codec(z.iso.datetime({ precision: 3 }), z.custom<Instant>(), {
  decode: (text) => Date.parse(text) as Instant,
  encode: formatAnswerInstant,
});
/** Answers are checked by their shape: the texts in them were read before. */
const branded = <T extends string>() => z.string() as unknown as z.ZodType<T, string>;
export const digest = branded<Digest>();
export const purl = branded<Purl>();
export const text = z.string();
/** A number of things; or a rating. */
export const count = z.number();
export const flag = z.boolean();
/** Where the answer continues: the cursor of the next page, null on the last one. */
export const next = z.string().nullable();
export const severity = z.enum([...SEVERITIES, 'unknown']) satisfies z.ZodType<Severity>;
/** Who states the severity, in which record and as what; the members of RatingSource. */
const severitySource = z
  .strictObject({
    by: z.enum(RATED_BY),
    record: z.string(),
    method: z.enum(RATING_METHODS),
    text: z.string(),
  })
  .readonly() satisfies z.ZodType<RatingSource>;
export const RATING = {
  severity,
  score: z.number().nullable(),
  vector: z.string().nullable(),
  /** Null: it is unknown. */
  severitySource: severitySource.nullable(),
};
export const decision = z.enum(['allow', 'deny', 'undetermined']);
export const match = z.enum(['affected', 'unknown']);
/** Null: the components of the image are unknown. */
export const inventory = z.enum(['complete', 'partial']).nullable();

export function list<T extends z.ZodType>(item: T) {
  return z.array(item).readonly();
}

export function shape<T extends z.ZodRawShape>(members: T) {
  return z.strictObject(members).readonly();
}

/** A document that states a row, and its verified signers. */
const evidence = shape({
  document: digest,
  kind: text,
  /** Whose signature over it was found trusted; empty: no signature. */
  signers: list(text),
  /** The token that posted it to a server; absent: this installation recorded it itself. */
  claimedBy: text.optional(),
});
export type EvidenceAnswer = z.output<typeof evidence>;

/** The evidence of every row: at most LIMITS.rowEvidenceMax documents. */
export const ROW = { evidence: list(evidence) };

const SOURCE = { host: text, repository: text, commit: text };
export const source = shape({
  ...SOURCE,
  /** What nothing proves, whether its maker typed it or found it; absent: nothing. */
  claimed: list(z.enum(['host', 'repository', 'commit'])).optional(),
});
export type SourceAnswer = z.output<typeof source>;

export const RELEASE_NAME = { name: text, version: text };
export const releaseName = shape(RELEASE_NAME);
export type ReleaseName = z.output<typeof releaseName>;

export const RELEASE = {
  ...RELEASE_NAME,
  releasedAt: instant,
  owner: text.nullable(),
  source: source.nullable(),
  /** The release record. */
  document: digest,
  ...ROW,
};
export const release = shape(RELEASE);
export type ReleaseAnswer = z.output<typeof release>;

export const component = shape({
  purl,
  image: digest,
  layer: digest.nullable(),
  path: text.nullable(),
  /** The number of the version in this database; it has no meaning elsewhere. */
  version: count.optional(),
  ...ROW,
});
export type ComponentAnswer = z.output<typeof component>;

export const affectedComponent = shape({
  purl,
  image: digest,
  status: match,
  rule: text,
  fixed: list(text),
  advisory: text,
  ...ROW,
});
export type AffectedComponent = z.output<typeof affectedComponent>;

/** What a scan says; nothing here matched it. */
export const CLAIM = {
  /** The tool that the scan names, and when the scan says it was made. */
  tool: text,
  scannedAt: instant.nullable(),
  image: digest,
  names: list(text),
  severity,
  score: count.nullable(),
  /** Null where the scan names no package URL. */
  purl: purl.nullable(),
  name: text,
  version: text,
  fixed: list(text),
  /** `not_affected`: a VEX statement of a trusted signer says so. */
  status: z.enum(['claimed', 'not_affected']),
  ...ROW,
};

export const DEPLOYMENT = {
  cluster: text,
  region: text.nullable(),
  namespace: text,
  workload: shape({ kind: text, name: text, container: text }),
  image: digest,
  reference: text,
  from: instant,
  /** When it ended or, while it is open, the end of the current lease. */
  until: instant,
  open: flag,
  ...ROW,
};
const deployment = shape(DEPLOYMENT);
export type DeploymentAnswer = z.output<typeof deployment>;

/** A running container of which nobody says what its image is. */
const undigested = shape({
  cluster: text,
  region: text.nullable(),
  namespace: text,
  workload: shape({ kind: text, name: text, container: text }),
  reference: text,
  ...ROW,
});
export type UndigestedContainer = z.output<typeof undigested>;

export const UNDIGESTED = {
  /** Running containers without the digest of an image; bounded. */
  undigested: list(undigested),
  /** There are more of them, or clusters that were not examined. */
  undigestedMore: flag,
};

/** A cluster that nobody observed at the moment of the answer. */
const silentCluster = shape({
  cluster: text,
  region: text.nullable(),
  /** When its last observation no longer counted. */
  until: instant,
});
export type SilentCluster = z.output<typeof silentCluster>;

/** How far it is known what runs, in the place and at the moment that is asked about. */
export const OBSERVED = {
  /** False: no cluster was observed until then, so it is not known what runs. */
  observed: flag,
  /** Clusters whose last observation had ended: it is not known what runs there. Bounded. */
  silent: list(silentCluster),
  silentMore: flag,
};

export const running = shape({
  ...DEPLOYMENT,
  /** The newest releases that contain what runs; empty: none is known. Bounded. */
  releases: list(releaseName),
});
export type RunningAnswer = z.output<typeof running>;

export const signer = shape({ format: text, identity: text, thumbprint: text.nullable() });
export type SignerAnswer = z.output<typeof signer>;

/** Who made a commit, and whether it is known to be signed. */
export const commit = shape({
  ...SOURCE,
  author: text.nullable(),
  committer: text.nullable(),
  committedAt: instant.nullable(),
  signed: flag,
  signer: signer.nullable(),
  ...ROW,
});
export type CommitAnswer = z.output<typeof commit>;

/** `no-feed`: no feed of it was imported into this log. `no-matcher`: nothing can be looked up. */
export const notCoveredReason = z.enum(['no-feed', 'no-matcher']);
export type NotCoveredReason = z.output<typeof notCoveredReason>;

/** The data behind an answer; reported with the first page. */
export const DATA = {
  /**
   * How old the advisories are that components were looked up in, by the oldest feed; null if one
   * is undated, or if there is none.
   */
  updatedAt: instant.nullable(),
  /** Records of imported feeds that could not be read: each may have named any package. */
  rejected: count,
};

/** This member is present if the answer is about one image that was named by its digest. */
export const IMAGE = { image: digest.optional() };
