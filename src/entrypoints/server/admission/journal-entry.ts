import { type EvidenceInput, isEvidenceKind } from '../../../capabilities/evidence/index.ts';
import { parseDigest, sha256, takeHex } from '../../../core/digest.ts';
import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseJson } from '../../../formats/json/parse.ts';

/** What is stored of one decision. */
export interface JournalEntry {
  /** In the order in which the log gets them; empty for a further decision of a sum. */
  readonly inputs: readonly EvidenceInput[];
  /** Set for a decision that one record with others stands for: the name of that sum. */
  readonly sum?: string;
}

export interface JournalReading {
  readonly entries: readonly JournalEntry[];
  /** Bytes at the end that are no whole entry: a process was killed while it wrote them. */
  readonly bytesCut: number;
}

const HEAD_BYTES_MAX = 16 * 1024;
const NEWLINE = 0x0a;

/** `CHECKSUM HEAD\n`, then the bodies that the head tells the lengths of. */
export function encodeJournalEntry({ inputs, sum }: JournalEntry): Uint8Array {
  const listed = inputs.map(({ kind, mediaType, subject, body }) => {
    return { kind, mediaType, subject, bytes: body.length };
  });
  const head = Buffer.from(`${JSON.stringify({ inputs: listed, ...(sum && { sum }) })}\n`);
  const content = Buffer.concat([head, ...inputs.map(({ body }) => body)]);
  return Buffer.concat([Buffer.from(`${takeHex(sha256(content))} `), content]);
}

/** Reads up to the first entry that is not whole: what follows was never acknowledged. */
export function readJournal(bytes: Uint8Array): JournalReading {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: JournalEntry[] = [];
  let at = 0;
  while (at < buffer.length) {
    const read = readEntry(buffer, at);
    if (read === null) break;
    entries.push(read.entry);
    at = read.end;
  }
  return { entries, bytesCut: buffer.length - at };
}

function readEntry(buffer: Buffer, at: number): { entry: JournalEntry; end: number } | null {
  const start = at + 65;
  const newline = buffer.subarray(start, start + HEAD_BYTES_MAX).indexOf(NEWLINE);
  if (newline === -1) return null;
  const head = parseJson(buffer.subarray(start, start + newline), { bytesMax: HEAD_BYTES_MAX });
  if (!head.ok || !isJsonObject(head.value)) return null;
  const { inputs: listed, sum } = head.value;
  if (!Array.isArray(listed)) return null;
  const inputs: EvidenceInput[] = [];
  let end = start + newline + 1;
  for (const value of listed as readonly JsonValue[]) {
    const input = readInput(value, buffer, end);
    if (input === null) return null;
    inputs.push(input);
    end += input.body.length;
  }
  const checksum = buffer.toString('latin1', at, start);
  // mutant journal-checksum by decision-journal: remove
  if (checksum !== `${takeHex(sha256(buffer.subarray(start, end)))} `) return null;
  return { entry: typeof sum === 'string' ? { inputs, sum } : { inputs }, end };
}

function readInput(value: JsonValue, buffer: Buffer, at: number): EvidenceInput | null {
  if (!isJsonObject(value)) return null;
  const { kind, mediaType, subject, bytes } = value;
  if (typeof kind !== 'string' || !isEvidenceKind(kind)) return null;
  const digest = typeof subject === 'string' ? parseDigest(subject) : null;
  const isSound =
    typeof mediaType === 'string' &&
    (subject === null || digest?.ok === true) &&
    typeof bytes === 'number' &&
    Number.isInteger(bytes) &&
    bytes >= 0 &&
    bytes <= LIMITS.documentBytesMax &&
    at + bytes <= buffer.length;
  if (!isSound) return null;
  return {
    kind,
    mediaType,
    subject: digest?.ok === true ? digest.value : null,
    body: buffer.subarray(at, at + bytes),
  };
}
