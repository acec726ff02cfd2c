import { resolve } from 'node:path';
import { formatAnswerInstant, shortenInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { openEnrolment } from '../../compose/key-stores.ts';
import { loadCallConfig } from '../call-config.ts';
import type { KeyImportCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** The chain must belong to this key, be complete, and allow signing; else nothing is stored. */
export async function run(call: KeyImportCall): Promise<Report> {
  const [key = '', file = ''] = call.args;
  const { enrolment, name } = orThrow(
    await openEnrolment(await loadCallConfig(call), key, call.io.env),
  );
  const pem = await readFileBounded(resolve(call.io.cwd, file), LIMITS.configBytesMax);
  orThrow(await enrolment.addChain(name, Buffer.from(pem).toString('latin1')));
  const stored =
    orThrow(await enrolment.list()).find((one) => one.name === name)?.certificate ?? null;
  const certificate =
    stored === null ? null : { ...stored, validUntil: formatAnswerInstant(stored.validUntil) };
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('key-import', () => ({ name, certificate })),
    blocks: () => {
      const until = certificate === null ? 'unknown' : shortenInstant(certificate.validUntil);
      return [showLine(`key ${name} signs as ${certificate?.subject}, until ${until}`)];
    },
  };
}
