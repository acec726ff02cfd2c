import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { findCommandFlaw, findNamedCommands } from '../support/named-commands.ts';

/**
 * Every text in the sources that names a command of ours: a denial leads to something that can be
 * run.
 */
const SOURCES = join(import.meta.dirname, '../../src');

function listTexts(): readonly { readonly place: string; readonly text: string }[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/[.](?:test|contract)[.]ts$/.test(name))
    .map((name) => join(SOURCES, name));
  return files.flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    if (!source.includes('waybill ')) return [];
    const place = relative(SOURCES, file);
    const found: { place: string; text: string }[] = [];
    const visit = (node: ts.Node): void => {
      const text = readText(node);
      if (text !== null) found.push({ place, text });
      else ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true));
    return found;
  });
}

/** The text of a literal, or of several that are added; null for any other node. */
function readText(node: ts.Node): string | null {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map(({ literal }) => `X${literal.text}`).join('');
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken)
    return null;
  const [left, right] = [readText(node.left), readText(node.right)];
  return left === null || right === null ? null : left + right;
}

describe('A text that names a command', () => {
  it('truth A15, X10: names one that exists, with options that it has', () => {
    const named = listTexts().flatMap(({ place, text }) =>
      findNamedCommands(text).map((command) => ({ place, command })),
    );
    expect(named.length).toBeGreaterThan(100);
    const flaws = named.flatMap(({ place, command }) => {
      const flaw = findCommandFlaw(command);
      return flaw === null ? [] : [`${place}: ${command.text}: ${flaw}`];
    });
    expect(flaws).toEqual([]);
  });

  it.each([
    ['Import them: waybill advisories import.', null],
    ['See: waybill deps.', null],
    ['Run waybill fix to see the nearest safe version.', null],
    ['Import it: waybill graph import FILE --subject DIGEST.', null],
    ['Ask once (waybill gate admision).', 'there is no such command'],
    ['Run waybill graph.', 'a group of commands does nothing by itself'],
    ['Run waybill fix --aply.', 'it has no option --aply'],
    ['Run waybill frobnicate.', 'there is no such command'],
  ])('is checked: %s', (text, flaw) => {
    const [command] = findNamedCommands(text);
    if (command === undefined) throw new Error('no command was found');
    expect(findCommandFlaw(command)).toBe(flaw);
  });
});
