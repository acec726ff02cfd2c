import { orThrow } from '../../../core/result.ts';
import { openLedger, requireGraph } from '../../compose/compose.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';

/** 0 when the log is what it was; STORE_CORRUPT names the first position that is not. */
export async function run(call: Call): Promise<ExitCode> {
  const config = loadCallConfig(call);
  requireGraph(config);
  const ledger = await openLedger(config);
  try {
    const { size, root } = orThrow(await ledger.log.verify());
    const head = { size, root: Buffer.from(root).toString('hex') };
    if (wantsJson(call)) call.io.out(`${JSON.stringify({ verified: true, ...head }, null, 2)}\n`);
    else call.io.out(`${size} documents verified, root ${head.root}\n`);
    return 0;
  } finally {
    await ledger.close();
  }
}
