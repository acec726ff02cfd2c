import { z } from 'zod';
import { API_VERSION } from '../../../core/api-version.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';

const text = z.string().max(2_000);
const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'small letters, digits, dots, hyphens');
const address = z.string().max(2_000).refine(isAddress, 'not an http:// or https:// address');

const target = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('webhook'),
    url: address,
    /** Signs each delivery (Standard Webhooks); absent: unsigned. */
    secret: z.string().min(16).max(500).optional(),
  }),
  /** Takes `{ "text": … }`: Slack, Mattermost and what follows them. */
  z.strictObject({ kind: z.literal('slack'), url: address }),
  z.strictObject({
    kind: z.literal('email'),
    to: z
      .string()
      .max(320)
      .regex(/^[^\s<>,;:"@]{1,64}@[^\s<>,;:"@]{1,255}$/, 'not one address'),
  }),
]);

const standing = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal('StandingQuestion'),
  name,
  question: text,
  /** The texts of its parameters, by field. */
  parameters: z.record(z.string().max(100), text),
  /** Changes of so many milliseconds are one notice; 0: each as soon as it is seen. */
  digestMs: z
    .int()
    .min(0)
    .max(31 * 86_400_000),
  targets: z.array(target).min(1).max(20),
});

/** A question that is asked whenever something new is known, and who hears of another answer. */
export type StandingQuestion = z.output<typeof standing>;
export type NoticeTarget = StandingQuestion['targets'][number];

function isAddress(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '';
}

/** Reads one, strictly. */
export function parseStanding(bytes: Uint8Array): Result<StandingQuestion> {
  const json = parseJson(bytes, { bytesMax: LIMITS.configBytesMax });
  if (!json.ok) return json;
  const read = standing.safeParse(json.value);
  if (read.success) return ok(read.data);
  const issue = read.error.issues[0];
  const why = `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'malformed'}`;
  return fail(
    'MALFORMED',
    `not a standing question: ${why}`.slice(0, 500),
    'Write it with waybill standing add.',
  );
}

/** Where a notice goes, without what only its owner may know. */
export function nameTarget(one: NoticeTarget): string {
  if (one.kind === 'email') return `email ${one.to}`;
  const { protocol, host } = new URL(one.url);
  return `${one.kind} ${protocol}//${host}/…`;
}
