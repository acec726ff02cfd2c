import { z } from 'zod';
import { advisorySource, count, failure, list, located, maybe, moment, text } from './parts.ts';

const find = located.extend({ gates: text.describe('what the gates do once the policy enforces') });

export const init = z.strictObject({
  folder: text,
  notes: list(text),
  found: z.strictObject({
    ecosystems: list(find.extend({ read: z.boolean() })),
    pipelines: list(find),
    environments: list(find),
    registries: list(find),
    componentRegistries: list(find),
    cluster: find.nullable(),
    repository: maybe,
    commitSigning: find.nullable(),
  }),
  unknown: list(z.strictObject({ what: text, why: text })),
  files: list(
    z.strictObject({
      path: text,
      outcome: z.enum(['written', 'kept', 'would be written', 'left out']),
      why: text,
      text: text.optional(),
    }),
  ),
  hooks: list(
    z.strictObject({ name: text, path: text, did: text, kept: maybe.optional() }),
  ).nullable(),
  next: list(text),
});

export const version = z.strictObject({
  version: text,
  form: z.enum(['checkout', 'package', 'executable']),
  node: text,
  platform: text.describe('operating system and processor, as Node.js names them: linux/x64'),
  databaseSchema: count.describe('of the knowledge graphs that this version writes'),
  advisories: z
    .strictObject({
      source: advisorySource,
      count,
      newest: moment.nullable().describe('the newest record'),
      importedAt: moment.nullable(),
      feeds: list(
        z.strictObject({
          ecosystem: text,
          feed: text,
          databases: list(text),
          updatedAt: moment.nullable().describe('when the feed was exported, as far as it says'),
          importedAt: moment.nullable(),
          ageDays: count.nullable().describe('whole days since then'),
        }),
      ),
    })
    .nullable(),
  advisoriesFailure: failure.nullable().describe('why the advisory data could not be read'),
});

export const doctor = z.strictObject({
  about: version,
  checks: list(
    z.strictObject({
      id: text.describe('stable: scripts may rely on it'),
      status: z.enum(['ok', 'warning', 'problem', 'unknown']),
      message: text,
      fix: maybe,
    }),
  ),
  counts: z.strictObject({ ok: count, warning: count, problem: count, unknown: count }),
});
