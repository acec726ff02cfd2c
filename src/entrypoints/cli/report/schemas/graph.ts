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

const verifiedLog = head.extend({ verified: z.literal(true) });
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
