import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandFile, compiledFolder } from '../support/command-file.ts';

/** `script` of util-linux gives a command a terminal; that of BSD has other options. */
const hasScript = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
if (!hasScript) console.warn('skipped: `script` of util-linux, for a terminal, is missing');

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill terminal-'));
  mkdirSync(join(folder, 'repository'));
  writeFileSync(
    join(folder, 'repository/run.yaml'),
    'spec: {containers: [{image: registry.example.com/shop/a:1}, {image: other.example.com/b}]}\n' +
      'kind: Pod\napiVersion: v1\nmetadata: {name: app}\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Types each answer when the next question is there. */
async function init(...answers: readonly string[]) {
  const words = [process.execPath, commandFile(), 'init'].map((word) => `'${word}'`);
  const child = spawn('script', ['-qec', `exec ${words.join(' ')}`, '/dev/null'], {
    cwd: join(folder, 'repository'),
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      TERM: 'xterm',
      NODE_COMPILE_CACHE: compiledFolder(),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  let asked = 0;
  child.stdout.on('data', (piece: Buffer) => {
    output += String(piece);
    const prompts = output.match(/^> /gm)?.length ?? 0;
    for (; asked < prompts; asked++) child.stdin.write(answers[asked] ?? '\r');
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  return { code, output };
}
const policy = (): string => readFileSync(join(folder, 'repository/waybill-policy.yaml'), 'utf8');

describe.skipIf(!hasScript)('init on a terminal', () => {
  it('allows what was answered, and asks again after an answer that is none', async () => {
    const { code, output } = await init('eu-1\r', '7\r', '2\r');
    expect(code, output).toBe(0);
    expect(output.match(/not a valid answer/g)).toHaveLength(1);
    expect(policy()).toMatch(/^ {4}- "registry\.example\.com\/shop"/m);
    expect(policy()).not.toMatch(/^ {4}- "other\.example\.com/m);
    expect(readFileSync(join(folder, 'repository/waybill.yaml'), 'utf8')).toMatch(
      /^cluster: .*eu-1/m,
    );
  });

  it('allows nothing after Ctrl-D, and asks no more', async () => {
    const { code, output } = await init(CTRL_D);
    expect(code, output).toBe(0);
    expect(output.match(/^> /gm)).toHaveLength(1);
    expect(policy()).toMatch(/allowedRegistries: \[\]/);
  });

  it('ends at the first Ctrl-C, and writes nothing', async () => {
    const { code, output } = await init('eu-1\r', CTRL_C);
    expect(code, output).toBe(2);
    expect(output).toContain('INTERRUPTED');
    expect(existsSync(join(folder, 'repository/waybill.yaml'))).toBe(false);
  });
});
