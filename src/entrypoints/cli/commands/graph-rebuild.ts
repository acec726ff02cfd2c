import { createHash } from 'node:crypto';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { openLedger, openQuestions } from '../../compose/graph.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { GraphRebuildCall } from '../options/graph.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/**
 * Replays the log. The canonical exports before and after must be equal; else the graph contained
 * facts without evidence.
 */
export async function run(call: GraphRebuildCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const before = await hashExport(config);
  const ledger = await openLedger(config);
  const progress = startProgress(call.io, 'documents replayed');
  const { documents } = orThrow(await ledger.log.rebuild(progress).finally(ledger.close));
  clearProgress(call.io);
  const after = await hashExport(config);
  const equal = before === after;
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('graph-rebuild', () => ({ documents, equal, export: after })),
    blocks: () => [
      showLine(
        `${formatCount(documents, 'document')} replayed; ` +
          `the graph is ${equal ? 'the same' : 'different'} ` +
          `(${after})`,
      ),
    ],
    failure: equal ? null : createDifferenceFailure(),
  };
}

function createDifferenceFailure(): Failure {
  return new Failure(
    'STORE_CORRUPT',
    'the graph did not agree with the log; now it does',
    'Report this with the output of waybill graph status.',
  );
}

async function hashExport(config: Config): Promise<string> {
  const reader = await openQuestions(config);
  try {
    const hash = createHash('sha256');
    for await (const line of reader.export()) hash.update(line).update('\n');
    return `sha256:${hash.digest('hex')}`;
  } finally {
    await reader.close();
  }
}
