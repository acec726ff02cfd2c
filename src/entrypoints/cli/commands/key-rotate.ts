import type { KeyInfo } from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { formatAnswerInstant, shortenInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openEnrolment } from '../../compose/key-stores.ts';
import { loadCallConfig } from '../call-config.ts';
import type { KeyRotateCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { requestKey } from '../request-key.ts';

/**
 * A new key for the identity of an old one. The old key stays as it is: what it signed still
 * counts, and it signs until the new one has its certificate.
 */
export async function run(call: KeyRotateCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const old = call.args[0] ?? '';
  const { enrolment, name } = orThrow(await openEnrolment(config, old, call.io.env));
  const keys = orThrow(await enrolment.list());
  const certificate = keys.find((key) => key.name === name)?.certificate ?? null;
  if (certificate === null)
    throw new Failure(
      'FILE_NOT_FOUND',
      `there is no key ${name} with a certificate`,
      'See those there are: waybill key list. Make the first one: waybill key request.',
    );
  const next = call.options.to ?? chooseName(name, keys);
  const { subject } = certificate;
  const { algorithm: kind, encrypt } = call.options;
  const request = await requestKey(config, enrolment, { name: next, subject, kind, encrypt });
  const validUntil = formatAnswerInstant(certificate.validUntil);
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('key-rotate', () => ({
      ...{ name: next, subject, request },
      replaces: { name, thumbprint: certificate.thumbprint, validUntil },
    })),
    blocks: () => [
      showLine(`key ${next} waits for its certificate; request: ${request}`),
      showLine(`next: give it to your authority, then waybill key import ${next} CHAIN.pem`),
      showLine(`until then ${name} signs, at most until ${shortenInstant(validUntil)}`),
    ],
  };
}

/** `release`, then `release-2`, then `release-3`. */
function chooseName(name: string, keys: readonly KeyInfo[]): string {
  const [, base = name, count = '1'] = /^(.{1,90})-(\d{1,4})$/.exec(name) ?? [];
  const taken = new Set(keys.map((key) => key.name));
  let number = Number(count) + 1;
  while (taken.has(`${base}-${number}`)) number++;
  return `${base}-${number}`;
}
