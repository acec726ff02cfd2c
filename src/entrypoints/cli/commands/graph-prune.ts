import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { formatAnswerInstant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { listRemovableKinds, openLedger, requireGraph } from '../../compose/graph.ts';
import { loadCallConfig } from '../call-config.ts';
import { parseMomentOrAge } from '../durations.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { GraphPruneCall } from '../options/graph.ts';
import { showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Removes old documents of the kinds that pile up, and makes the graph again without them. */
export async function run(call: GraphPruneCall): Promise<Report> {
  const { olderThan, kind, dryRun } = call.options;
  const removable = await listRemovableKinds();
  const kinds = removable.filter((one) => kind.length === 0 || kind.includes(one));
  const odd = kind.find((one) => !removable.some((known) => known === one));
  // mutant retention-of-any-kind by graph-retention: condition -> false
  if (odd !== undefined)
    throw new Failure(
      'USAGE',
      `documents of the kind ${odd} are never removed`,
      `Name ${removable.join(', ')}.`,
    );
  const config = await loadCallConfig(call);
  requireGraph(config);
  const now = toInstant(Date.now());
  const before = parseMomentOrAge(olderThan, now);
  const why = `waybill graph prune --older-than ${olderThan}`;
  const ledger = await openLedger(config);
  const rule = { kinds, before, now, why, isTrial: dryRun };
  const told = orThrow(
    await ledger.log
      .retain(rule, startProgress(call.io, 'documents replayed'))
      .finally(ledger.close),
  );
  clearProgress(call.io);
  const { entries, bytes, byKind, kept, more } = told;
  const verb = dryRun ? 'would be removed' : 'removed';
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('graph-prune', () => ({
      ...{ before: formatAnswerInstant(before), dryRun, documents: entries, bytes, byKind },
      ...{ kept, more },
    })),
    blocks: () => [
      showLine(
        `${formatCount(entries, 'document')} ${verb}, ${formatCount(bytes, 'byte')}; ` +
          `${formatCount(kept, 'older document')} stay, because the present rests on them`,
      ),
      ...(entries === 0
        ? []
        : [
            showTable(
              ['DOCUMENTS', 'KIND'],
              Object.entries(byKind).map(([name, count]) => [String(count), name]),
            ),
          ]),
      ...(more ? [showLine('there are more: run it again')] : []),
    ],
  };
}
