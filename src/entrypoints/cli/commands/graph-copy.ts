import { copyGraph } from '../../compose/graph.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { GraphCopyCall } from '../options/graph.ts';
import type { Report } from '../report/report.ts';
import { reportCopy } from './graph-copy-output.ts';

/** Copies log and graph; that the copy is equal is proven by both canonical exports. */
export async function run(call: GraphCopyCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const copied = await copyGraph(config, call.options.to, call.io.cwd, {
    signal: call.signal,
    progress: startProgress(call.io, 'documents copied'),
  });
  clearProgress(call.io);
  return reportCopy('graph-copy', copied);
}
