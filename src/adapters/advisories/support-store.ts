import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  readSupport,
  type SupportData,
  type SupportTerm,
} from '../../capabilities/advisories/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import { writeWhole } from '../../system/files/write-file.ts';

/** The file beside an index that says how long systems are supported. */
export function formatSupportPath(index: string): string {
  return `${index}.support`;
}

const short = z.string().max(100);
const document = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('SupportTerms'),
  terms: z
    .array(
      z.strictObject({ os: short, release: short, endsOn: short, extendedTo: short.nullable() }),
    )
    .max(LIMITS.supportTermsMax),
});

/** What a file says of support; null for every other file, which is not read further. */
export function loadSupportFile(path: string): SupportData | null {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile() !== true || file.size > LIMITS.supportFileBytesMax) return null;
  const text = Buffer.from(readSmallFile(path, LIMITS.supportFileBytesMax)).toString('utf8');
  return orThrow(readSupport(text));
}

/** Replaces what is known of the systems that the data names, and gives all that is known now. */
export function putSupport(
  path: string,
  { terms }: Pick<SupportData, 'terms'>,
): readonly SupportTerm[] {
  const named = new Set(terms.map(({ os }) => os));
  const others = loadSupportTerms(path).filter(({ os }) => !named.has(os));
  const all = [...others, ...terms];
  if (all.length > LIMITS.supportTermsMax)
    throw new Failure(
      'LIMIT_EXCEEDED',
      `over ${LIMITS.supportTermsMax} releases would have days of support`,
      `Remove ${path}, and import what is needed.`,
    );
  writeWhole(path, encodeTerms(all), 0o600);
  return all;
}

/** Packs all that is known into a file of `folder`; null where nothing is. */
export function packSupport(index: string, folder: string): PackedSupport | null {
  const terms = loadSupportTerms(formatSupportPath(index));
  if (terms.length === 0) return null;
  const bytes = encodeTerms(terms);
  const path = join(folder, 'support.json');
  writeWhole(path, bytes, 0o600);
  return { path, digest: sha256(bytes), size: bytes.length };
}

/** How long systems are supported, packed into a file. */
export interface PackedSupport {
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
}

/** The terms of `packSupport`; fails with MALFORMED for everything else. */
export function unpackSupport(bytes: Uint8Array): Result<readonly SupportTerm[]> {
  const terms = parseTerms(bytes);
  return terms === null
    ? fail(
        'MALFORMED',
        'what a packed index says of the support of systems cannot be read',
        'Ask who publishes the index to pack it again.',
      )
    : ok(terms);
}

function encodeTerms(terms: readonly SupportTerm[]): Buffer {
  const json = { apiVersion: 'waybill.dev/v1', kind: 'SupportTerms', terms };
  return Buffer.from(`${JSON.stringify(json)}\n`);
}

function parseTerms(bytes: Uint8Array): readonly SupportTerm[] | null {
  const json = parseJson(bytes, { bytesMax: LIMITS.supportFileBytesMax });
  const parsed = document.safeParse(json.ok ? json.value : null);
  return parsed.success ? parsed.data.terms : null;
}

/** None where nothing was imported. A file that is there and cannot be read is a failure. */
export function loadSupportTerms(path: string): readonly SupportTerm[] {
  if (!existsSync(path)) return [];
  const terms = parseTerms(readSmallFile(path, LIMITS.supportFileBytesMax));
  if (terms !== null) return terms;
  const remedy = 'Remove it, and import the days of support again: waybill advisories import.';
  throw new Failure('STORE_CORRUPT', `${path} is damaged`, remedy);
}
