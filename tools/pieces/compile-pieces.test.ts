import { beforeAll, expect, it } from 'vitest';
import { type CompiledPieces, compilePieces } from './compile-pieces.ts';
import { nameCompiled } from './create-loader.ts';

const wrap = (code: string): string =>
  `(function (exports, require, module, __filename, __dirname) {${code}\n})`;
const PIECES = new Map([
  ['main', wrap('exports.other = require("./other").add(1);')],
  ['other', wrap('exports.add = (one) => one + 1; exports.unused = (one) => one - 1;')],
  ['audit-thread', wrap('throw new Error("a thread must not start here");')],
]);

let compiled: CompiledPieces;
beforeAll(async () => {
  compiled = await compilePieces(process.execPath, PIECES);
});

it('every piece is compiled, and the entry point of a thread is not run for it', () => {
  expect([...compiled.pieces.keys()]).toEqual([...PIECES.keys()]);
  expect(compiled.folder).toBe(nameCompiled());
});

it('D9: a second time, in another folder, the code has the same bytes', async () => {
  expect(await compilePieces(process.execPath, PIECES)).toEqual(compiled);
});

it('V8 takes the code in a process of its own, under the flags of a command', async () => {
  const { run } = await import('../process.ts');
  const script = `
    import { Script } from 'node:vm';
    import { openCompiled } from './tools/pieces/create-loader.ts';
    import { compileLate } from './src/system/threads/late-compilation.ts';
    const text = Buffer.from(${JSON.stringify(PIECES.get('other'))});
    const sealed = Buffer.from(${JSON.stringify(Buffer.from(compiled.pieces.get('other') ?? []).toString('base64'))}, 'base64');
    const cachedData = openCompiled(text, sealed);
    const isRefused = () => new Script(text.toString(), { cachedData }).cachedDataRejected;
    const before = isRefused();
    compileLate();
    console.log(cachedData === null, before, isRefused());`;
  const args = ['--input-type=module', '--eval', script];
  const { stdout, stderr } = await run(process.execPath, args);
  expect([stdout.trim(), stderr]).toEqual(['false true false', '']);
});
