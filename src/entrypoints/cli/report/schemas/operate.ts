import { z } from 'zod';
import {
  count,
  decision,
  digest,
  failedTarget,
  list,
  matchStatus,
  maybe,
  moment,
  outcome,
  purl,
  ruleResult,
  severity,
  text,
} from './parts.ts';

const container = z.strictObject({
  namespace: text,
  kind: text,
  name: text,
  container: text,
  reference: text,
  digest,
});

const tenant = z.strictObject({
  name: text,
  shard: count.describe('the first part of every key of its rows'),
});
export const tenantCreate = tenant;
export const tenantList = z.strictObject({ tenants: list(tenant) });

const tokenFacts = {
  name: text,
  roles: list(text),
  tenant: text.nullable().describe("null: of the server's own"),
};
export const tokenCreate = z.strictObject({
  ...tokenFacts,
  expiresAt: moment,
  file: text.describe('has its SHA-256'),
  token: text.describe('the token itself, which is not shown again'),
});
export const tokenList = z.strictObject({
  file: text,
  tokens: list(
    z.strictObject({
      ...tokenFacts,
      expiresAt: moment.nullable().describe('null: it does not end by itself'),
      expired: z.boolean(),
    }),
  ),
});
export const tokenRevoke = z.strictObject({ name: text, file: text, left: count });

const standingQuestion = z.strictObject({
  name: text,
  question: text,
  parameters: z.record(text, text).readonly(),
  digestMs: count.describe('changes of so many milliseconds are one notice'),
  targets: list(text).describe('who is told, without what only they may know'),
  askedAt: moment.nullable(),
  exitCode: count.nullable(),
  rows: count.describe('of the last answer'),
  pending: count.describe('changes that nobody was told yet'),
  notices: count.describe('made so far'),
});
export const standingAdd = standingQuestion;
export const standingList = z.strictObject({
  standing: list(standingQuestion),
  unread: list(text).describe('files that are no standing question'),
});
export const standingRemove = z.strictObject({ removed: text });
export const standingNotices = z.strictObject({
  notices: list(
    z.strictObject({
      id: text,
      standing: text,
      target: text,
      at: moment,
      changes: count,
      attempts: count,
      nextAt: moment,
      state: z.enum(['waiting', 'dead']).describe('dead: it is tried no more'),
      reason: maybe.describe('why the last attempt failed'),
    }),
  ),
});

export const watch = z.strictObject({
  cluster: text,
  region: maybe,
  observedAt: moment,
  until: moment,
  workloads: count,
  containers: count,
  position: count,
  fresh: z.boolean(),
  started: list(container),
  ended: list(container),
  notes: list(text),
});

const place = z.strictObject({
  cluster: text,
  region: maybe,
  namespace: text,
  kind: text,
  name: text,
});
const ruleState = z.enum(['holds', 'broken', 'undetermined', 'not asked']);
const change = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('decision'),
    from: decision,
    to: decision,
    causes: list(text),
  }),
  z.strictObject({
    kind: z.literal('rule'),
    rule: text,
    from: ruleState,
    to: ruleState,
    causes: list(text),
  }),
  z.strictObject({
    kind: z.literal('finding'),
    id: text,
    component: text,
    severity: text,
    isNew: z.boolean(),
    was: maybe,
  }),
  z.strictObject({ kind: z.literal('tag'), from: digest.nullable(), to: digest }),
]);

