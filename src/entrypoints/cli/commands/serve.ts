import { resolve } from 'node:path';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import type { Config } from '../../config/config.ts';
import { parseIdentities } from '../../server/identities/identities-document.ts';
import { startServer } from '../../server/start.ts';
import { TOKEN_FILE_BYTES_MAX, TokenFile } from '../../server/token-file.ts';
import { parseTokens, type ServerToken, type TokenSource } from '../../server/tokens.ts';
import { loadCallConfig } from '../call-config.ts';
import { parseAgeMax, parseDurationMs } from '../durations.ts';
import { isLoopback, parseListenAddress, reportServer } from '../listen.ts';
import { createLogWriter } from '../log-writer.ts';
import type { ServeCall } from '../options/operate.ts';
import type { Report } from '../report/report.ts';

export async function run(call: ServeCall): Promise<Report> {
  const { options, io } = call;
  const config = await loadCallConfig(call);
  const { host, port } = parseListenAddress(options.listen);
  const issuers = await readIssuers(call);
  const tokens = (await readTokens(call)) ?? (issuers === undefined ? null : []);
  const rescan = await readRescan(call, config);
  if (tokens === null && !isLoopback(host)) {
    throw new Failure(
      'UNAUTHORISED',
      `${host} is reachable from outside, and no token was given`,
      'Give --token-file, or listen on 127.0.0.1.',
    );
  }
  const server = await startServer(
    {
      ...config,
      cluster: options.cluster ?? config.cluster,
      updates: { ...config.updates, from: options.updateFrom ?? config.updates.from },
    },
    {
      host,
      port,
      tls: readTlsOptions(call),
      clientCaFile: options.clientCa === undefined ? null : resolve(io.cwd, options.clientCa),
      tokens,
      ...(issuers === undefined ? {} : { issuers }),
      clustersFile: options.clusters === undefined ? null : resolve(io.cwd, options.clusters),
      env: io.env,
      log: createLogWriter(options.logFormat),
      auditEveryMs: parseInterval('--audit-interval', options.auditInterval),
      rescan,
      updateEveryMs: parseInterval(
        '--update-interval',
        options.updateInterval ?? config.updates.every ?? 'off',
      ),
      advisoryAgeMaxMs: parseAgeMax(options.advisoryAgeMax ?? config.updates.ageMax ?? 'off'),
      policyEveryMs: parseInterval('policies.every', config.policies.every ?? 'off'),
      noticeMs: parseNotice(options.notice),
    },
  );
  return reportServer(call, server, [
    `waybill serves ${server.url}`,
    ...(server.caFile === null ? [] : [`certificate authority: ${server.caFile}`]),
  ]);
}

/**
 * The key of scheduled scans is opened when the server starts: without it, the first scan would
 * fail at night.
 */
async function readRescan({ options, io }: ServeCall, config: Config) {
  const everyMs = parseInterval('--rescan-interval', options.rescanInterval);
  if (everyMs === null && options.key === undefined) return null;
  if (everyMs === null || options.key === undefined)
    throw new Failure(
      'USAGE',
      '--rescan-interval and --key must be given together',
      'Name the interval, and a key whose signer is trusted for scan.',
    );
  orThrow(await openSigningKey(config, options.key, io.env));
  return { everyMs, key: options.key };
}

/** `off`, or how often. */
function parseInterval(option: string, text: string): number | null {
  if (text === 'off') return null;
  const everyMs = parseDurationMs(text);
  if (everyMs >= 1_000 && everyMs <= INTERVAL_MAX_MS) return everyMs;
  throw new Failure(
    'USAGE',
    `${option} ${text} is too short or too long`,
    'Write 1s to 24d, or off.',
  );
}

/** Nobody waits longer for a server that ends. */
const NOTICE_MS_MAX = 60_000;

function parseNotice(text: string | undefined): number {
  const noticeMs = text === undefined ? 0 : parseDurationMs(text);
  if (noticeMs <= NOTICE_MS_MAX) return noticeMs;
  throw new Failure('USAGE', `--notice ${text} is too long`, 'Write 60s or less.');
}

/** The longest time that a timer can wait. */
const INTERVAL_MAX_MS = 24 * 86_400_000;

async function readTokens({
  options,
  io,
}: ServeCall): Promise<readonly ServerToken[] | TokenSource | null> {
  const file = options.tokenFile;
  if (file !== undefined) {
    const path = resolve(io.cwd, file);
    // Says what is wrong with the file, as every command does.
    await readFileBounded(path, TOKEN_FILE_BYTES_MAX);
    return new TokenFile(path, createLogWriter(options.logFormat));
  }
  // A variable that is set and empty is a mistake: it would open the server to everybody here.
  const text = io.env['WAYBILL_TOKEN'];
  return text === undefined ? null : orThrow(parseTokens(text));
}

async function readIssuers({ options, io }: ServeCall) {
  if (options.identities === undefined) return undefined;
  const file = resolve(io.cwd, options.identities);
  return orThrow(parseIdentities(await readFileBounded(file, LIMITS.configBytesMax), file));
}

function readTlsOptions({
  options,
  io,
}: ServeCall): { readonly certFile: string; readonly keyFile: string } | null {
  const [cert, key] = [options.tlsCert, options.tlsKey];
  if (cert === undefined && key === undefined) return null;
  if (cert !== undefined && key !== undefined)
    return { certFile: resolve(io.cwd, cert), keyFile: resolve(io.cwd, key) };
  throw new Failure(
    'USAGE',
    'a TLS certificate and its key must be given together',
    'Give both --tls-cert and --tls-key.',
  );
}
