import { existsSync } from 'node:fs';
import {
  type FactGatherer,
  listTrustedKeys,
  type NotaryTrust,
  parseTrust,
  type SigstoreTrust,
  type TrustDocument,
  type TrustedRoot,
} from '../../capabilities/signing/index.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { TrustMaterial } from '../../gates/image-evidence/index.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import type { Config } from './config.ts';

export interface TrustParts {
  readonly document: TrustDocument;
  readonly notary: Result<NotaryTrust>;
  /** Those that the document names. */
  readonly roots: SigstoreTrust['roots'];
  /** The trust stores that its entries about machines name. */
  readonly machineStores: NotaryTrust['stores'];
  readonly gatherer: FactGatherer;
}

/** The trust document together with notation's trust policy and stores, and the trusted roots. */
export function buildTrustMaterial(config: Config, parts: TrustParts): Result<TrustMaterial> {
  const { document, roots, gatherer } = parts;
  const known = orEmptyPolicy(document, parts.notary);
  if (!known.ok) return failed(replaceRemedy(known.failure, config));
  const stores = new Map([...known.value.stores, ...parts.machineStores]);
  const notary = { ...known.value, stores };
  const digest = sha256(
    [
      document.digest,
      formatPlain(notary.policy),
      ...[...notary.stores].map(formatStore),
      ...[...roots].map(formatRoot),
    ].join('\n'),
  );
  const sigstore = { roots, keys: listTrustedKeys(document) };
  return ok({ notary, sigstore, document, gatherer, digest });
}

/** Who trusts only signers of sigstore needs no policy of notation. */
function orEmptyPolicy(document: TrustDocument, notary: Result<NotaryTrust>): Result<NotaryTrust> {
  const isAbsent = !notary.ok && notary.failure.code === 'FILE_NOT_FOUND';
  const signers = document.rules.flatMap((rule) => rule.signers);
  const needs = signers.every(({ kind }) => kind === 'subject' || kind === 'certificate');
  return isAbsent && !needs ? ok({ policy: { statements: [] }, stores: new Map() }) : notary;
}

function formatRoot([name, root]: readonly [string, Result<TrustedRoot>]): string {
  return `${name} ${root.ok ? root.value.digest : root.failure.message}`;
}

/** The trust document of the settings. */
export function readTrustDocument(config: Config): Result<TrustDocument> {
  const text = readDocument(config.trust);
  return text.ok ? parseTrust(text.value) : text;
}

export function readDocument(path: string): Result<string> {
  const remedy =
    'Name it with --trust, --policy or a --config that names it, or write one: waybill trust ' +
    'add --help, waybill policy show --default.';
  if (!existsSync(path))
    return failed(new Failure('FILE_NOT_FOUND', `${path} does not exist`, remedy));
  try {
    return ok(Buffer.from(readSmallFile(path, LIMITS.configBytesMax)).toString('utf8'));
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

function replaceRemedy(failure: Failure, config: Config): Failure {
  if (failure.code !== 'FILE_NOT_FOUND') return failure;
  const remedy = 'Add trust: waybill trust add, or name a folder of notation with --notation.';
  return new Failure('FILE_NOT_FOUND', `there is no trust policy in ${config.notation}`, remedy, {
    cause: failure,
  });
}

function formatStore([name, certificates]: readonly [
  string,
  NotaryTrust['stores'] extends ReadonlyMap<string, infer S> ? S : never,
]): string {
  const content = certificates.ok
    ? certificates.value.map(({ thumbprint }) => thumbprint).join()
    : certificates.failure.message;
  return `${name} ${content}`;
}

function formatPlain(value: object): string {
  return JSON.stringify(value, (_key, item: unknown) => (item instanceof Map ? [...item] : item));
}
