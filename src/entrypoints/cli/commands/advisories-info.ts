import { formatInstant } from '../../../core/instant.ts';
import { openAdvisories, verifyAdvisories } from '../../compose/compose.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';

export async function run(call: Call): Promise<ExitCode> {
  const config = loadCallConfig(call);
  const isVerified = call.options.flag('verify');
  if (isVerified) await verifyAdvisories(config);
  const { index, close } = await openAdvisories(config);
  try {
    const info = index.info();
    const formatTime = (at: typeof info.importedAt): string | null =>
      at === null ? null : formatInstant(at);
    const result = {
      ...info,
      verified: isVerified,
      newest: formatTime(info.newest),
      importedAt: formatTime(info.importedAt),
    };
    if (wantsJson(call)) call.io.out(`${JSON.stringify(result, null, 2)}\n`);
    else {
      const sample =
        info.source === 'sample'
          ? ' (a sample for trying out: import real data with waybill advisories import)'
          : '';
      call.io.out(
        `source: ${info.source}${sample}\nadvisories: ${info.count}, ${info.rejected} rejected\n`,
      );
      call.io.out(
        `imported: ${result.importedAt ?? 'never'}\nnewest record: ${result.newest ?? 'unknown'}\n`,
      );
      if (isVerified)
        call.io.out('verified: every record is there, and every index agrees with its table\n');
      call.io.out(`ecosystems: ${info.ecosystems.join(', ')}\n`);
    }
    return 0;
  } finally {
    close();
  }
}
