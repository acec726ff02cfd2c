import { z } from 'zod';
import {
  advisorySource,
  commitSigner,
  count,
  decision,
  failedTarget,
  list,
  matchStatus,
  maybe,
  moment,
  notCovered,
  outcome,
  person,
  problem,
  purl,
  severity,
  text,
} from './parts.ts';

const finding = z.strictObject({
  id: text,
  severity,
  status: matchStatus,
  fixed: list(text),
});
const named = z.strictObject({ id: text, severity, component: text });
/** What is already released with a package, in any version. */
export const carried = z
  .strictObject({
    package: purl.describe('without a version'),
    releases: list(
      z.strictObject({
        name: text,
        version: text,
        owner: maybe,
        components: list(purl),
        clusters: list(text).describe('empty: it is not known to run'),
        decided: z
          .strictObject({ gate: text, decision, at: moment })
          .nullable()
          .describe('the last decision about the release'),
      }),
    ),
    more: z.boolean(),
    excused: list(
      z.strictObject({ id: text, release: text, status: text, justification: maybe }),
    ).describe('what trusted statements say of its findings'),
  })
  .nullable()
  .describe('null: there is no graph, or the package has no name in it');
/** Of --explain: each component with findings. */
export const explained = list(z.strictObject({ component: purl, ids: list(text), carried }));
const unread = z.strictObject({ kind: text, places: list(text) });

export const deps = z.strictObject({
  targets: list(
    z.strictObject({
      target: text,
      outcome,
      found: list(text),
      dependencies: list(
        z.strictObject({
          ecosystem: text,
          name: text,
          version: maybe,
          requested: maybe,
          purl: purl.nullable(),
          pinned: z.enum(['yes', 'no', 'unknown']),
          why: text,
          registry: maybe,
          registryFrom: z.enum(['lock', 'written', 'configured', 'default', 'tree']),
          recorded: z.boolean(),
          place: z.strictObject({ file: text, line: count }),
          kind: z.enum(['direct', 'transitive', 'base-image', 'image', 'system-package']),
          development: z.boolean(),
          findings: list(finding),
          nearestSafe: maybe,
          carried,
        }),
      ),
      undeclared: list(finding.extend({ component: purl })),
      problems: list(problem),
      notLookedAt: list(unread),
      scan: z.strictObject({ outcome, data: advisorySource, notCovered: list(notCovered) }),
    }),
  ),
  failed: list(failedTarget),
});

const step = z.strictObject({ place: text, what: text });

export const fix = z.strictObject({
  applied: z.boolean(),
  files: list(text),
  diff: text.describe('unified diff of all changes'),
  steps: list(step),
  open: list(step).describe('what is wrong and not fixed here'),
  commands: list(text).describe('what must be run after the changes'),
  before: list(named).describe('the findings of the tree as it is'),
  after: list(named).describe('those that are left after the changes and the commands'),
});

export const commitSetup = z.strictObject({
  scope: z.enum(['local', 'global']),
  dryRun: z.boolean(),
  settings: list(
    z.strictObject({
      name: text,
      before: maybe.describe('null: it was not set there'),
      after: text,
      did: z.enum(['set', 'unchanged', 'would be set']),
    }),
  ),
});

export const hook = z.strictObject({
  hooks: list(
    z.strictObject({
      name: text,
      path: text,
      did: z.enum(['installed', 'renewed', 'removed', 'left']),
      kept: maybe,
    }),
  ),
});

export const commitVerify = z.strictObject({
  allowedSigners: z
    .strictObject({
      file: text,
      from: z.enum(['option', 'waybill.yaml', 'git']),
      withinWorkTree: z.boolean(),
      skipped: list(z.strictObject({ line: count, why: text })),
      revokedBy: list(text),
    })
    .nullable()
    .describe('who may sign with SSH; null where no file is named, but a keyring'),
  keyrings: list(
    z.strictObject({
      file: text,
      from: z.enum(['option', 'waybill.yaml']),
      withinWorkTree: z.boolean(),
      keys: count,
      skipped: list(text),
    }),
  ).describe('OpenPGP public keys that may sign'),
  commitRoots: list(
    z.strictObject({
      file: text,
      from: z.enum(['option', 'waybill.yaml']),
      withinWorkTree: z.boolean(),
      keys: count,
    }),
  ).describe('roots whose certificates may sign'),
  mergeSigners: z.strictObject({
    principals: list(text),
    policy: maybe,
    withinWorkTree: z.boolean(),
  }),
  tags: list(
    z.strictObject({
      id: text,
      name: text.describe('as the tag says; its ref has the same name, or the tag does not count'),
      ref: maybe,
      target: z.strictObject({ id: text, type: z.enum(['commit', 'tree', 'blob', 'tag']) }),
      subject: text,
      tagger: person,
      standing: z.enum(['unsigned', 'trusted', 'untrusted', 'undetermined']),
      format: maybe,
      signer: commitSigner.nullable(),
      taggerMatches: z.boolean(),
      counts: z.enum(['yes', 'no', 'unknown']),
      reason: z.strictObject({ code: text, text }).nullable(),
    }),
  ).describe('the annotated tags that were named, and the tags that they name'),
  commits: list(
    z.strictObject({
      id: text,
      subject: maybe,
      author: person.nullable(),
      committer: person.nullable(),
      standing: z.enum(['unsigned', 'trusted', 'untrusted', 'undetermined']),
      format: maybe,
      signer: commitSigner.nullable(),
      authorMatches: z.boolean(),
      committerMatches: z.boolean(),
      counts: z.enum(['yes', 'no', 'unknown']),
      reason: z.strictObject({ code: text, text }).nullable(),
    }),
  ),
});
