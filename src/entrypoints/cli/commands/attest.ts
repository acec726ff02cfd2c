import { basename, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import {
  encodeStatement,
  findPredicate,
  IN_TOTO_TYPE,
} from '../../../capabilities/attestation/index.ts';
import { openImage, parsePlatform } from '../../../capabilities/registry/index.ts';
import type { Descriptor } from '../../../core/descriptor.ts';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference, formatRepository } from '../../../core/image-reference.ts';
import { toInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import {
  type AttachedDocument,
  gatherImage,
  readContent,
} from '../../../gates/image-evidence/index.ts';
import { attachDocument } from '../../../phases/build/index.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import {
  pushCosignAttestation,
  pushStatement,
  type SigstoreSigning,
  toStatement,
} from '../../compose/sign-sigstore.ts';
import { platformHere } from '../../compose/take-inventory.ts';
import { loadTrust } from '../../compose/trust.ts';
import type { SignerTerms } from '../../compose/vouching.ts';
import { type AttachTarget, openAttachTarget } from '../attach-target.ts';
import { loadCallConfig } from '../call-config.ts';
import type { AttestCall, SignatureFormat } from '../options/signing.ts';
import { parsePredicateType } from '../predicate-type.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import {
  describeIdentity,
  isNotaryForm,
  listForms,
  openVouching,
  showIdentity,
} from '../vouching.ts';
import { formatStanding, toLine } from './standing-output.ts';

/**
 * States something about an image. The statement is read as the gates read it before it is signed:
 * one that no gate could use as what it claims to be is refused.
 */
export async function run(call: AttestCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const stated = await readPredicate(call);
  const [format = 'notary-jws'] = listForms(call.options);
  const isNotary = isNotaryForm(format);
  const key = call.options.keyless
    ? null
    : orThrow(await openSigningKey(config, call.options.key, call.io.env));
  const sigstore = isNotary ? null : await openVouching(call, config, key);
  const trust = orThrow(await loadTrust(config));
  const opened = await openAttachTarget(
    call.args[0] ?? '',
    { io: call.io, as: call.options.as },
    config,
  );
  const { target, reference, close } = opened;
  try {
    const options = { signal: call.signal };
    const subject = await chooseSubject(call, opened, stated.predicateType);
    const statement = toStatement(subject.digest, stated);
    const bytes = encodeStatement(statement);
    const named = { member: subject.digest, names: new Set([subject.digest]) };
    const content = readContent(bytes, named, 'statement');
    // mutant attested-what-no-gate-can-read by attest: condition -> false
    if (content.kind === 'unreadable') throw content.cause;
    const pinned = { ...reference, digest: subject.digest };
    const signedAt = toInstant(Date.now());
    const place = { client: target, reference, subject, signedAt, options };
    const made =
      sigstore === null && key !== null
        ? orThrow(
            await attachDocument(
              pinned,
              { mediaType: IN_TOTO_TYPE, bytes, fileName: `${basename(stated.file)}.intoto.json` },
              { target, key, trust, now: () => toInstant(Date.now()), pause },
              { ...options, isWhole: true },
            ),
          )
        : { manifest: await pushAs(format, place, sigstore, statement), signature: null };
    const ports = { source: target, trust };
    const seen = orThrow(await gatherImage(pinned, toInstant(Date.now()), ports, options));
    const found = seen.documents.items.find(
      (one) =>
        one.manifest.digest === made.manifest && one.content.predicateType === stated.predicateType,
    );
    const about = { image: formatImageReference(pinned), predicateType: stated.predicateType };
    const identity = sigstore?.identity ?? null;
    return showResult({ ...about, format, identity }, made, found);
  } finally {
    close();
  }
}

async function pushAs(
  format: SignatureFormat,
  place: Omit<SigstoreSigning, 'terms'>,
  signer: SignerTerms | null,
  statement: Parameters<typeof pushStatement>[1],
): Promise<Descriptor['digest']> {
  if (signer === null) throw new Failure('INTERNAL', 'nobody signs', 'Report this.');
  const signing = { ...place, terms: signer.terms };
  const push = format === 'cosign-legacy' ? pushCosignAttestation : pushStatement;
  return orThrow(await push(signing, statement)).digest;
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

/** SBOMs and scans are about one platform; all else is about what was named. */
async function chooseSubject(
  { options, signal }: AttestCall,
  { target, reference }: AttachTarget,
  predicateType: string,
): Promise<Descriptor> {
  const resolved = orThrow(await target.resolve(reference, { signal }));
  const { platform } = options;
  const isOfPlatform = findPredicate(predicateType)?.isOfPlatform === true;
  if (platform === undefined && !isOfPlatform) return toBare(resolved);
  const chosen = orThrow(
    await openImage(target, formatRepository(reference), resolved, {
      signal,
      preferred: platformHere(),
      ...(platform === undefined ? {} : { platform: orThrow(parsePlatform(platform)) }),
    }),
  );
  return toBare(chosen.descriptor);
}

function toBare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

interface StatementFacts {
  readonly image: string;
  readonly predicateType: string;
  readonly format: SignatureFormat;
  readonly identity: SignerTerms['identity'];
}

function showResult(
  { image, predicateType, format, identity }: StatementFacts,
  made: { readonly manifest: string; readonly signature: string | null },
  found: AttachedDocument | undefined,
): Report {
  const line = found === undefined ? null : toLine(found.standing, []);
  const { manifest, signature } = made;
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('attest', () => ({
      ...{ image, predicateType, attestation: manifest, signature, format },
      kind: found?.kind ?? null,
      standing: line?.standing ?? null,
      reason: line === null ? UNREAD : line.reason,
      ...describeIdentity(identity),
    })),
    blocks: () => [
      showLine(`attested ${image}`),
      showLine(`statement ${manifest} (${predicateType})`),
      ...(signature === null ? [] : [showLine(`signature ${signature}`)]),
      ...showIdentity(identity),
      showLine(...(line === null ? [UNREAD] : formatStanding(found?.kind ?? 'other', line))),
    ],
  };
}

const UNREAD = 'no gate reads this statement';
