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
  dryRun: z.boolean().describe('nothing was written, and nothing was published'),
  digest,
  reference: text.describe('where it is published, with tag and digest'),
  name: text,
  version: text,
  source: z.strictObject({
    repository: text,
    commit: text,
    ref: maybe.describe('of the job; null where nothing says it'),
  }),
  build: z.strictObject({
    id: text,
    builder: text,
    proven: z.boolean().describe('by the token of the job; false: only claimed'),
  }),
  signer: text.describe('the key, or whom the certificate names'),
  artifacts: list(
    z.strictObject({
      kind: z.enum(['sbom', 'scan', 'provenance', 'signature', 'attached']),
      about: digest,
      digest: maybe.describe('null where it is not made in a dry run'),
      type: text,
    }),
  ).describe('what is attached to the image, its platforms and the documents'),
  verdict: imageVerdict.nullable().describe('null: a dry run in which nobody signs'),
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

const rulePlace = {
  line: count.describe('line of the condition of the rule, from 1'),
  column: count,
  text: text.describe('what is written there'),
};
const wrongOutcome = z.strictObject({
  rule: maybe.describe('null for the decision'),
  expected: text,
  found: maybe.describe('null where the gate does not ask the rule'),
});

export const policyTest = z.strictObject({
  suites: list(
    z.strictObject({
      file: text,
      policy: z.strictObject({ file: text, name: text, revision: count, digest }),
      tests: list(
        z.strictObject({
          name: text,
          gate: text,
          expected: decision,
          decision,
          passed: z.boolean(),
          wrong: list(wrongOutcome),
        }),
      ),
      rules: list(
        z.strictObject({
          rule: text,
          holds: count.describe('tests in which it held'),
          broken: count,
          undetermined: count,
          branches: count.describe('two for each of its conditions: true and false'),
          missing: list(z.strictObject({ ...rulePlace, never: z.boolean() })),
        }),
      ),
      mutants: z
        .strictObject({
          tried: count,
          killed: count,
          survived: list(z.strictObject({ rule: text, ...rulePlace, change: text })),
          more: z.boolean().describe('there are more than were tried'),
        })
        .nullable()
        .describe('with --mutate, where all tests pass'),
    }),
  ),
});

export const policyEval = z.strictObject({
  gate: text,
  policy: z.strictObject({ name: text, revision: count, digest }),
  decision,
  refuses: z.boolean().describe('false where the gate only observes'),
  results: list(ruleResult),
  validUntil: moment.nullable(),
  facts: digest,
  record: digest.describe('of the bytes that --format record prints'),
});

export const policyReplay = z.strictObject({
  decisions: list(
    z.strictObject({
      decision: digest.describe('the document in the log'),
      subject: digest,
      gate: text,
      decidedAt: moment,
      outcome: z
        .enum(['same', 'same-but-words', 'different', 'unknown'])
        .describe(
          'same-but-words: only the sentences about unknown facts differ, which facts do not keep',
        ),
      why: maybe,
    }),
  ),
  more: z.boolean(),
});

const change = z.strictObject({
  what: z.enum(['added', 'removed', 'changed']),
  part: text.describe('rules, parameters, exceptions, scopes, mode or metadata'),
  name: text,
  before: maybe,
  after: maybe,
  effect: z.enum(['tightens', 'loosens', 'unknown', 'none']),
});

export const policyDiff = z.strictObject({
  before: z.strictObject({ file: text, name: text, revision: count, digest }),
  after: z.strictObject({ file: text, name: text, revision: count, digest }),
  changes: list(change),
  trials: list(
    z.strictObject({
      gate: text,
      examined: count,
      more: z.boolean(),
      newlyDenied: list(text),
      newlyAllowed: list(text),
      newlyUndetermined: list(text),
    }),
  ).describe('of each gate of --gate: images whose verdict changes, by recorded facts'),
});

const revision = {
  repository: text,
  number: count.describe('it only grows: no client goes behind it'),
  manifest: digest,
};

export const policyPush = z.strictObject({
  ...revision,
  signature: digest,
  policy: z.strictObject({ name: text, revision: count, digest }),
  effectiveFrom: moment.nullable(),
  rollbackTo: count.nullable().describe('the number whose document it has again'),
});

export const policyPull = z.strictObject({
  file: text.describe('the policy in force'),
  changed: z.boolean(),
  layers: list(
    z.strictObject({
      ...revision,
      isNew: z.boolean(),
      effectiveFrom: moment.nullable().describe('when it is in force, where that is later'),
      inForce: count.nullable().describe('the number that is in force now'),
      signers: list(text),
      confirmedAt: moment.describe('when the registry last showed which revision is the newest'),
      failure: failure.nullable().describe('why it could not be confirmed now'),
    }),
  ).describe('the widest first'),
});

export const policyLog = z.strictObject({
  repository: text,
  revisions: list(
    z.strictObject({
      number: count,
      manifest: digest,
      policy: z.strictObject({ name: text, revision: count, digest }),
      pushedAt: moment,
      effectiveFrom: moment.nullable(),
      rollbackTo: count.nullable(),
      message: maybe,
      signers: list(text).describe('who pushed it, and who approved it by a signature of his own'),
      changes: list(change).describe('from the revision before it'),
    }),
  ).describe('the newest first'),
  more: z.boolean(),
});

export const policyLibrary = z.strictObject({
  policies: list(z.strictObject({ name: text, title: text, source: text })),
});
