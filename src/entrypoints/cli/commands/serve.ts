import { resolve } from 'node:path';
import pino from 'pino';
import { Failure } from '../../../core/failure.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { startServer } from '../../server/start.ts';
import { loadCallConfig } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { parseDurationMs } from '../durations.ts';
import { isLoopback, parseListenAddress, waitUntilStopped } from '../listen.ts';

const TOKEN_BYTES_MAX = 4_096;

export async function run(call: Call): Promise<ExitCode> {
  const { options, io } = call;
  const config = loadCallConfig(call);
  const { host, port } = parseListenAddress(options.text('listen') ?? '');
  const token = await readToken(call);
  if (token === null && !isLoopback(host)) {
    throw new Failure(
      'UNAUTHORISED',
      `${host} is reachable from outside, and no token was given`,
      'Give --token-file, or listen on 127.0.0.1.',
    );
  }
  const logger = pino({ base: null }, pino.destination({ dest: 2, sync: true }));
  const server = await startServer(
    { ...config, cluster: options.text('cluster') ?? config.cluster },
    {
      host,
      port,
      tls: readTlsOptions(call),
      token,
      env: io.env,
      log: (entry) => logger.info(entry),
      auditEveryMs: parseAuditInterval(call),
    },
  );
  io.out(`waybill serves ${server.url}\n`);
  if (server.caFile !== null) io.out(`certificate authority: ${server.caFile}\n`);
  await waitUntilStopped(call.signal);
  await server.close();
  return 0;
}

/** `off`, or how often. */
function parseAuditInterval({ options }: Call): number | null {
  const text = options.text('auditInterval') ?? 'off';
  if (text === 'off') return null;
  const everyMs = parseDurationMs(text);
  if (everyMs >= 1_000 && everyMs <= AUDIT_EVERY_MAX_MS) return everyMs;
  throw new Failure(
    'USAGE',
    `--audit-interval ${text} is too short or too long`,
    'Write 1s to 24d, or off.',
  );
}

/** What a timer can wait. */
const AUDIT_EVERY_MAX_MS = 24 * 86_400_000;

async function readToken({ options, io }: Call): Promise<string | null> {
  const file = options.text('tokenFile');
  if (file === undefined) return io.env['WAYBILL_TOKEN'] || null;
  const token = Buffer.from(await readFileBounded(resolve(io.cwd, file), TOKEN_BYTES_MAX))
    .toString('utf8')
    .trim();
  if (token.length >= 16) return token;
  throw new Failure(
    'CONFIG_INVALID',
    'the token is shorter than 16 characters',
    'Make one: openssl rand -hex 32.',
  );
}

function readTlsOptions({
  options,
  io,
}: Call): { readonly certFile: string; readonly keyFile: string } | null {
  const [cert, key] = [options.text('tlsCert'), options.text('tlsKey')];
  if (cert === undefined && key === undefined) return null;
  if (cert !== undefined && key !== undefined)
    return { certFile: resolve(io.cwd, cert), keyFile: resolve(io.cwd, key) };
  throw new Failure(
    'USAGE',
    'a TLS certificate needs its key, and a key its certificate',
    'Give both --tls-cert and --tls-key.',
  );
}
