import { z } from 'zod';
import type { AnswerInstant } from '../../../../core/instant.ts';
import { RATED_BY, RATING_METHODS, SEVERITIES } from '../../../../core/severity.ts';

/** A list that its owner does not change. */
export function list<T extends z.ZodType>(item: T) {
  return z.array(item).readonly();
}

export const text = z.string();
export const maybe = z.string().nullable();
export const count = z.int().min(0);
/** Only `formatAnswerInstant` makes one, so the compiler sees that there is one form. */
export const moment = z.iso
  .datetime({ precision: 3 })
  .describe('RFC 3339, in UTC, to the millisecond') as unknown as z.ZodType<AnswerInstant, string>;
export const digest = z.string().describe('digest: algorithm, colon, hexadecimal digits');
export const purl = z.string().describe('package URL');
export const severity = z.enum([...SEVERITIES, 'unknown']);
export const severitySource = z
  .strictObject({
    by: z.enum(RATED_BY).describe('whose it is, in the order of precedence'),
    record: text.describe('the record that states it; of a CNA or CISA, the CVE'),
    method: z.enum(RATING_METHODS).describe('word: a level in words; score: a number alone'),
    text: text.describe('what is stated, as it is written'),
  })
  .nullable()
  .describe('who states the severity; null: it is unknown');
export const outcome = z
  .enum(['complete', 'partial'])
  .describe('partial: something could not be read, and absence may not be concluded');
export const advisorySource = z.enum(['imported', 'sample']);
export const matchStatus = z.enum(['affected', 'not_affected', 'unknown']);
export const decision = z.enum(['allow', 'deny', 'undetermined']);

/** Something that could not be read, and why. */
export const problem = z.strictObject({ location: text, code: text, message: text });

/** What a scan could not look up or read, and why. */
export const notCovered = z.strictObject({
  purl: purl.nullable(),
  place: maybe.describe('what could not be read whole; null for a component or a feed'),
  why: text,
});

/** A failure, with a code of docs/reference/errors.md. */
export const failure = z.strictObject({ code: text, message: text, remedy: text });

/** A target of several that gave no result. */
export const failedTarget = failure.extend({ target: text });

/** With `--format json`, a failure is an object too. */
export const error = z.strictObject({ error: failure });

export const ruleResult = z.strictObject({
  rule: text,
  action: z.enum(['deny', 'warn', 'record']),
  outcome: z.enum(['holds', 'broken', 'undetermined']),
  reason: text.describe('RULE_HOLDS, RULE_BROKEN, EXCEPTED, or the code of a failure'),
  message: maybe,
  fix: maybe,
});

export const imageVerdict = z.strictObject({
  image: text,
  resolved: text.describe('the image by its digest'),
  decision,
  refuses: z.boolean().describe('false where the gate only observes'),
  results: list(ruleResult),
  validUntil: moment.nullable(),
  record: digest.nullable().describe('digest of the decision record'),
  cause: failure.nullable(),
});

export const located = z.strictObject({ value: text, place: text });

/** Somebody whom a commit or a tag names, and when, as it states. */
export const person = z.strictObject({ name: text, email: text, at: moment.nullable() });

/** Who signed a commit or a tag. */
export const commitSigner = z.strictObject({
  format: text,
  principal: maybe.describe(
    'what a policy names: the principal of an SSH key, the fingerprint of an OpenPGP key, the ' +
      'address of a certificate',
  ),
  fingerprint: text,
  addresses: list(text).optional().describe('the addresses of an OpenPGP key or a certificate'),
});
