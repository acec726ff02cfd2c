import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { findLookups } from '../../tools/lookups.ts';

/** As much of the library as the planted lines need: the real one takes a second to read. */
const LIBRARY = `
interface Array<T> { [at: number]: T } interface Boolean {} interface Function {}
interface CallableFunction {} interface NewableFunction {} interface IArguments {}
interface Number {} interface Object {} interface RegExp {} interface String {}
type Record<K extends keyof any, T> = { [P in K]: T };
declare const Object: { assign(...all: unknown[]): unknown };`;
const DECLARED = `
declare const table: Record<string, number>, few: { a: number; b: number };
declare const name: string, branded: string & { readonly brand: 'B' }, one: 'a' | 'b', at: number;
declare const list: number[];
declare function String(of: number): string;`;

function isRefused(line: string, file = 'src/core/x.ts'): boolean {
  const texts = new Map([
    ['/lib.d.ts', LIBRARY],
    [`/w/${file}`, `${DECLARED}\n${line}`],
  ]);
  const options: ts.CompilerOptions = { noLib: true, strict: true, types: [] };
  const host: ts.CompilerHost = {
    fileExists: (path) => texts.has(path),
    readFile: (path) => texts.get(path),
    getSourceFile: (path, version) => {
      const text = texts.get(path);
      return text === undefined ? undefined : ts.createSourceFile(path, text, version, true);
    },
    getDefaultLibFileName: () => '/lib.d.ts',
    getCanonicalFileName: (path) => path,
    getCurrentDirectory: () => '/',
    getNewLine: () => '\n',
    useCaseSensitiveFileNames: () => true,
    writeFile: () => undefined,
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return findLookups(program, '/w').length > 0;
}

describe('A name from outside is looked up in no object without asking whether it has it', () => {
  it.each([
    ['table[name]', 'table[one]'],
    ['table[branded]', "table['a']"],
    ['table[String(at)]', 'list[at]'],
    ['table[name] = 1', 'few[one] = 1'],
    ['name in table', "'a' in table"],
    ['const { [name]: x } = table', "const { ['a']: x } = table"],
    ['function get<K extends string>(key: K) { return table[key]; }', 'few.a'],
    ['Object.assign(table, few)', '({ ...table, ...few })'],
  ])('truth B2: refuses `%s` and accepts `%s`', (refused, accepted) => {
    expect(isRefused(refused)).toBe(true);
    expect(isRefused(accepted)).toBe(false);
  });

  it('truth B2: looks at the sources only, and has one exception', () => {
    expect(isRefused('table[name]', 'src/core/x.test.ts')).toBe(false);
    expect(isRefused('table[name]', 'tools/x.ts')).toBe(false);
    expect(isRefused('table[name]', 'src/core/own.ts')).toBe(false);
  });
});
