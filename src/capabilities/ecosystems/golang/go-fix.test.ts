import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../test/support/images.ts';
import { applyEdits } from '../../../formats/text/edits.ts';
import { readDeclaredDependencies } from '../../inventory/index.ts';
import type { Remedy } from '../fix.ts';
import { golang } from './index.ts';

const HASH = `h1:${'A'.repeat(43)}=`;

/** Plans fixes of a tree, where these modules are vulnerable. */
async function plan(files: Record<string, string>, safe: Readonly<Record<string, string | null>>) {
  const { dependencies } = await readDeclaredDependencies(makeTree(files));
  const fix = golang.fixes?.plan({
    dependencies,
    files: new Map(
      Object.entries(files).map(([path, text]) => [path, { text, bytes: Buffer.from(text) }]),
    ),
    findRemedy: ({ name }): Remedy | null =>
      Object.hasOwn(safe, name) ? { findings: ['GO-1'], safe: safe[name] ?? null } : null,
    findDigest: () => null,
    findVersion: () => null,
    isAsked: () => true,
  });
  if (fix === undefined) throw new Error('no fixes');
  const texts = [...fix.edits].map(([path, edits]) => applyEdits(files[path] ?? '', edits));
  return { fix, texts, open: fix.open.map(({ what }) => what) };
}

const sums = (...modules: readonly string[]): string =>
  modules.map((module) => `${module} ${HASH}\n`).join('');

describe('D16, D8: a vulnerable module of Go is raised in go.mod', () => {
  it('direct, indirect, replaced, and of an old major version; the rest stays', async () => {
    const go = `\ufeffmodule e.com/a
go 1.22
require (
\ta.com/a   v1.0.0 // why
\tb.com/b "v1.0.0" // indirect
\tc.com/c v3.0.0+incompatible
\td.com/d/v2 v2.0.0
\te.com/e v1.0.0
\tf.com/f v1.0.0
)
replace f.com/f => g.com/g v1.0.0
`;
    const files = {
      'go.mod': go,
      'go.sum': sums(
        'a.com/a v1.0.0',
        'b.com/b v1.0.0',
        'c.com/c v3.0.0+incompatible',
        'd.com/d/v2 v2.0.0',
        'e.com/e v1.0.0',
        'g.com/g v1.0.0',
      ),
    };
    const safe = {
      'a.com/a': '1.0.9',
      'b.com/b': 'v1.1.0',
      'c.com/c': '3.0.1',
      'd.com/d/v2': '3.0.0',
      'e.com/e': null,
      'g.com/g': '1.0.5',
    };
    const { fix, texts, open } = await plan(files, safe);
    expect(texts).toEqual([
      go
        .replace('a.com/a   v1.0.0', 'a.com/a   v1.0.9')
        .replace('"v1.0.0"', 'v1.1.0')
        .replace('v3.0.0+incompatible', 'v3.0.1+incompatible')
        .replace('g.com/g v1.0.0', 'g.com/g v1.0.5'),
    ]);
    expect(fix.commands).toEqual(['go mod tidy']);
    expect(open).toEqual([
      expect.stringContaining('d.com/d/v2: GO-1: 3.0.0 is free of it, and has another path'),
      'e.com/e: GO-1: no known version is free of it',
    ]);
    expect(fix.fixed.size).toBe(4);
  });

  it('one that only go.sum names is required, and a vendor folder is written again', async () => {
    const files = {
      'my app/go.mod': 'module e.com/a\ngo 1.16\nrequire a.com/a v1.0.0\n',
      'my app/go.sum': sums('a.com/a v1.0.0', 'b.com/b v1.0.0'),
      'web/go.mod': 'module e.com/w\ngo 1.22\nrequire a.com/a v1.0.0\n',
      'web/vendor/modules.txt': '# a.com/a v1.0.0\n## explicit\na.com/a\n',
    };
    const { fix } = await plan(files, { 'b.com/b': '1.2.0', 'a.com/a': '1.1.0' });
    expect(fix.commands).toEqual([
      "go -C 'my app' get b.com/b@v1.2.0",
      "go -C 'my app' mod tidy",
      'go -C web mod tidy',
      'go -C web mod vendor',
    ]);
    expect(fix.steps).toHaveLength(3);
  });

  it('D12: one without a hash is named with the command; a pinned one stays', async () => {
    const files = { 'go.mod': 'module e.com/a\ngo 1.22\nrequire a.com/a v1.0.0\n' };
    const { fix, open } = await plan(files, {});
    expect([fix.edits.size, fix.commands]).toEqual([0, ['go mod tidy']]);
    expect(open).toEqual(['a.com/a: no go.sum has a hash for it, so its content may change']);
    const pinned = await plan({ ...files, 'go.sum': sums('a.com/a v1.0.0') }, {});
    expect([pinned.fix.commands, pinned.open]).toEqual([[], []]);
  });
});
