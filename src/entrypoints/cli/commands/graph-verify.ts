import { isAhead } from '../../../capabilities/evidence/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { formatAnswerInstant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openLedger, openQuestions, requireGraph } from '../../compose/graph.ts';
import { openLogKeeper, requireContinuation, requireKept } from '../../compose/log-checkpoint.ts';
import { loadCallConfig } from '../call-config.ts';
import { sayNote } from '../io.ts';
import { readNamedCheckpoint } from '../named-checkpoint.ts';
import type { GraphVerifyCall } from '../options/graph.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { verifyProof } from '../verify-proof.ts';

/** Ends with 0 if the log is unchanged; STORE_CORRUPT names the first position that changed. */
export async function run(call: GraphVerifyCall): Promise<Report> {
  const { proof, since, checkpoint, document } = call.options;
  if (proof !== undefined) {
    if (since !== undefined) throw refuseTogether('--since', 'write --checkpoint with --proof');
    return verifyProof(call, proof);
  }
  if (checkpoint !== undefined) throw refuseTogether('--checkpoint', 'write --since for a log');
  if (document !== undefined) throw refuseTogether('--document', 'name the proof: --proof');
  const config = await loadCallConfig(call);
  requireGraph(config);
  const log = await openQuestions(config);
  const ledger = await openLedger(config);
  try {
    const verified = orThrow(await ledger.log.verify());
    const { size, root } = verified;
    const latest = orThrow(await log.latest());
    const isKnown = verified.ahead.some(({ position }) => position === latest?.position);
    // mutant last-entry-of-a-clock-ahead by log-clock: condition -> false
    const last =
      latest !== null && !isKnown && isAhead(latest, toInstant(Date.now())) ? [latest] : [];
    const ahead = [...verified.ahead, ...last].map(({ position, recordedAt }) => {
      return { position, recordedAt: formatAnswerInstant(recordedAt) };
    });
    for (const { position, recordedAt } of ahead.slice(0, 20))
      sayNote(
        call.io,
        `position ${position} is stamped ${recordedAt}, later than what follows it, or than now: ` +
          'the clock was ahead then\n',
      );
    const keeper = await openLogKeeper(config);
    await requireKept(log, keeper);
    if (since !== undefined) {
      const before = await readNamedCheckpoint(call, since, keeper);
      await requireContinuation(log, before);
      sayNote(call.io, `the log begins with the ${before.size} entries of the checkpoint\n`);
    }
    const head = { size, root: Buffer.from(root).toString('hex') };
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('graph-verify', () => ({ verified: true, ...head, ahead })),
      blocks: () => [showLine(`${formatCount(size, 'document')} verified, root ${head.root}`)],
    };
  } finally {
    await ledger.close();
    await log.close();
  }
}

function refuseTogether(option: string, how: string): Failure {
  return new Failure('USAGE', `${option} says nothing here`, `Leave it out, or ${how}.`);
}
