import { formatNoteVerifier } from '../../../capabilities/evidence/index.ts';
import { orThrow } from '../../../core/result.ts';
import { openLedger, openQuestions } from '../../compose/graph.ts';
import { openLogKeeper, signHead } from '../../compose/log-checkpoint.ts';
import { loadCallConfig } from '../call-config.ts';
import { sayNote } from '../io.ts';
import type { GraphCheckpointCall } from '../options/graph.ts';
import type { Report } from '../report/report.ts';

/** Verifies the whole log, and signs its size and root. */
export async function run(call: GraphCheckpointCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const log = await openQuestions(config);
  const ledger = await openLedger(config);
  try {
    orThrow(await ledger.log.verify());
    const keeper = await openLogKeeper(config);
    const note = await signHead(log, keeper);
    sayNote(call.io, `verify it with the key ${formatNoteVerifier(keeper.verifier)}\n`);
    return { kind: 'lines', lines: splitLines(note) };
  } finally {
    await ledger.close();
    await log.close();
  }
}

/** The lines of a document that ends with a line feed. */
export async function* splitLines(text: string): AsyncGenerator<string> {
  yield* text.slice(0, -1).split('\n');
}
