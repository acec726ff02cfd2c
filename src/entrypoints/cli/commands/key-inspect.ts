import { resolve } from 'node:path';
import {
  type Certificate,
  computeKeyId,
  parseCertificate,
  parseCertificates,
} from '../../../capabilities/signing/index.ts';
import { formatAnswerInstant, shortenInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import { findFilePath } from '../../compose/targets.ts';
import { loadCallConfig } from '../call-config.ts';
import type { KeyInspectCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/** The certificates of a key of any store, or of a file, leaf first. */
export async function run(call: KeyInspectCall): Promise<Report> {
  const name = call.args[0] ?? '';
  const certificates = await readCertificates(call, name);
  const shown = certificates.map((one) => describeCertificate(one, certificates));
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('key-inspect', () => ({ name, certificates: shown })),
    blocks: () => shown.flatMap(listLines).map((line) => showLine(line)),
  };
}

async function readCertificates(call: KeyInspectCall, name: string) {
  const path = findFilePath(name, call.io.cwd);
  if (path !== null) {
    const pem = await readFileBounded(resolve(path), LIMITS.configBytesMax);
    return orThrow(parseCertificates(pem));
  }
  const config = await loadCallConfig(call);
  const { chain } = orThrow(await openSigningKey(config, name, call.io.env));
  return chain.map((der) => orThrow(parseCertificate(der)));
}

type CertificateReport = SchemaValue<'key-inspect'>['certificates'][number];

function describeCertificate(one: Certificate, all: readonly Certificate[]): CertificateReport {
  const issuer = all.find(({ subjectDer }) => Buffer.from(subjectDer).equals(one.issuerDer));
  return {
    subject: one.subjectText,
    issuer: issuer?.subjectText ?? null,
    algorithm: one.algorithm,
    thumbprint: one.thumbprint,
    key: computeKeyId(one.publicKey),
    validFrom: formatAnswerInstant(one.notBefore),
    validUntil: formatAnswerInstant(one.notAfter),
  };
}

function listLines(one: CertificateReport): readonly string[] {
  const { subject, issuer, algorithm, thumbprint, key, validFrom, validUntil } = one;
  const by = issuer === subject ? 'itself' : (issuer ?? 'an authority that is not in the chain');
  return [
    subject,
    `  issued by ${by}`,
    `  valid ${shortenInstant(validFrom)} to ${shortenInstant(validUntil)}`,
    `  signs with ${algorithm ?? 'nothing that may sign here (N16)'}`,
    `  thumbprint ${thumbprint}`,
    `  key ${key}`,
  ];
}
