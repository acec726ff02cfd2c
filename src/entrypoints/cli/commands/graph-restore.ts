import { restoreGraph } from '../../compose/graph.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { GraphRestoreCall } from '../options/graph.ts';
import type { Report } from '../report/report.ts';
import { reportCopy } from './graph-copy-output.ts';

/** Into an empty database, or one that has the beginning of the same log. */
export async function run(call: GraphRestoreCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const copied = await restoreGraph(config, call.options.from, call.io.cwd, {
    signal: call.signal,
    progress: startProgress(call.io, 'documents restored'),
  });
  clearProgress(call.io);
  return reportCopy('graph-restore', copied);
}
