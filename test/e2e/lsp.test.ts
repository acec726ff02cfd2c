import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/entrypoints/cli/command-line.ts';
import { CommandHere } from '../support/command-line.ts';
import { packFeed } from '../support/dated-feed.ts';
import { Editor } from '../support/editor.ts';
import { INTEGRITY as integrity } from '../support/npm-project.ts';
import { testIo } from '../support/test-io.ts';

const ADVISORY = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2024-01-01T00:00:00Z',
  summary: 'Left is not right',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.4' }] }],
    },
  ],
};
let top: string;
let line: CommandHere;
const MANIFEST = JSON.stringify({ dependencies: { left: '^2.0.1' } }, null, 2);

function makeLock(version: string): string {
  const packages = {
    '': { dependencies: { left: '^2.0.1' } },
    'node_modules/left': { version, integrity },
  };
  return JSON.stringify({ lockfileVersion: 3, packages }, null, 2);
}

const uri = (path: string): string => pathToFileURL(join(top, path)).href;

function put(path: string, text: string): void {
  mkdirSync(join(top, path, '..'), { recursive: true });
  writeFileSync(join(top, path), text);
}

/** An editor with the command in this process. */
function connect(): { readonly editor: Editor; readonly ended: Promise<number> } {
  const stdin = new PassThrough();
  const out = new PassThrough();
  const io = {
    ...testIo(),
    ...{ stdin, env: line.env(), cwd: top },
    outBytes: (bytes: Uint8Array) => void out.write(bytes),
  };
  return { editor: new Editor(stdin, out), ended: run(['lsp'], io) };
}

async function withEditor(
  use: (editor: Editor) => Promise<void>,
  { capabilities = {} }: { readonly capabilities?: object } = {},
): Promise<number> {
  const { editor, ended } = connect();
  await editor.start(pathToFileURL(top).href, capabilities);
  await use(editor);
  await editor.leave();
  return ended;
}

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'waybill-lsp-'));
  line = new CommandHere(top);
  writeFileSync(join(top, 'advisories.json'), packFeed([ADVISORY]));
  await line.output('advisories', 'import', 'advisories.json', '--covers', 'npm,Debian');
  put('shop/package.json', MANIFEST);
  put('shop/package-lock.json', makeLock('2.0.1'));
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

