import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor } from '../support/editor.ts';

const WAYBILL = resolve(import.meta.dirname, '../../bin/waybill.js');
let top: string;

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-editor-'));
  mkdirSync(join(top, 'home'));
  writeFileSync(join(top, 'Dockerfile'), 'FROM node:22\n');
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

function start() {
  const env = { PATH: process.env['PATH'], WAYBILL_HOME: join(top, 'home') };
  const child = spawn(process.execPath, [WAYBILL, 'lsp'], {
    cwd: top,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exit = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  return { child, exit, editor: new Editor(child.stdin, child.stdout) };
}

describe('waybill lsp as a process', () => {
  it('D2 D5: an editor starts it, sees what is wrong at the line, and ends it', async () => {
    const { editor, exit } = start();
    const { result } = await editor.start(pathToFileURL(top).href);
    expect(result).toMatchObject({ capabilities: { hoverProvider: true } });
    const uri = pathToFileURL(join(top, 'Dockerfile')).href;
    editor.open(uri, '# shop\nFROM node:22\n');
    const found = await editor.published(uri, 1);
    expect(found.find(({ code }) => code === 'not-pinned')?.range.start.line).toBe(1);
    await editor.leave();
    expect(await exit).toEqual([0, null]);
  });

  it('A1: goes on after a message of 64 MiB and one byte, which it skips', async () => {
    const { editor, exit } = start();
    await editor.start(pathToFileURL(top).href);
    const bytes = 64 * 1024 * 1024 + 1;
    editor.sendRaw(`Content-Length: ${bytes}\r\n\r\n`);
    editor.sendRaw(Buffer.alloc(bytes));
    await editor.find(({ method }) => method === 'window/logMessage');
    await editor.leave();
    expect(await exit).toEqual([0, null]);
  });

  it('ends with its editor, and by a signal', async () => {
    const gone = start();
    await gone.editor.start(null);
    gone.child.stdin.end();
    expect(await gone.exit).toEqual([1, null]);
    const stopped = start();
    await stopped.editor.start(null);
    stopped.child.kill('SIGTERM');
    await stopped.exit;
  });
});
