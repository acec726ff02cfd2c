import { Failure } from '../../../core/failure.ts';
import { copyGraph } from '../../compose/graph.ts';
import { isServerAddress } from '../../config/database-server.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, startProgress } from '../io.ts';
import type { GraphBackupCall } from '../options/graph.ts';
import type { Report } from '../report/report.ts';
import { reportCopy } from './graph-copy-output.ts';

/** Of one state of the database, while others read and write it. */
export async function run(call: GraphBackupCall): Promise<Report> {
  const { to } = call.options;
  if (isServerAddress(to))
    throw new Failure('USAGE', 'a backup is a file', 'Copy to a server with waybill graph copy.');
  const config = await loadCallConfig(call);
  const copied = await copyGraph(config, to, call.io.cwd, {
    signal: call.signal,
    progress: startProgress(call.io, 'documents saved'),
  });
  clearProgress(call.io);
  return reportCopy('graph-backup', copied);
}