describe('waybill lsp', () => {
  it('D2: marks a finding at its line, and takes it back when the text is safe', async () => {
    const code = await withEditor(async (editor) => {
      const lock = uri('shop/package-lock.json');
      editor.open(lock, makeLock('2.0.1'));
      const found = await editor.published(lock, 1);
      expect(found).toEqual([
        expect.objectContaining({
          severity: 1,
          code: 'GHSA-aaaa-bbbb-cccc',
          message:
            'left@2.0.1: GHSA-aaaa-bbbb-cccc (critical 9.8), fixed in 2.0.4: Left is not right',
        }),
      ]);
      const text = makeLock('2.0.1').split('\n')[found[0]?.range.start.line ?? 0];
      expect(text).toContain('node_modules/left');
      // Only the editor has this text: the file is as it was.
      editor.change(lock, 2, makeLock('2.0.4'));
      expect(await editor.published(lock, 2)).toEqual([]);
    });
    expect(code).toBe(0);
  });

  it('D5: says at a line how bad it is, what requires it, and what fixes it', async () => {
    await withEditor(async (editor) => {
      const lock = uri('shop/package-lock.json');
      editor.open(lock, makeLock('2.0.1'));
      const [found] = await editor.published(lock, 1);
      const position = { line: found?.range.start.line ?? -1, character: 3 };
      const { result } = await editor.request('textDocument/hover', {
        textDocument: { uri: lock },
        position,
      });
      const { contents } = result as { readonly contents: { readonly value: string } };
      expect(contents).toMatchObject({ kind: 'plaintext' });
      for (const part of ['critical 9.8', 'fixed in 2.0.4', 'required by: left@2.0.1', 'osv.dev'])
        expect(contents.value).toContain(part);
      const beside = { textDocument: { uri: lock }, position: { line: 0, character: 0 } };
      expect(await editor.request('textDocument/hover', beside)).toMatchObject({ result: null });
    });
  });

  it('D6: offers in a manifest the upgrade that waybill fix would make', async () => {
    const capabilities = { workspace: { workspaceEdit: { documentChanges: true } } };
    await withEditor(
      async (editor) => {
        const manifest = uri('shop/package.json');
        editor.open(manifest, MANIFEST);
        const [found] = await editor.published(manifest, 1);
        expect(found).toMatchObject({ code: 'GHSA-aaaa-bbbb-cccc' });
        const { result } = await editor.request('textDocument/codeAction', {
          textDocument: { uri: manifest },
          range: { start: found?.range.start, end: found?.range.start },
          context: { diagnostics: [] },
        });
        expect(result).toEqual([
          expect.objectContaining({
            kind: 'quickfix',
            title: expect.stringContaining('npm install --package-lock-only'),
            edit: {
              documentChanges: [
                {
                  textDocument: { uri: manifest, version: 1 },
                  edits: [
                    {
                      range: {
                        start: { line: 2, character: 0 },
                        end: { line: 3, character: 0 },
                      },
                      newText: '    "left": "2.0.4"\n',
                    },
                  ],
                },
              ],
            },
          }),
        ]);
      },
      { capabilities },
    );
  });

  it.each([
    ['Dockerfile', 'FROM scratch AS none\nFROM node:22\n', 1, 'not-pinned'],
    [
      '.github/workflows/build.yml',
      'on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n' +
        '      - uses: actions/checkout@v4\n',
      5,
      'not-pinned',
    ],
    [
      'deploy/pod.yaml',
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n' +
        '    - name: a\n      image: registry.example.com/a:1\n',
      6,
      'not-pinned',
    ],
  ])('D5: marks what is not pinned in %s at its line', async (path, text, at, code) => {
    await withEditor(async (editor) => {
      editor.open(uri(path), text);
      const found = await editor.published(uri(path), 1);
      expect(found.map((one) => [one.range.start.line, one.code])).toContainEqual([at, code]);
      const pinned = text.replace(/(node:22|@v4|a:1)/, (tag) =>
        tag === '@v4' ? `@${'a'.repeat(40)}` : `${tag}@sha256:${'a'.repeat(64)}`,
      );
      editor.change(uri(path), 2, pinned);
      const after = await editor.published(uri(path), 2);
      expect(after.map((one) => one.code)).not.toContain(code);
    });
  });

  it('A1: a broken document, a broken message and an unknown question end nothing', async () => {
    const code = await withEditor(async (editor) => {
      const lock = uri('shop/package-lock.json');
      editor.open(lock, `{"packages": ${'['.repeat(100_000)}`);
      const found = await editor.published(lock, 1);
      expect(found[0]).toMatchObject({ severity: 2, range: { start: { line: 0 } } });
      expect(found[0]?.message).toContain('not examined');
      editor.open(uri('shop/Dockerfile'), 'FROM node:22@sha256:\n\\\0\n<<EOF');
      await editor.published(uri('shop/Dockerfile'), 1);
      editor.sendRaw('Content-Length: 5\r\n\r\n{"a":');
      await editor.find(({ error }) => error?.code === -32_700);
      const odd = [null, [], { id: 7, method: 5 }, { id: 8, method: 'constructor' }];
      for (const one of odd) editor.sendRaw(frame(one));
      await editor.find(({ error }) => error?.code === -32_601);
      for (const params of [{}, { textDocument: 5 }, { textDocument: { uri: 5 } }]) {
        editor.notify('textDocument/didOpen', params);
        editor.notify('textDocument/didChange', { ...params, contentChanges: 'x' });
        expect((await editor.request('textDocument/hover', params)).error?.code).toBe(-32_602);
        expect((await editor.request('textDocument/codeAction', params)).error?.code).toBe(-32_602);
      }
      editor.change(lock, 2, makeLock('2.0.4'));
      expect(await editor.published(lock, 2)).toEqual([]);
    });
    expect(code).toBe(0);
  });

  it('D6: says of a folder of the workspace whether commits are signed', async () => {
    execFileSync('git', ['init', '-q'], { cwd: top });
    const set = (name: string, value: string): void =>
      void execFileSync('git', ['config', name, value], { cwd: top });
    set('commit.gpgSign', 'false');
    await withEditor(async (editor) => {
      const ask = async (uri: string) => editor.request('waybill/signing', { uri });
      const own = pathToFileURL(top).href;
      expect((await ask(own)).result).toMatchObject({
        status: 'warning',
        fix: expect.stringContaining('git config commit.gpgSign true'),
      });
      set('commit.gpgSign', 'true');
      set('gpg.format', 'ssh');
      set('user.signingKey', 'key.pub');
      expect((await ask(own)).result).toMatchObject({ status: 'ok', fix: null });
      for (const other of [pathToFileURL(tmpdir()).href, `${own}/shop`, 'untitled:a', ''])
        expect((await ask(other)).error?.code).toBe(-32_602);
    });
    rmSync(join(top, '.git'), { recursive: true });
  });

  it('A1: ends at a message without a length', async () => {
    const { editor, ended } = connect();
    await editor.start(pathToFileURL(top).href);
    editor.sendRaw('Length: 5\r\n\r\n{}');
    expect(await ended).toBe(3);
  });

  it('says what it does not examine: a document that is too large', async () => {
    await withEditor(async (editor) => {
      const lock = uri('shop/package-lock.json');
      editor.open(lock, `${makeLock('2.0.1')}${' '.repeat(16 * 1024 * 1024)}`);
      const [found] = await editor.published(lock, 1);
      expect(found?.message).toContain('not examined');
    });
  });

  it('D6: takes a change of a part, and forgets a document whose change fits nowhere', async () => {
    await withEditor(async (editor) => {
      const lock = uri('shop/package-lock.json');
      const text = makeLock('2.0.1');
      editor.open(lock, text);
      expect(await editor.published(lock, 1)).toHaveLength(1);
      const line = text.split('\n').findIndex((one) => one.includes('"version": "2.0.1"'));
      editor.edit(lock, 2, { line, text: '      "version": "2.0.4",' });
      expect(await editor.published(lock, 2)).toEqual([]);
      editor.edit(lock, 3, { line: 999, text: 'x' });
      const lost = await editor.find(({ params }) =>
        `${JSON.stringify(params)}`.includes('open it again'),
      );
      expect(lost.method).toBe('textDocument/publishDiagnostics');
      const many = Array.from({ length: 1_001 }, () => ({ text: makeLock('2.0.1') }));
      const textDocument = { uri: lock, version: 4 };
      editor.notify('textDocument/didChange', { textDocument, contentChanges: many });
      await editor.find(({ params }) => `${JSON.stringify(params)}`.includes('over 1000 changes'));
      editor.change(lock, 5, makeLock('2.0.1'));
      expect(await editor.published(lock, 5)).toHaveLength(1);
    });
  });

  it('asks for initialize first, and ends with 1 without a shutdown', async () => {
    const { editor, ended } = connect();
    expect((await editor.request('textDocument/hover')).error?.code).toBe(-32_002);
    await editor.start(null);
    // What is no file is not examined.
    editor.open('untitled:package-lock.json', makeLock('2.0.1'));
    await editor.find(({ method }) => method === 'window/logMessage');
    editor.notify('exit');
    expect(await ended).toBe(1);
  });
});

function frame(value: unknown): string {
  const text = JSON.stringify(value);
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
