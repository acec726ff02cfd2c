import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import {
  buildRunnerPredicate,
  encodeRunnerParts,
  verifyRunner,
} from '../../capabilities/attestation/index.ts';
import {
  type BuildJob,
  findMachineRules,
  type MachineRule,
  readMachineAnswer,
  requestTimestamp,
  toMachineNonce,
} from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow, type Result } from '../../core/result.ts';
import type { TrustMaterial } from '../../gates/image-evidence/index.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import type { VouchingPlace } from './vouching.ts';

/** Where the proofs of a statement about a runner come from. */
export interface RunnerSources {
  readonly job: BuildJob;
  /** azure, or a file with the answer of its metadata service. */
  readonly machine: string;
  /** Address of the timestamp authority. */
  readonly timeFrom: string;
}

/**
 * The predicate about the runner that made `subject`: the document of the machine is asked for
 * with a nonce of the subject, and a timestamp is taken over job, machine and subject together. All
 * is verified as the gates do it before anything is signed.
 */
export async function stateRunner(
  { job, machine, timeFrom }: RunnerSources,
  about: {
    readonly subject: Digest;
    readonly repository: string;
    readonly trust: TrustMaterial;
  },
  place: VouchingPlace,
): Promise<JsonObject> {
  const { subject, repository, trust } = about;
  const document = await takeDocument(machine, subject, place);
  const parts = { job, document };
  let refusal: Failure | null = null;
  for (const rule of findMachineRules(trust.document, repository)) {
    const stores = openStores(rule, trust);
    const named = { ...parts, cloud: rule.cloud };
    const stamped = encodeRunnerParts(subject, named);
    const timestamp = orThrow(
      await takeTimestamp(timeFrom, stamped, orThrow(stores.stampers), place),
    );
    const statement = { ...named, timestamp };
    const proven = verifyRunner(statement, subject, { rule, ...stores });
    orThrow(proven.time);
    orThrow(proven.job);
    // mutant runner-on-a-machine-that-is-not-allowed by provenance-runner: operand 2 -> false
    if (proven.machine.ok && proven.machine.value.allowed) return buildRunnerPredicate(statement);
    refusal ??= proven.machine.ok
      ? new Failure(
          'EVIDENCE_REJECTED',
          `the subscription ${proven.machine.value.subscription} is not one of ${rule.id}`,
          'Build on a machine of an allowed subscription, or allow it in the trust document.',
        )
      : proven.machine.failure;
  }
  throw (
    refusal ??
    new Failure(
      'USAGE',
      `the trust document says of no machine that it may build for ${repository}`,
      'Name them under machines: docs/reference/trust.md.',
    )
  );
}

async function takeDocument(
  source: string,
  subject: Digest,
  place: VouchingPlace,
): Promise<Uint8Array> {
  if (source !== 'azure') {
    const path = resolve(place.cwd, source);
    return orThrow(readMachineAnswer(await readFileBounded(path, LIMITS.machineDocumentBytesMax)));
  }
  const { takeAzureDocument } = await import('../../adapters/machine-http/index.ts');
  return takeAzureDocument(toMachineNonce(subject), place);
}

function openStores({ authority, timestamps }: MachineRule, { notary }: TrustMaterial) {
  const find = (name: string) => {
    const store = notary.stores.get(name);
    if (store === undefined) throw new Failure('INTERNAL', `${name} was not read`, 'Report this.');
    return store;
  };
  return { authorities: find(authority), stampers: find(timestamps) };
}

async function takeTimestamp(
  url: string,
  bytes: Uint8Array,
  roots: Parameters<typeof requestTimestamp>[1]['roots'],
  { env, signal }: VouchingPlace,
): Promise<Result<Uint8Array>> {
  const { openTimestampAuthority } = await import('../../adapters/timestamp-http/index.ts');
  return requestTimestamp(bytes, {
    authority: openTimestampAuthority({ url, env, signal }),
    roots,
    nonce: randomBytes(16),
    now: toInstant(Date.now()),
  });
}
