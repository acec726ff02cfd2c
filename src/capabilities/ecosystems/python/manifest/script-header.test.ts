import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import { readScriptHeader, requiresPackages } from './script-header.ts';

const script = (...lines: readonly string[]): string =>
  `#!/usr/bin/env python3\n# /// script\n${lines.map((one) => `# ${one}\n`).join('')}# ///\nimport x\n`;
const LOCK = (version: string): string =>
  'version = 1\nrequires-python = ">=3.11"\n\n[manifest]\nrequirements = [{ name = "requests" }]\n\n' +
  `[[package]]\nname = "requests"\nversion = "${version}"\n` +
  'source = { registry = "https://pypi.org/simple" }\n';

async function take(files: Readonly<Record<string, string>>) {
  const inventory = await inventoryTree(makeTree(files), '.', { target: 'source-tree' });
  const { outcome, components, skips } = inventory;
  return [outcome, components.map(({ purl }) => purl), skips.map(({ location }) => location)];
}

describe('truth A6, A9 C08: a script that says itself what it requires (PEP 723)', () => {
  it.each([
    ['run.py', script('dependencies = ["requests<3"]')],
    ['tools/run.pyw', script('dependencies = [', '  "rich",', ']')],
    ['run.py', script('dependencies = ["requests"').replaceAll('\n', '\r\n')],
    ['run.py', `${'# a long licence\n'.repeat(50)}${script('dependencies = ["a"]')}`],
  ])('%s makes an inventory partial', async (path, text) => {
    expect(await take({ [path]: text })).toEqual(['partial', [], [path]]);
    expect(requiresPackages(text)).toBe(true);
  });

  it.each([
    ['none', 'import requests\n'],
    ['an empty list', script('requires-python = ">=3.11"', 'dependencies = []')],
    ['settings of a tool', script('[tool.x]', 'dependencies = ["a"]')],
    ['a text that only speaks of it', 'print("""\n  # /// script\n""")\n'],
  ])('but not one with %s', async (_, text) => {
    expect(await take({ 'run.py': text })).toEqual(['complete', [], []]);
    expect(requiresPackages(text)).toBe(false);
  });

  it('nor one that its lock is for; one that is out of step is named', async () => {
    const run = script('dependencies = ["requests<3"]');
    const found = ['pkg:pypi/requests@2.32.0'];
    expect(await take({ 'run.py': run, 'run.py.lock': LOCK('2.32.0') })).toEqual([
      ...['complete', found, []],
    ]);
    expect(await take({ 'run.py': run, 'other.py.lock': LOCK('2.32.0') })).toEqual([
      ...['partial', found, ['run.py']],
    ]);
    expect(await take({ 'run.py': run, 'run.py.lock': LOCK('3.1.0') })).toEqual([
      ...['partial', ['pkg:pypi/requests@3.1.0'], ['run.py.lock']],
    ]);
  });

  it('its settings end with their end, or with the first line that is no comment', () => {
    expect(readScriptHeader(script('a = 1', ''))).toBe('a = 1\n');
    expect(readScriptHeader('# /// script\n# a = 1\nb = 2\n# c = 3\n')).toBe('a = 1');
    expect(readScriptHeader('# /// scripts\n# a = 1\n')).toBeNull();
  });
});
