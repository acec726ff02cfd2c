import { buildPinningManifest, buildWebhookManifest } from '../../../phases/deploy/index.ts';
import { parseEndpoint, parseSeconds, readAuthorities } from '../cluster-endpoint.ts';
import { reportManifests, requireLabel } from '../manifest-output.ts';
import type { ClusterWebhookCall } from '../options/cluster.ts';
import type { Report } from '../report/report.ts';

/** The longest that an API server accepts. */
const TIMEOUT_SECONDS_MAX = 30;

export async function run({ options, io }: ClusterWebhookCall): Promise<Report> {
  const webhook = {
    namespace: requireLabel('namespace', options.namespace),
    url: parseEndpoint(options.url, '/admit'),
    authorities: await readAuthorities(io.cwd, options.ca),
    exempt: options.exempt.map((name) => requireLabel('namespace', name)),
    timeoutSeconds: parseSeconds(options.timeout, TIMEOUT_SECONDS_MAX),
  };
  const { url } = webhook;
  const pinning = { ...webhook, url: url === null ? null : url.replace(/\/admit$/, '/mutate') };
  return reportManifests('webhook', [
    buildWebhookManifest(webhook),
    ...(options.pin ? [buildPinningManifest(pinning)] : []),
  ]);
}
