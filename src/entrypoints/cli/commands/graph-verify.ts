import { formatCount } from '../../../core/count.ts';
import { orThrow } from '../../../core/result.ts';
import { openLedger, requireGraph } from '../../compose/graph.ts';
import { loadCallConfig } from '../call-config.ts';
import type { GraphVerifyCall } from '../options/graph.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Ends with 0 if the log is unchanged; STORE_CORRUPT names the first position that changed. */
export async function run(call: GraphVerifyCall): Promise<Report> {
  const config = await loadCallConfig(call);
  requireGraph(config);
  const ledger = await openLedger(config);
  try {
    const { size, root } = orThrow(await ledger.log.verify());
    const head = { size, root: Buffer.from(root).toString('hex') };
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('graph-verify', () => ({ verified: true, ...head })),
      blocks: () => [showLine(`${formatCount(size, 'document')} verified, root ${head.root}`)],
    };
  } finally {
    await ledger.close();
  }
}
