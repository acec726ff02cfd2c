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

export const gateImage = z.strictObject({
  gate: z.enum(['release', 'admission']),
  verdicts: list(imageVerdict),
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
