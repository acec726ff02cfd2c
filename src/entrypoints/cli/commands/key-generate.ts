import { join } from 'node:path';
import type { KeyKind } from '../../../capabilities/signing/index.ts';
import { formatInstant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { openEnrolment } from '../../compose/key-stores.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';

const TRIAL_MS = 365 * 86_400_000;
/** A clock that runs behind ours must not find the certificate not valid yet. */
const BACKDATED_MS = 5 * 60_000;

export async function run(call: Call): Promise<ExitCode> {
  const config = loadCallConfig(call);
  const { enrolment, name } = orThrow(await openEnrolment(config, call.args[0] ?? 'default'));
  const subject = call.options.text('subject') ?? '';
  const kind = (call.options.text('algorithm') ?? 'p256') as KeyKind;
  if (call.options.flag('request')) {
    const { requestPem } = orThrow(await enrolment.createRequest({ name, subject, kind }));
    const file = join(config.keys, `${name}.csr`);
    writeWhole(file, new TextEncoder().encode(requestPem));
    return printResult(
      call,
      { name, subject, request: file },
      `key ${name} waits for its certificate; request: ${file}`,
    );
  }
  const now = Date.now();
  const validUntil = toInstant(now + TRIAL_MS);
  const { rootPem } = orThrow(
    await enrolment.createTrial({
      name,
      subject,
      kind,
      validFrom: toInstant(now - BACKDATED_MS),
      validUntil,
    }),
  );
  const root = join(config.keys, `${name}.root.crt`);
  writeWhole(root, new TextEncoder().encode(rootPem));
  const next =
    `waybill trust add --certificate ${root} --store ${name} --identity "${subject}" ` +
    '--repository "registry.example.com/team/*"';
  const text =
    `key ${name} for ${subject}, valid until ${formatInstant(validUntil)}; for trying out, not ` +
    `for production\nroot certificate: ${root}\nnext: ${next}`;
  return printResult(call, { name, subject, root, validUntil: formatInstant(validUntil) }, text);
}

function printResult(call: Call, result: object, text: string): ExitCode {
  call.io.out(wantsJson(call) ? `${JSON.stringify(result, null, 2)}\n` : `${text}\n`);
  return 0;
}
