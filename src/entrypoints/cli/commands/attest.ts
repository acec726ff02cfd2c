import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { findPredicate } from '../../../capabilities/attestation/index.ts';
import { Failure } from '../../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import type { AttestCall } from '../options/statements.ts';
import { parsePredicateType } from '../predicate-type.ts';
import type { Report } from '../report/report.ts';
import { stateAbout } from '../state-about.ts';

/** States something about an image, as a file says it. */
export async function run(call: AttestCall): Promise<Report> {
  const { file, predicateType, predicate } = await readPredicate(call);
  const fileName = `${basename(file)}.intoto.json`;
  return stateAbout(call, { predicateType, fileName, state: async () => predicate });
}

interface StatedPredicate {
  readonly file: string;
  readonly predicateType: string;
  readonly predicate: JsonObject;
}

async function readPredicate({ options, io }: AttestCall): Promise<StatedPredicate> {
  const predicateType = parsePredicateType(options.type);
  const predicate = await readJson(resolve(io.cwd, options.predicate));
  if (!isJsonObject(predicate))
    throw new Failure('MALFORMED', `${options.predicate} is no object`, 'Write it as one.');
  const flaw = findPredicate(predicateType)?.findFlaw(predicate) ?? null;
  // mutant attested-predicate-of-another-form by attest: condition -> false
  if (flaw !== null)
    throw new Failure(
      'MALFORMED',
      `${options.predicate} is no predicate of the type ${predicateType}: ${flaw}`,
      'Correct it, or name its own type: --type https://….',
    );
  if (options.schema !== undefined)
    checkSchema(await readJson(resolve(io.cwd, options.schema)), predicate, options);
  return { file: options.predicate, predicateType, predicate };
}

async function readJson(path: string): Promise<JsonValue> {
  const bytes = await readFileBounded(path, LIMITS.documentBytesMax);
  return orThrow(parseJson(bytes, { bytesMax: LIMITS.documentBytesMax }));
}

/** A schema that cannot be followed to the letter is refused, and nothing is signed. */
function checkSchema(
  schema: JsonValue,
  predicate: JsonObject,
  { predicate: file, schema: name }: AttestCall['options'],
): void {
  const unread = new Failure(
    'UNSUPPORTED',
    `${name} is no JSON Schema that is read`,
    'Simplify it.',
  );
  // mutant attested-against-no-schema by attest: condition -> false
  if (!isJsonObject(schema)) throw unread;
  let result: ReturnType<z.ZodType['safeParse']>;
  try {
    result = z
      .fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
      .safeParse(predicate);
  } catch {
    throw unread;
  }
  // mutant attested-against-its-schema by attest: condition -> true
  if (result.success) return;
  const why = z.prettifyError(result.error).replaceAll('\n', ' ').slice(0, 300);
  throw new Failure('MALFORMED', `${file} does not follow ${name}: ${why}`, 'Correct it.');
}
