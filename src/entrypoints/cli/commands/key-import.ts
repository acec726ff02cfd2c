import { resolve } from 'node:path';
import { formatInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { openEnrolment } from '../../compose/key-stores.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';

/** The chain must be of this key, complete, and good for signing; else nothing is stored. */
export async function run(call: Call): Promise<ExitCode> {
  const [key = '', file = ''] = call.args;
  const { enrolment, name } = orThrow(await openEnrolment(loadCallConfig(call), key));
  const pem = await readFileBounded(resolve(call.io.cwd, file), LIMITS.configBytesMax);
  orThrow(await enrolment.addChain(name, Buffer.from(pem).toString('latin1')));
  const stored =
    orThrow(await enrolment.list()).find((one) => one.name === name)?.certificate ?? null;
  const certificate =
    stored === null ? null : { ...stored, validUntil: formatInstant(stored.validUntil) };
  if (wantsJson(call)) call.io.out(`${JSON.stringify({ name, certificate }, null, 2)}\n`);
  else
    call.io.out(`key ${name} signs as ${certificate?.subject}, until ${certificate?.validUntil}\n`);
  return 0;
}
