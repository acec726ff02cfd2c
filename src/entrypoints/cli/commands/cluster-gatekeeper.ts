import { buildGatekeeperManifests, PROVIDER_PATH } from '../../../phases/deploy/index.ts';
import { parseEndpoint, parseSeconds, readAuthorities } from '../cluster-endpoint.ts';
import { reportManifests, requireLabel } from '../manifest-output.ts';
import type { ClusterGatekeeperCall } from '../options/cluster.ts';
import type { Report } from '../report/report.ts';

/** Gatekeeper itself must answer its API server, which waits 30 s at most. */
const TIMEOUT_SECONDS_MAX = 29;

export async function run({ options, io }: ClusterGatekeeperCall): Promise<Report> {
  const manifests = buildGatekeeperManifests({
    namespace: requireLabel('namespace', options.namespace),
    url: parseEndpoint(options.url, PROVIDER_PATH),
    authorities: await readAuthorities(io.cwd, options.ca),
    exempt: options.exempt.map((name) => requireLabel('namespace', name)),
    timeoutSeconds: parseSeconds(options.timeout, TIMEOUT_SECONDS_MAX),
    action: options.action,
  });
  return reportManifests('gatekeeper', manifests, [
    'Gatekeeper admits what it cannot ask about, unless its webhook has `failurePolicy: Fail`',
  ]);
}
