import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../tools/process.ts';

/** The blocks of one language in a page, as they stand. */
function blocks(page: string, language: string): readonly string[] {
  const text = readFileSync(join(root, 'docs/guides', page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, body]) => body ?? '',
  );
}

/** A port of loopback that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** Runs the shell blocks of a guide in an empty folder; `waybill` is this checkout's, and proxies lead nowhere. */
async function follow(page: string): Promise<{ readonly code: number; readonly output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-guide-'));
  const bin = join(folder, '.bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'waybill'), `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/waybill.js')}' "$@"\n`);
  chmodSync(join(bin, 'waybill'), 0o755);
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    PATH: [bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    HOME: folder,
    WAYBILL_HOME: join(folder, 'home'),
    REGISTRY: `127.0.0.1:${await freePort()}`,
    HTTPS_PROXY: nowhere,
    HTTP_PROXY: nowhere,
    NO_PROXY: '127.0.0.1',
  };
  const script = ['set -eu', ...blocks(page, 'sh')].join('\n');
  const shell = spawn('sh', ['-c', script], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (piece: Buffer) => output.push(String(piece)));
  const ended = once(shell, 'exit');
  const timer = setTimeout(() => end(shell.pid), 240_000);
  const [code] = (await ended) as [number | null];
  clearTimeout(timer);
  end(shell.pid); // what a failed guide left running
  rmSync(folder, { recursive: true, force: true });
  return { code: code ?? -1, output: output.join('') };
}

function end(group: number | undefined): void {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
  } catch {
    // nothing of it runs any more
  }
}

function matches(line: string): RegExp {
  const parts = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'm');
}

describe.skipIf(process.platform === 'win32')('the guides, followed to the letter and without a network', () => {
  it.each(['first-release.md', 'sign-a-file.md', 'add-a-policy-rule.md'])(
    '%s ends well, and shows what it says',
    async (page) => {
      const { code, output } = await follow(page);
      expect(output).not.toContain('error:');
      expect(code).toBe(0);
      const shown = blocks(page, 'text').flatMap((block) => block.trimEnd().split('\n'));
      for (const line of shown) expect(output).toMatch(matches(line));
    },
  );

  it('has blocks to run', () => {
    expect(blocks('first-release.md', 'sh').length).toBeGreaterThan(8);
    expect(blocks('first-release.md', 'text').length).toBe(3);
  });
});
