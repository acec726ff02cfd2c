import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from '../../tools/process.ts';

/** STYLE.md: types are nouns, functions are verbs with their object. */
const FILES = globSync('{src,test,tools,bench,demo}/**/*.ts', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !path.includes('node_modules'))
  .sort();

/** Past participles that do not end in `ed`, as the last word of a name. */
const IRREGULAR = new Set(
  (
    'Begun Bent Bound Broken Brought Built Bought Caught Chosen Cut Dealt Done Drawn Driven Eaten ' +
    'Fallen Felt Forgotten Found Frozen Given Gone Grown Heard Held Hidden Hit Hung Kept Known ' +
    'Laid Lain Led Left Lent Lost Made Meant Met Paid Proven Put Read Risen Said Seen Sent Shown ' +
    'Shut Sold Sought Spent Spoken Stolen Struck Sworn Taken Taught Told Thought Thrown Torn ' +
    'Understood Unread Unseen Unwritten Withheld Won Worn Written'
  ).split(' '),
);
/** Nouns that look like participles. */
const NOUNS = new Set(['Bound', 'Embed', 'Feed', 'Need', 'Seed', 'Speed']);

function lastWord(name: string): string {
  return /[A-Z][a-z0-9]*$/.exec(name)?.[0] ?? name;
}

function isParticiple(name: string): boolean {
  const word = lastWord(name);
  return !NOUNS.has(word) && (IRREGULAR.has(word) || /^[A-Z][a-z]*ed$/.test(word));
}

function findFlaws(file: string, text: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const flaws: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = readDeclaredName(node);
    if (name !== null && isType(node) && isParticiple(name)) flaws.push(`${file}: type ${name}`);
    if (name !== null && isFunction(node) && /Of$/.test(name))
      flaws.push(`${file}: function ${name}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return flaws;
}

function readDeclaredName(node: ts.Node): string | null {
  const { name } = node as { readonly name?: ts.Node };
  return name !== undefined && ts.isIdentifier(name) ? name.text : null;
}

function isType(node: ts.Node): boolean {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isClassDeclaration(node)
  );
}

function isFunction(node: ts.Node): boolean {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return true;
  if (ts.isMethodSignature(node)) return true;
  return (
    ts.isVariableDeclaration(node) &&
    node.initializer !== undefined &&
    ts.isArrowFunction(node.initializer)
  );
}

describe('names', () => {
  it('of types are nouns and never participles, and no function is named by "of"', () => {
    expect(FILES.length).toBeGreaterThan(500);
    const flaws = FILES.flatMap((file) => findFlaws(file, readFileSync(join(root, file), 'utf8')));
    expect(flaws).toEqual([]);
  }, 60_000);

  it.each([
    ['interface Told {}', 'type Told'],
    ['type EventsTaken = 1;', 'type EventsTaken'],
    ['class Judged {}', 'type Judged'],
    ['function chainOf() {}', 'function chainOf'],
    ['const rowOf = () => 1;', 'function rowOf'],
    ['interface Port { keysOf(): void }', 'function keysOf'],
  ])('a breach is found: %s', (text, flaw) => {
    expect(findFlaws('a.ts', text)).toEqual([`a.ts: ${flaw}`]);
  });

  it.each(['interface SignedTarget {}', 'type ValidityBound = 1;', 'function proof() {}'])(
    'a good name is accepted: %s',
    (text) => {
      expect(findFlaws('a.ts', text)).toEqual([]);
    },
  );
});
