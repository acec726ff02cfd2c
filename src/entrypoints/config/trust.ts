import { existsSync } from 'node:fs';
import {
  type FactGatherer,
  type NotaryTrust,
  parseTrust,
} from '../../capabilities/signing/index.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { TrustMaterial } from '../../gates/image-evidence/index.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import type { Config } from './config.ts';

/** The trust document together with notation's trust policy and stores. */
export function loadTrustMaterial(
  config: Config,
  notary: Result<NotaryTrust>,
  gatherer: FactGatherer,
): Result<TrustMaterial> {
  if (!notary.ok) return failed(replaceRemedy(notary.failure, config));
  const text = readDocument(config.trust);
  if (!text.ok) return text;
  const document = parseTrust(text.value);
  if (!document.ok) return document;
  const parts = [
    document.value.digest,
    formatPlain(notary.value.policy),
    ...[...notary.value.stores].map(formatStore),
  ];
  const digest = sha256(parts.join('\n'));
  return ok({ notary: notary.value, document: document.value, gatherer, digest });
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
