import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { installNpmPeer } from './npm-peer.ts';

const CODE_SERVER = '4.139.1';
const START_MS_MAX = 60_000;

/**
 * code-server, which is VS Code with its own server, from npm. Its install scripts build programs
 * for terminals and logs, which the tests do not need. Null, with a message, where it cannot be
 * had.
 */
export function findCodeServer(): string | null {
  const entry = installNpmPeer('code-server', CODE_SERVER, 'out/node/entry.js');
  if (entry === null) return null;
  const inside = join(entry, '../../../lib/vscode');
  if (existsSync(join(inside, 'node_modules'))) return entry;
  try {
    const words = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', words, { cwd: inside, stdio: 'ignore', timeout: 300_000 });
    return entry;
  } catch {
    console.warn('skipped: the packages of code-server cannot be installed');
    return null;
  }
}

export interface EditorServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Starts it with one extension, on loopback, with a home of its own. */
export async function startEditorServer(
  entry: string,
  folder: string,
  { extension, env }: { readonly extension: string; readonly env: NodeJS.ProcessEnv },
): Promise<EditorServer> {
  mkdirSync(folder, { recursive: true });
  const own = { PATH: process.env['PATH'], HOME: folder, ...env };
  const places = ['--user-data-dir', join(folder, 'data'), '--extensions-dir', join(folder, 'ext')];
  execFileSync(process.execPath, [entry, ...places, '--install-extension', extension], {
    ...{ env: own, stdio: 'ignore', timeout: 120_000 },
  });
  const port = await findPort();
  const words = [
    ...[entry, ...places, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`],
    ...['--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'],
  ];
  const child = spawn(process.execPath, words, { env: own, stdio: 'ignore', detached: true });
  const gone = once(child, 'exit');
  const close = async (): Promise<void> => {
    // Its own processes are its group: extension hosts and their language servers.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await gone;
  };
  const url = `http://127.0.0.1:${port}`;
  const until = performance.now() + START_MS_MAX;
  for (;;) {
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.ok === true) return { url, close };
    if (performance.now() > until || child.exitCode !== null) {
      await close();
      throw new Error('code-server did not start');
    }
    await setTimeout(200);
  }
}

async function findPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const place = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof place === 'object' && place !== null ? place.port : 0;
}
