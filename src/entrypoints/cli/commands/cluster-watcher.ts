import { Failure } from '../../../core/failure.ts';
import { formatImageReference, parseImageReference } from '../../../core/image-reference.ts';
import { orThrow } from '../../../core/result.ts';
import { buildWatcherManifests } from '../../../phases/deploy/index.ts';
import { readAuthorities } from '../cluster-endpoint.ts';
import { reportManifests, requireLabel } from '../manifest-output.ts';
import type { ClusterWatcherCall } from '../options/cluster.ts';
import type { Report } from '../report/report.ts';

export async function run({ options, io }: ClusterWatcherCall): Promise<Report> {
  const image = orThrow(parseImageReference(options.image));
  if (image.digest === null) {
    const remedy = 'Write registry.example.com/waybill/waybill@sha256:…';
    throw new Failure('USAGE', 'the image of Waybill is not given by its digest', remedy);
  }
  const manifests = buildWatcherManifests({
    image: formatImageReference(image),
    namespace: requireLabel('namespace', options.namespace),
    cluster: options.cluster,
    server: parseServer(options.server),
    authorities: options.ca.length === 0 ? null : await readAuthorities(io.cwd, options.ca),
    audience: options.audience,
  });
  return reportManifests('watcher', manifests);
}

function parseServer(text: string): string {
  if (URL.canParse(text) && new URL(text).protocol === 'https:') return new URL(text).origin;
  throw new Failure('USAGE', `not an https address: ${text}`, 'Write it as https://HOST:PORT.');
}
