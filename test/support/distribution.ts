import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Distribution {
  /** Host and port. */
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** A registry without the referrers API: attachments are listed under the fallback tag. */
export async function startDistribution(program: string | null): Promise<Distribution> {
  const root = await mkdtemp(join(tmpdir(), 'waybill-distribution-'));
  const port = await freePort();
  const config =
    `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${root}\nhttp:\n  addr: ` +
    `127.0.0.1:${port}\n`;
  await writeFile(join(root, 'config.yml'), config);
  const child: ChildProcess = spawn(program ?? 'absent', ['serve', join(root, 'config.yml')], {
    stdio: 'ignore',
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await exited;
    await rm(root, { recursive: true });
  };
  const address = `127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries++) {
    const up = await fetch(`http://${address}/v2/`).then(
      (response) => response.ok,
      () => false,
    );
    if (up) return { address, stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error('the distribution registry did not start');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
