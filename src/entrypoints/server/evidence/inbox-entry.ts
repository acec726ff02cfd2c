import { z } from 'zod';
import type { Digest } from '../../../core/digest.ts';
import type { AnswerInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseJson } from '../../../formats/json/parse.ts';

const text = z.string();
const entry = z.strictObject({
  id: text.regex(/^[0-9a-f-]{1,64}$/),
  kind: text,
  mediaType: text,
  poster: text,
  subject: text.nullable(),
  receivedAt: text,
  bytes: z.int().min(0),
  digest: text,
  /** `waiting`: for the database; `refused`: it could not be read. */
  state: z.enum(['waiting', 'refused']),
  attempts: z.int().min(0),
  /** Of the last attempt; null: there was none. */
  reason: z.strictObject({ code: text, message: text, remedy: text }).nullable(),
});

/** A document that the inbox keeps, without its bytes. */
export type InboxEntry = Omit<z.output<typeof entry>, 'subject' | 'digest' | 'receivedAt'> & {
  readonly subject: Digest | null;
  readonly digest: Digest;
  readonly receivedAt: AnswerInstant;
};

/** What a file says; null for one that no inbox wrote. */
export function parseInboxEntry(bytes: Uint8Array): InboxEntry | null {
  const json = parseJson(bytes, { bytesMax: LIMITS.configBytesMax });
  const read = json.ok ? entry.safeParse(json.value) : null;
  return read?.success === true ? (read.data as InboxEntry) : null;
}
