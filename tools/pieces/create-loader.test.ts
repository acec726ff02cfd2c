import { Script } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLoader, type KeptPiece, openCompiled, sealCompiled } from './create-loader.ts';

const wrap = (code: string): Buffer =>
  Buffer.from(`(function (exports, require, module, __filename, __dirname) {${code}\n})`);
const ONE = wrap('exports.value = 1;');
/** As long as the other, so V8 itself sees no difference. */
const TWO = wrap('exports.value = 2;');

function compile(text: Buffer): Uint8Array {
  const script = new Script(text.toString());
  script.runInThisContext();
  return sealCompiled(text, script.createCachedData());
}

/** What a piece with this text and this compiled code exports. */
function evaluate(text: Buffer, compiled: Uint8Array | null): unknown {
  const keep = (): KeptPiece => ({ text, compiled, file: 'piece', folder: '.' });
  return createLoader(keep)('./piece');
}

describe('how a piece of the bundle is loaded', () => {
  it('once, with what it requires, under its own name', () => {
    const texts = new Map([
      ['./first', 'exports.second = require("./second"); exports.name = __filename;'],
      ['./second', 'exports.path = require("node:path"); globalThis.piecesLoaded.push(1);'],
    ]);
    const loads: number[] = [];
    Object.assign(globalThis, { piecesLoaded: loads });
    try {
      const load = createLoader((id) => {
        const code = texts.get(id);
        if (code === undefined) throw new Error(`no piece ${id}`);
        return { text: wrap(code), compiled: null, file: `at ${id}`, folder: '.' };
      });
      expect(load('./first')).toMatchObject({ name: 'at ./first' });
      expect(load('./second')).toBe((load('./first') as { readonly second: unknown }).second);
      expect(loads).toEqual([1]);
      expect(() => load('./third')).toThrow('no piece ./third');
      expect(() => load('fastify')).toThrow('no piece fastify');
    } finally {
      Reflect.deleteProperty(globalThis, 'piecesLoaded');
    }
  });

  it('again after it failed, instead of as if it were whole', () => {
    const keep = (): KeptPiece => ({
      text: wrap('exports.half = 1; throw new Error("broken");'),
      compiled: null,
      file: 'piece',
      folder: '.',
    });
    const load = createLoader(keep);
    expect(() => load('./piece')).toThrow('broken');
    expect(() => load('./piece')).toThrow('broken');
  });
});

describe('compiled code', () => {
  it('is used for the text that it was made from', () => {
    expect(openCompiled(ONE, compile(ONE))).not.toBeNull();
    expect(evaluate(ONE, compile(ONE))).toEqual({ value: 1 });
  });

  it('is not used for another text of the same length: what is readable is what runs', () => {
    expect(openCompiled(TWO, compile(ONE))).toBeNull();
    expect(evaluate(TWO, compile(ONE))).toEqual({ value: 2 });
  });

  it('is not used when a byte of it was damaged, or its end is missing', () => {
    const whole = compile(ONE);
    const place = fc.integer({ min: 0, max: whole.length - 1 });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Uint8Array.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(openCompiled(ONE, damaged)).toBeNull();
        expect(openCompiled(ONE, whole.subarray(0, at))).toBeNull();
      }),
    );
    expect(evaluate(ONE, whole.subarray(0, whole.length - 1))).toEqual({ value: 1 });
  });

  it('of another V8 is left out by V8', () => {
    const other = sealCompiled(ONE, Buffer.alloc(400, 7));
    expect(openCompiled(ONE, other)).not.toBeNull();
    expect(evaluate(ONE, other)).toEqual({ value: 1 });
  });
});
