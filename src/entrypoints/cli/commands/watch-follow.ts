import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { toFileFailure } from '../../../system/files/errno.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { deliverHere, deliverToServer } from '../../compose/deliver-observations.ts';
import { followCluster } from '../../compose/follow-cluster.ts';
import type { WatchLog } from '../../compose/watch-log.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import { reportServer } from '../listen.ts';
import { createLogWriter } from '../log-writer.ts';
import type { WatchCall } from '../options/operate.ts';
import type { Report } from '../report/report.ts';

/** Follows a cluster until it is stopped. */
export async function followUntilStopped(call: WatchCall, leaseMs: number): Promise<Report> {
  const { options, io } = call;
  refuseListOptions(call);
  const config = await loadCallConfig(call);
  const cluster = options.cluster ?? config.cluster;
  const log = createLogWriter(options.logFormat);
  const deliver =
    options.server === undefined
      ? deliverHere(config)
      : await deliverToServer(config, await readRemote(call, config, log));
  const { region } = options;
  const watch = await followCluster(
    {
      kubeconfig: options.kubeconfig === undefined ? null : resolve(io.cwd, options.kubeconfig),
      context: options.context ?? null,
      cluster,
      region: region === 'none' ? null : region,
      leaseMs,
      isRebuilt: options.rebuilt,
      env: io.env,
      log,
    },
    deliver,
  );
  return reportServer(call, watch, [`${cluster}: watching ${watch.url}`]);
}

/** What only a list can have. */
function refuseListOptions({ options }: WatchCall): void {
  const given = [
    ...(options.from === undefined ? [] : ['--from']),
    ...(options.at === undefined ? [] : ['--at']),
    ...(options.clusterUid === undefined ? [] : ['--cluster-uid']),
    ...(options.empty ? ['--empty'] : []),
  ];
  if (given.length === 0) return;
  throw new Failure('USAGE', `--follow has no use for ${given.join(', ')}`, 'Leave them out.');
}

async function readRemote({ options, io }: WatchCall, config: Config, log: WatchLog) {
  const { server = '', serverCa, tokenFile } = options;
  if (!URL.canParse(server))
    throw new Failure('USAGE', `not an address: ${server}`, 'Write it as https://HOST:PORT.');
  const ca =
    serverCa === undefined
      ? null
      : await readFileBounded(resolve(io.cwd, serverCa), LIMITS.configBytesMax);
  const file = tokenFile === undefined ? null : resolve(io.cwd, tokenFile);
  const token = io.env['WAYBILL_TOKEN'] ?? null;
  return {
    server: new URL(server),
    ca: ca === null ? null : Buffer.from(ca).toString('utf8'),
    // A projected token is renewed in its file.
    readToken: () => (file === null ? token : readToken(file)),
    cluster: options.cluster ?? config.cluster,
    env: io.env,
    log,
  };
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (thrown) {
    throw toFileFailure(file, thrown, 'read');
  }
}
