import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { listKeys } from '../../compose/key-stores.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { formatTable } from '../io.ts';

export async function run(call: Call): Promise<ExitCode> {
  const keys = orThrow(await listKeys(loadCallConfig(call)));
  if (wantsJson(call)) {
    const shown = keys.map(({ name, certificate }) => ({
      name,
      certificate:
        certificate === null
          ? null
          : { ...certificate, validUntil: formatInstant(certificate.validUntil) },
    }));
    call.io.out(`${JSON.stringify({ keys: shown }, null, 2)}\n`);
    return 0;
  }
  if (keys.length === 0) call.io.err('no keys yet; make one: waybill key generate\n');
  else {
    const rows = keys.map(({ name, certificate }) => [
      name,
      certificate === null ? '-' : formatInstant(certificate.validUntil),
      certificate?.subject ?? 'waits for its certificate',
    ]);
    call.io.out(formatTable(['NAME', 'VALID UNTIL', 'SUBJECT'], rows));
  }
  return 0;
}
