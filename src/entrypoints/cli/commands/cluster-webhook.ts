import { resolve } from 'node:path';
import { parseCertificates } from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { writePem } from '../../../formats/der/pem.ts';
import { buildWebhookManifest } from '../../../phases/deploy/index.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { reportManifests, requireLabel } from '../manifest-output.ts';
import type { ClusterWebhookCall } from '../options/cluster.ts';
import type { Report } from '../report/report.ts';

/** The longest that an API server accepts. */
const TIMEOUT_SECONDS_MAX = 30;

export async function run(call: ClusterWebhookCall): Promise<Report> {
  const { options } = call;
  const manifest = buildWebhookManifest({
    namespace: requireLabel('namespace', options.namespace),
    url: parseUrl(options.url),
    authorities: await readAuthorities(call),
    exempt: options.exempt.map((name) => requireLabel('namespace', name)),
    timeoutSeconds: parseSeconds(options.timeout),
  });
  return reportManifests('webhook', [manifest]);
}

/**
 * Only certificates: a file that also contains a key is refused, so that no key gets into the
 * cluster.
 */
async function readAuthorities({ options, io }: ClusterWebhookCall): Promise<string> {
  const pems: string[] = [];
  for (const file of options.ca) {
    const bytes = await readFileBounded(resolve(io.cwd, file), LIMITS.configBytesMax);
    pems.push(...orThrow(parseCertificates(bytes)).map(({ der }) => writePem('CERTIFICATE', der)));
  }
  return [...new Set(pems)].join('');
}

/** As the API server reads it: https, with only host, port and path. */
function parseUrl(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (url?.protocol === 'https:' && plain && url.pathname.endsWith('/admit')) return url.href;
  const remedy = 'Write it as https://waybill.example.com:8443/admit.';
  throw new Failure('USAGE', `not the address of an admission server: ${text}`, remedy);
}

function parseSeconds(text: string): number {
  const seconds = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= TIMEOUT_SECONDS_MAX) return seconds;
  throw new Failure(
    'USAGE',
    `not a timeout: ${text}`,
    `Use whole seconds from 1 to ${TIMEOUT_SECONDS_MAX}.`,
  );
}
