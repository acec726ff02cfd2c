import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { applyMutant, collectMutants, listTests, readMutants, resolveTests } from './mutants.ts';
import { root } from './process.ts';

const MUTANTS = collectMutants(root);
const TESTS = listTests(root);

const FLAWS = 'parseDiagnostics';

function listFlaws(source: string): readonly unknown[] {
  // Of a file alone, no public function gives them without also emitting it.
  return Reflect.get(ts.createSourceFile('one.ts', source, ts.ScriptTarget.ESNext), FLAWS);
}

it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
  'the guard "%s" exists, can be removed and has its tests',
  (_name, mutant) => {
    const source = readFileSync(resolve(root, mutant.file), 'utf8');
    const mutated = applyMutant(mutant, source);
    expect(mutated).not.toBe(source);
    expect(listFlaws(mutated)).toEqual([]);
    expect(resolveTests(mutant, TESTS).flat()).not.toEqual([]);
  },
);

it('every mutant has its own name', () => {
  expect(listFlaws('if (')).not.toEqual([]);
  expect(MUTANTS.length).toBeGreaterThan(200);
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

function mutate(operation: string, code: string): string {
  const source = `f();\n// mutant one: ${operation}\n${code}\n`;
  const [mutant] = readMutants('one.ts', source);
  if (mutant === undefined) throw new Error('no mutant');
  return applyMutant(mutant, source).split('\n').slice(2).join('\n').trim();
}

describe('an operation', () => {
  it.each([
    ['remove', 'if (a) return;', ''],
    ['remove operand', 'x = a && b && c;', 'x = b && c;'],
    ['remove operand 2', 'x = a && /* why */ b && c;', 'x = a && c;'],
    ['remove operand 3', 'x = (a || d) && b && c;', 'x = (a || d) && b;'],
    ['remove argument 2', 'f(a, b);', 'f(a);'],
    ['remove element', 'x = [a, b];', 'x = [b];'],
    ['remove member 2', 'x = { a, b: 1 };', 'x = { a };'],
    ['remove call', 'x = a.filter(b);', 'x = a;'],
    ['remove branch', 'if (a) return;', 'if (a) {}'],
    ['condition -> false', 'if (a.b()) c();', 'if (false) c();'],
    ['condition -> $operand > $operand2 + 1', 'while (a > b);', 'while (a > b + 1);'],
    ['it -> if ($condition) return $operand;', 'if (a === b) return b;', 'if (a === b) return a;'],
    ['value -> $branch2', 'const x = a ? b : c;', 'const x = c;'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    ['span 2 -> $.length', 'x = `${a} ${b}`;', 'x = `${a} ${b.length}`;'],
    ['text b == c -> true', "x = 'a && b  == c';", "x = 'a && true';"],
    [
      'text after two: ok -> no',
      "x = 'one: ok, two: ok, three: ok';",
      "x = 'one: ok, two: no, three: ok';",
    ],
  ])('%s', (operation, code, expected) => {
    expect(mutate(operation, code)).toBe(expected);
  });

  it('changes the same node for any names and lines', () => {
    expect(mutate('remove operand 2', 'if (\n  one &&\n  two(\n    three,\n  )\n) return;')).toBe(
      'if (\n  one\n) return;',
    );
  });

  it.each([
    ['remove operand 4', 'x = a && b && c;', 'there is no operand 4 in the code below'],
    ['remove guard', 'f();', 'not a kind of address: guard'],
    ['condition = false', 'if (a) f();', 'no operation'],
    [
      'remove value',
      'x = a;',
      'only an operand, a statement, a chained call or a part of a list can be removed',
    ],
    ['text c -> d', "x = 'a b';", 'no literal in the code below has: c'],
    ['text a -> d', "x = 'a a';", 'more than one literal has: a'],
    ['condition -> gone(a)', 'if (f(a)) f();', 'the file has no such name: gone'],
    ['condition -> $receiver.gone', 'if (a.f()) f();', 'the file has no such name: gone'],
  ])('%s is refused for %s', (operation, code, why) => {
    expect(() => mutate(operation, code)).toThrow(why);
  });
});

describe('a comment', () => {
  it('continues in lines that are indented further, and names the tests', () => {
    const source =
      '// mutant one-two by a, b also by c:\n//   condition -> false\n// Why.\nif (a) f();\n';
    expect(readMutants('one.ts', source)).toEqual([
      {
        name: 'one-two',
        file: 'one.ts',
        operation: 'condition -> false',
        at: 0,
        tests: [['a', 'b'], ['c']],
      },
    ]);
  });

  it('may be inside a line', () => {
    const [mutant] = readMutants('one.ts', 'f(a, /* mutant one also by c: remove */ b);\n');
    expect(mutant).toMatchObject({ name: 'one', operation: 'remove', tests: [null, ['c']] });
  });

  it.each([
    ['// mutant One: remove\nf();\n', 'no mutant'],
    ['// mutant one remove\nf();\n', 'no mutant'],
    ['function g() {\n  // mutant one: remove\n}\n', 'no code begins after a mutant comment'],
  ])('%j is refused', (source, why) => {
    expect(() => readMutants('one.ts', source)).toThrow(why);
  });

  it('names the nearest test of that name, and none when two are equally near', () => {
    const mutant = {
      name: 'one',
      file: 'src/a/b/one.ts',
      operation: 'remove',
      at: 0,
      tests: [['two']],
    };
    const near = ['src/a/c/two.test.ts', 'src/d/two.test.ts', 'test/two.test.ts'];
    expect(resolveTests(mutant, near)).toEqual([['src/a/c/two.test.ts']]);
    expect(() => resolveTests(mutant, [...near, 'src/a/two.test.ts'])).toThrow(
      '2 tests have the name two',
    );
  });

  it('that names an unknown test is refused', () => {
    const mutant = {
      name: 'one',
      file: 'tools/mutants.ts',
      operation: 'remove',
      at: 0,
      tests: [['no-such-test']],
    };
    expect(() => resolveTests(mutant, TESTS)).toThrow('0 tests have the name no-such-test');
  });
});
