import { z } from 'zod';
import {
  count,
  decision,
  digest,
  failure,
  imageVerdict,
  list,
  maybe,
  moment,
  outcome,
  problem,
  ruleResult,
  text,
} from './parts.ts';

export const gateRelease = z.strictObject({
  gate: z.literal('release'),
  verdicts: list(imageVerdict),
});

const manifestImage = z.strictObject({
  at: text.describe('the place in the object'),
  image: text,
  verdict: count.describe('its place in verdicts, from 0'),
});

export const gateAdmission = z.strictObject({
  gate: z.literal('admission'),
  verdicts: list(imageVerdict),
  objects: list(
    z.strictObject({
      file: text,
      line: count,
      kind: text.describe('empty where a file could not be read'),
      namespace: text,
      name: text,
      images: list(manifestImage),
      cause: failure.nullable().describe('why it is not known what the object runs'),
    }),
  ).describe('of manifests (-f)'),
  links: list(text).describe('below a folder; where they lead was not looked at'),
});

const pinStep = z.strictObject({ place: text, what: text });

export const pin = z.strictObject({
  written: z.boolean(),
  files: list(text).describe('files that the digests change'),
  steps: list(pinStep),
  open: list(pinStep).describe('images that stay without a digest, and why'),
  text: maybe.describe('what standard input becomes; null for files'),
});

export const gateSource = z.strictObject({
  gate: z.enum(['commit', 'build']),
  verdicts: list(
    z.strictObject({
      target: text,
      commit: maybe,
      commits: list(text),
      decision,
      refuses: z.boolean(),
      results: list(ruleResult),
      validUntil: moment.nullable(),
      facts: digest,
      record: digest,
      dependencies: z.strictObject({
        outcome,
        count,
        notLookedAt: list(z.strictObject({ kind: text, places: list(text) })),
      }),
      problems: list(problem),
    }),
  ),
});

export const release = z.strictObject({
  published: z.boolean(),
  digest,
  verdict: imageVerdict,
});

const goodPolicy = z.strictObject({
  file: text,
  name: text,
  revision: count,
  digest,
  error: z.null(),
});
const badPolicy = z.strictObject({ file: text, error: failure });

export const policyCheck = z.strictObject({ policies: list(z.union([goodPolicy, badPolicy])) });
