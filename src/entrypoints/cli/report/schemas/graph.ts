import { z } from 'zod';
import { count, digest, failure, list, maybe, moment, text } from './parts.ts';

const head = z.strictObject({ size: count, root: text.describe('hexadecimal') });

const imported = z.strictObject({
  file: text,
  kind: text,
  subject: digest.nullable(),
  position: count,
  digest,
  fresh: z.boolean(),
  lacks: list(text),
});

/** One line for each file; of a file that was not imported, why. */
export const graphImport = z.union([imported, failure.extend({ file: text })]);

/** One line for each document that a place has and that was not collected before. */
export const collect = z.strictObject({
  place: text,
  name: text,
  outcome: z
    .enum(['recorded', 'known', 'kept', 'left', 'unread'])
    .describe(
      'kept: unreadable, in the inbox; left: no document of a kind that is taken; ' +
        'unread: it could not be fetched, and is tried again at the next look',
    ),
  kind: maybe,
  position: count.nullable(),
  why: maybe,
  id: maybe.describe('in the inbox'),
});

export const graphInbox = z.strictObject({
  documents: list(
    z.strictObject({
      id: text,
      kind: text,
      mediaType: text,
      poster: text,
      subject: digest.nullable(),
      receivedAt: moment,
      bytes: count,
      digest,
      state: z.enum(['waiting', 'refused']).describe('waiting: for the database'),
      attempts: count,
      reason: failure.nullable(),
    }),
  ),
  recorded: count.nullable().describe('the position of the document that was tried again'),
});

export const graphRebuild = z.strictObject({
  documents: count,
  equal: z.boolean(),
  export: digest,
});

export const graphCopy = z.strictObject({
  from: text,
  to: text,
  copied: count.describe('documents; the others were there'),
  head,
  facts: count,
  export: digest.describe('of both canonical exports'),
});

export const graphPrune = z.strictObject({
  before: moment.describe('what was recorded earlier'),
  dryRun: z.boolean(),
  documents: count.describe('removed, or that would be'),
  bytes: count,
  byKind: z.record(text, count).readonly(),
  kept: count.describe('older ones, on which the present rests'),
  more: z.boolean().describe('there are more than one run removes'),
});

const verifiedLog = head.extend({
  verified: z.literal(true),
  ahead: list(z.strictObject({ position: count, recordedAt: moment })).describe(
    'entries whose time is later than that of what follows, or than now',
  ),
});
const provenEntry = z.strictObject({
  position: count,
  kind: text,
  digest,
  subject: digest.nullable(),
  recordedAt: moment,
});
const verifiedProof = z.strictObject({
  verified: z.boolean(),
  proof: z.enum(['inclusion', 'consistency']).nullable().describe('null: it has neither form'),
  why: maybe.describe('why it proves nothing'),
  head: head.nullable(),
  entry: provenEntry.nullable(),
  before: count.nullable().describe('entries of the checkpoint that the log continues'),
});
export const graphVerify = z.union([verifiedLog, verifiedProof]);

/** An exported answer; `verified` where all of it is signed and proven. */
export const ask = z.strictObject({
  verified: z.boolean(),
  why: maybe.describe('why it proves nothing'),
  question: maybe,
  parameters: z.record(text, text).readonly().nullable(),
  askedAt: moment.nullable(),
  exitCode: count.nullable().describe('of the question: 3 means that something is unknown'),
  head: head.nullable(),
  entries: list(provenEntry).describe('of the documents that the answer names'),
  answer: z.unknown().describe('as the question gives it; null where nothing is proven'),
});

export const graphStatus = z.strictObject({
  database: text,
  schemaVersion: count,
  head,
  documents: z.record(text, count).readonly(),
  problems: list(z.strictObject({ kind: text, subject: text, detail: text, position: count })),
  rows: z.record(text, count).readonly(),
});

export const clusterCertificate = z.strictObject({
  folder: text,
  made: z.boolean(),
  ca: text,
  previous: maybe,
  cert: text,
  key: text,
});

export const clusterChart = z.strictObject({ folder: text, files: list(text) });

export const manifests = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('List'),
  items: list(z.unknown()).describe('objects of Kubernetes, each of its own schema'),
});
