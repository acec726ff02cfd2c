import { z } from 'zod';
import { count, list, located, maybe, text } from './parts.ts';

export const init = z.strictObject({
  folder: text,
  notes: list(text),
  found: z.strictObject({
    ecosystems: list(located.extend({ read: z.boolean() })),
    pipelines: list(located),
    environments: list(located),
    registries: list(located),
    componentRegistries: list(located),
    cluster: located.nullable(),
    repository: maybe,
    commitSigning: located.nullable(),
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

export const doctor = z.strictObject({
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