export const audit = z.strictObject({
  at: moment,
  recorded: count,
  counts: z.strictObject({ allow: count, deny: count, undetermined: count }),
  rules: list(
    z.strictObject({
      rule: text,
      outcome: z.enum(['holds', 'broken', 'undetermined']),
      images: count,
    }),
  ),
  audited: list(
    z.strictObject({
      image: digest,
      reference: text,
      release: z
        .strictObject({
          name: text,
          version: text,
          source: z
            .strictObject({
              ...{ host: text, repository: text, commit: text },
              claimed: list(z.enum(['host', 'repository', 'commit'])).optional(),
            })
            .nullable(),
        })
        .nullable(),
      owner: maybe,
      running: place.nullable(),
      decision,
      refuses: z.boolean(),
      results: list(ruleResult),
      findings: list(z.strictObject({ id: text, component: text, severity: text })),
      tagDigest: digest.nullable(),
      validUntil: moment.nullable(),
      previousAt: moment.nullable(),
      changes: list(change),
    }),
  ),
  /** Running containers of which no digest says what they run: nothing judges them. Bounded. */
  undigested: list(z.strictObject({ running: place, container: text, reference: text })),
  undigestedMore: z.boolean(),
  /** False: no cluster was observed, so what runs was not judged. */
  observed: z.boolean(),
  /** Clusters whose last observation has ended. */
  silent: list(z.strictObject({ cluster: text, region: text.nullable(), until: moment })),
});

const violation = z.strictObject({
  id: text,
  at: moment,
  workload: place,
  image: digest.nullable(),
  rule: text,
  severity,
  detail: text,
  pod: text.optional(),
  container: text.optional(),
  node: text.optional(),
  zone: text.optional(),
  process: text.optional(),
  reference: text.optional(),
  cause: z
    .strictObject({
      kind: z.enum(['misconfiguration', 'vulnerability', 'unknown']),
      facts: list(text),
    })
    .optional(),
  event: digest.optional(),
  unknown: list(text).optional(),
  events: count.optional(),
  lastAt: moment.optional(),
  release: maybe,
  owner: maybe,
  commit: maybe,
  author: maybe,
});

const rescannedImage = z.strictObject({
  image: text,
  digest,
  scannedAt: moment,
  members: list(
    z.strictObject({
      digest,
      platform: maybe,
      scan: digest.describe('the manifest of the scan that is attached now'),
      from: z
        .enum(['sbom', 'layers'])
        .describe('sbom: the trusted SBOM was looked up, and no layer was read'),
      sbom: digest.nullable().describe('the manifest of that SBOM'),
      outcome,
      scannedBefore: moment.nullable().describe('time of the trusted scan before'),
      findings: list(
        z.strictObject({
          id: text,
          severity,
          component: purl,
          status: matchStatus,
          fixed: list(text),
          isNew: z.boolean().describe('the trusted scan before did not have it'),
        }),
      ),
    }),
  ),
  replaced: count.describe('scans that were removed, because this one is in their place'),
  kept: count.describe('scans that it replaces and that stay; the gates use the newest one'),
  keptBecause: maybe,
});

export const rescan = z.strictObject({
  at: moment,
  images: list(rescannedImage),
  failed: list(failedTarget),
  unreleased: list(text).describe('what runs and belongs to no release that is known here'),
  undigested: list(text).describe('containers that run without a known digest of their image'),
  undigestedMore: z.boolean().describe('there are more of them'),
  observed: z.boolean().describe('false: no cluster was observed, so it is not known what runs'),
  silent: list(text).describe('clusters whose last observation has ended'),
});

export const violationIngest = z.strictObject({
  violations: list(violation),
  replays: count,
  broken: list(z.strictObject({ line: count, code: text, message: text })),
  brokenMore: count,
  ignored: count.describe('events that report nothing against a rule'),
});

export const registryGc = z.strictObject({
  dryRun: z.boolean(),
  contents: count.describe('contents that no repository has'),
  bytes: count.describe('of these contents'),
  unnamed: count.describe('blobs that no manifest of their repository names'),
});

export const registryCheck = z.strictObject({
  repositories: count,
  contents: count,
  flaws: list(
    z.strictObject({
      repository: maybe.describe('null for a content, which all repositories share'),
      digest: text,
      what: z.enum(['other bytes', 'missing', 'unreadable manifest', 'tag of nothing']),
    }),
  ),
  isCut: z.boolean().describe('there are more than are listed'),
});
