import { setTimeout as pause } from 'node:timers/promises';
import {
  encodeStatement,
  findPredicate,
  IN_TOTO_TYPE,
} from '../../capabilities/attestation/index.ts';
import { openImage, parsePlatform } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  type ImageReference,
} from '../../core/image-reference.ts';
import { toInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { orThrow } from '../../core/result.ts';
import {
  type AttachedDocument,
  gatherImage,
  readContent,
  type TrustMaterial,
} from '../../gates/image-evidence/index.ts';
import { attachDocument, toStatement } from '../../phases/build/index.ts';
import { openSigningKey } from '../compose/key-stores.ts';
import {
  pushCosignAttestation,
  pushStatement,
  type SigstoreSigning,
} from '../compose/sign-sigstore.ts';
import { platformHere } from '../compose/take-inventory.ts';
import { loadTrust } from '../compose/trust.ts';
import type { SignerTerms } from '../compose/vouching.ts';
import { type AttachTarget, openAttachTarget } from './attach-target.ts';
import { loadCallConfig } from './call-config.ts';
import { formatStanding, toLine } from './commands/standing-output.ts';
import type { SignatureFormat } from './options/signing.ts';
import type { StatingCall } from './options/statements.ts';
import { type Block, showLine } from './report/block.ts';
import { type Report, toValue } from './report/report.ts';
import {
  describeIdentity,
  isNotaryForm,
  listForms,
  openVouching,
  showIdentity,
} from './vouching.ts';

/** What is stated, once it is known about what. */
export interface Statable {
  readonly predicateType: string;
  readonly fileName: string;
  /** It is about one platform of an index; absent: as the type of its predicate says. */
  readonly isOfPlatform?: boolean;
  readonly state: (place: StatedPlace) => Promise<JsonObject>;
}

/** About what a statement will be, and who is trusted there. */
export interface StatedPlace {
  readonly subject: Digest;
  readonly descriptor: Descriptor;
  /** Normalised. */
  readonly repository: string;
  readonly trust: TrustMaterial;
  readonly target: AttachTarget['target'];
  /** As it was named: of an index where a platform of it is meant. */
  readonly reference: ImageReference;
}

/** A statement that was signed and attached. */
export interface MadeStatement {
  readonly about: StatementFacts;
  readonly subject: Digest;
  readonly made: { readonly manifest: string; readonly signature: string | null };
  /** As the gates see it; undefined where none reads it. */
  readonly found: AttachedDocument | undefined;
}

/**
 * States something about an image. The statement is read as the gates read it before it is signed:
 * one that no gate could use as what it claims to be is refused.
 */
export async function makeStatement(call: StatingCall, stated: Statable): Promise<MadeStatement> {
  const config = await loadCallConfig(call);
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
    const subject = await chooseSubject(call, opened, stated);
    const repository = formatRepository(reference);
    const about = { subject: subject.digest, descriptor: subject, repository };
    const predicate = await stated.state({ ...about, trust, target, reference });
    const statement = toStatement(subject.digest, { ...stated, predicate });
    const bytes = encodeStatement(statement);
    const names = { member: subject.digest, names: new Set([subject.digest]) };
    const content = readContent(bytes, names, 'statement');
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
              { mediaType: IN_TOTO_TYPE, bytes, fileName: stated.fileName },
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
    const named = { image: formatImageReference(pinned), predicateType: stated.predicateType };
    const identity = sigstore?.identity ?? null;
    return { about: { ...named, format, identity }, subject: subject.digest, made, found };
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

/** SBOMs and scans are about one platform; all else is about what was named. */
async function chooseSubject(
  { options, signal }: StatingCall,
  { target, reference }: AttachTarget,
  stated: Statable,
): Promise<Descriptor> {
  const resolved = orThrow(await target.resolve(reference, { signal }));
  const { platform } = options;
  const isOfPlatform = stated.isOfPlatform ?? findPredicate(stated.predicateType)?.isOfPlatform;
  if (platform === undefined && isOfPlatform !== true) return toBare(resolved);
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

export interface StatementFacts {
  readonly image: string;
  readonly predicateType: string;
  readonly format: SignatureFormat;
  readonly identity: SignerTerms['identity'];
}

/** States something about an image, and shows it. */
export async function stateAbout(
  call: StatingCall,
  stated: Statable,
  schema: 'attest' | 'provenance-runner' = 'attest',
): Promise<Report> {
  const statement = await makeStatement(call, stated);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue(schema, () => describeStatement(statement)),
    blocks: () => showStatement(statement),
  };
}

export function describeStatement({ about, made, found }: MadeStatement) {
  const { image, predicateType, format, identity } = about;
  const { manifest: attestation, signature } = made;
  const line = found === undefined ? null : toLine(found.standing, []);
  return {
    ...{ image, predicateType, attestation, signature, format },
    kind: found?.kind ?? null,
    standing: line?.standing ?? null,
    reason: line === null ? UNREAD : line.reason,
    ...describeIdentity(identity),
  };
}

export function showStatement({ about, made, found }: MadeStatement): readonly Block[] {
  const { image, predicateType, identity } = about;
  const { manifest, signature } = made;
  const line = found === undefined ? null : toLine(found.standing, []);
  return [
    showLine(`attested ${image}`),
    showLine(`statement ${manifest} (${predicateType})`),
    ...(signature === null ? [] : [showLine(`signature ${signature}`)]),
    ...showIdentity(identity),
    showLine(...(line === null ? [UNREAD] : formatStanding(found?.kind ?? 'other', line))),
  ];
}

const UNREAD = 'no gate reads this statement';
