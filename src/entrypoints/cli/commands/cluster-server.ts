import { existsSync, readdirSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference, parseImageReference } from '../../../core/image-reference.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import {
  buildServerManifests,
  type ServerManifestOptions,
  type SettingsFile,
  WHY_ONE_REPLICA,
} from '../../../phases/deploy/index.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { loadPolicy } from '../../compose/policy.ts';
import { loadTrust } from '../../compose/trust.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import { parseAgeMax, parseDurationMs } from '../durations.ts';
import { reportManifests, requireLabel } from '../manifest-output.ts';
import type { ClusterChartCall, ClusterServerCall } from '../options/cluster.ts';
import type { Report } from '../report/report.ts';

/** With the overhead of base64 and the names, this stays below the 1 MiB of a Kubernetes object. */
const SETTINGS_BYTES_MAX = 640 * 1024;

const OPEN_POLICY =
  'the network policy lets every address ask: name those of the API servers with --api-server';

export async function run(call: ClusterServerCall): Promise<Report> {
  const manifests = buildServerManifests({
    ...(await readServerOptions(call)),
    namespace: requireLabel('namespace', call.options.namespace),
  });
  const isOpen = call.options.apiServer.length === 0;
  return reportManifests('server', manifests, isOpen ? [OPEN_POLICY] : []);
}

/** What the server is given besides its namespace; policy and trust of this machine load. */
export async function readServerOptions(
  call: ClusterChartCall,
): Promise<Omit<ServerManifestOptions, 'namespace'>> {
  requireOneReplica(call.options.replicas);
  const config = await loadCallConfig(call);
  const image = orThrow(parseImageReference(call.options.image));
  if (image.digest === null) {
    const remedy = 'Write registry.example.com/waybill/waybill@sha256:…';
    throw new Failure('USAGE', 'the image of Waybill is not given by its digest', remedy);
  }
  // If these do not load here, the server would have nothing in force, and the cluster would admit
  // nothing.
  orThrow(await loadPolicy(config));
  orThrow(await loadTrust(config));
  return {
    image: formatImageReference(image),
    cluster: call.options.cluster ?? config.cluster,
    settings: readSettings(config),
    storage: parseStorage(call.options.storage),
    apiServers: call.options.apiServer.map(parseAddressRange),
    updates: readUpdates(call),
    clients: call.options.client.map((client) => requireLabel('client', client)),
  };
}

/** A Deployment with more would run, and answer from logs that do not know each other. */
function requireOneReplica(text: string): void {
  // mutant replicas-are-ignored by cli-cluster: condition -> true
  if (text === '1') return;
  throw new Failure(
    'USAGE',
    `--replicas ${text.slice(0, 100)}: ${WHY_ONE_REPLICA}`,
    'Leave it out; docs/guides/scale-out.md runs several servers over PostgreSQL.',
  );
}

function readUpdates({ options }: ClusterChartCall) {
  const {
    updateInterval: every = null,
    updateFrom: from = null,
    advisoryAgeMax: ageMax = null,
  } = options;
  if (every !== null) parseDurationMs(every);
  if (ageMax !== null) parseAgeMax(ageMax);
  return { every, from, ageMax };
}

function readSettings(config: Config): readonly SettingsFile[] {
  const notation = [
    'trustpolicy.oci.json',
    'trustpolicy.json',
    ...listTrustFiles(join(config.notation, 'truststore')),
  ];
  const files = [
    { path: 'policy.yaml', from: config.policy },
    { path: 'trust.yaml', from: config.trust },
    ...notation.map((path) => ({ path: `notation/${path}`, from: join(config.notation, path) })),
  ].filter(({ from }) => existsSync(from));
  const settings = files.map(({ path, from }) => ({
    path,
    bytes: readSmallFile(from, LIMITS.configBytesMax),
  }));
  const total = settings.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (total <= SETTINGS_BYTES_MAX) return settings;
  const why =
    `policy and trust have ${total} bytes, over the ${SETTINGS_BYTES_MAX} that a ConfigMap ` +
    'takes';
  throw new Failure('LIMIT_EXCEEDED', why, 'Leave out trust stores that no policy names.');
}

/** `truststore/x509/TYPE/STORE/FILE`, as notation keeps them. */
function listTrustFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return found
    .map(
      ({ parentPath, name }) =>
        `truststore${join(parentPath, name).slice(folder.length).replaceAll('\\', '/')}`,
    )
    .toSorted();
}

/** An address alone is the range of this address. */
function parseAddressRange(text: string): string {
  const [address = '', bits] = text.split('/');
  const version = isIP(address);
  const most = version === 6 ? 128 : 32;
  const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (version !== 0 && length <= most) return `${address}/${length}`;
  throw new Failure('USAGE', `not a range of addresses: ${text}`, 'Write it as 10.0.0.0/24.');
}

function parseStorage(text: string): string {
  if (/^[1-9]\d{0,5}(?:Mi|Gi|Ti)$/.test(text)) return text;
  throw new Failure('USAGE', `not a size: ${text}`, 'Write it as 10Gi.');
}
