import { join } from 'node:path';
import { formatAnswerInstant, formatInstant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { openEnrolment } from '../../compose/key-stores.ts';
import { loadCallConfig } from '../call-config.ts';
import type { KeyGenerateCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { requestKey } from '../request-key.ts';

const TRIAL_MS = 365 * 86_400_000;
/** The certificate must already be valid for a clock that runs behind ours. */
const BACKDATED_MS = 5 * 60_000;

export async function run(call: KeyGenerateCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const { enrolment, name } = orThrow(
    await openEnrolment(config, call.args[0] ?? 'default', call.io.env),
  );
  const { subject, algorithm: kind, encrypt } = call.options;
  if (call.options.request) {
    const file = await requestKey(config, enrolment, { name, subject, kind, encrypt });
    return reportKey({ name, subject, request: file }, [
      `key ${name} waits for its certificate; request: ${file}`,
    ]);
  }
  const now = Date.now();
  const validUntil = toInstant(now + TRIAL_MS);
  const { rootPem } = orThrow(
    await enrolment.createTrial({
      name,
      subject,
      kind,
      encrypt,
      validFrom: toInstant(now - BACKDATED_MS),
      validUntil,
    }),
  );
  const root = join(config.keys, `${name}.root.crt`);
  writeWhole(root, new TextEncoder().encode(rootPem));
  const next =
    `waybill trust add --certificate ${root} --store ${name} --identity "${subject}" ` +
    '--repository "registry.example.com/team/*"';
  const until = formatInstant(validUntil);
  return reportKey({ name, subject, root, validUntil: formatAnswerInstant(validUntil) }, [
    `key ${name} for ${subject}, valid until ${until}; for trials, not for production`,
    `root certificate: ${root}`,
    `next: ${next}`,
  ]);
}

function reportKey(result: SchemaValue<'key-generate'>, lines: readonly string[]): Report {
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('key-generate', () => result),
    blocks: () => lines.map((one) => showLine(one)),
  };
}
