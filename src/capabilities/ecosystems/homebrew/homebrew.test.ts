import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packElf } from '../../../../test/support/elf.ts';
import { makeTree } from '../../../../test/support/images.ts';
import { readLockedTree } from '../../../../test/support/locked-tree.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';
import { readBrewfile, readBundleLock } from './bundle-format.ts';

const json = (value: unknown): string => JSON.stringify(value, null, 2);
const BREWFILE = `# Tools
tap "homebrew/bundle"
tap "acme/tools", "https://user:secret@git.example.com/tools.git"
brew "jq"
brew 'node@20', link: true, conflicts_with: ["node"]
if OS.mac?
  brew "acme/tools/shop", args: ["HEAD"]
end
brew "other/tap/thing"
cask "firefox"
`;
const LOCK = {
  entries: {
    tap: { 'homebrew/bundle': { revision: 'x' } },
    brew: {
      jq: { version: '1.7.1', bottle: { rebuild: 0, files: {} } },
      'node@20': { version: '20.11.1_2', bottle: false },
      'acme/tools/shop': { version: '2.0', bottle: false },
      'other/tap/thing': { version: '1', bottle: false },
    },
    cask: { firefox: { version: '123.0', options: { full_name: 'firefox' } } },
  },
  system: { linux: {} },
};

describe('B2 D8 D12 D20: what a Brewfile asks for', () => {
  it('is pinned by nothing, with the tap that it comes from', async () => {
    const found = await readLockedTree({ Brewfile: BREWFILE });
    expect(found.outcomes).toEqual(['partial', 'partial']);
    expect(found.declared).toEqual([
      'Brewfile:4 jq - direct no - default',
      'Brewfile:5 node@20 - direct no - default',
      'Brewfile:7 shop - direct no git.example.com/tools written',
      'Brewfile:9 thing - direct no github.com/other/homebrew-tap written',
      'Brewfile:10 firefox - direct no - default',
    ]);
  });

  it('is listed as its lock says what was installed, which pins nothing', async () => {
    const files = { Brewfile: BREWFILE, 'Brewfile.lock.json': json(LOCK) };
    const found = await readLockedTree(files);
    expect(found.components).toEqual([
      'pkg:brew/firefox@123.0?type=cask',
      'pkg:brew/jq@1.7.1',
      'pkg:brew/node%4020@20.11.1_2',
      'pkg:brew/shop@2.0',
      'pkg:brew/thing@1',
    ]);
    expect(found.reasons).toEqual([expect.stringContaining('does not name what its formulae')]);
    expect(new Set(found.dependencies.map(({ pinned }) => pinned))).toEqual(new Set(['no']));
    const { jq: _, ...brew } = LOCK.entries.brew;
    const lacking = {
      ...files,
      'Brewfile.lock.json': json({ entries: { ...LOCK.entries, brew } }),
    };
    expect((await readLockedTree(lacking)).reasons.join()).toContain('"jq"');
  });

  it('names what other package managers are asked for, which is not read', async () => {
    const text = 'mas "Xcode", id: 497799835\nvscode "a.b"\nbrew name\nbrew "a b"\n';
    const { reasons } = await readLockedTree({ Brewfile: text });
    expect(reasons).toHaveLength(3);
    expect((await readLockedTree({ Brewfile: '# nothing\n' })).outcomes[0]).toBe('complete');
  });

  it.each([json({}), '[]', '{', json({ entries: { brew: { jq: {} } } })])(
    'is partial where its lock is %s',
    async (text) => {
      const found = await readLockedTree({ 'Brewfile.lock.json': text });
      expect(found.outcomes).toEqual(['partial', 'partial']);
    },
  );

  it('never throws, whatever the bytes', () => {
    const text = json(LOCK);
    for (let end = 0; end < text.length; end++)
      readBundleLock('x', Buffer.from(text.slice(0, end)));
    for (let end = 0; end < BREWFILE.length; end++)
      readBrewfile('x', Buffer.from(BREWFILE.slice(0, end)));
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        readBundleLock('x', bytes);
        readBrewfile('x', bytes);
      }),
    );
  });
});

describe('B2: what Homebrew installed', () => {
  it('explains its folder, and says what it needs', async () => {
    const cellar = 'home/linuxbrew/.linuxbrew/Cellar';
    const program = packElf({ sections: [{ name: '.text', content: 'x' }], writable: 'data' });
    const files = {
      [`${cellar}/jq/1.7.1/INSTALL_RECEIPT.json`]: json({
        runtime_dependencies: [{ full_name: 'homebrew/core/oniguruma', version: '6.9.9' }, 7],
        source: { tap: 'homebrew/core' },
      }),
      [`${cellar}/jq/1.7.1/bin/jq`]: program,
      [`${cellar}/oniguruma/6.9.9/INSTALL_RECEIPT.json`]: json({ runtime_dependencies: null }),
    };
    const read = (more: object) =>
      inventoryTree(makeTree({ ...files, ...more }), '.', { target: 'root-file-system' });
    const { components, outcome } = await read({});
    expect([outcome, components.map(({ purl, dependsOn }) => [purl, dependsOn])]).toEqual([
      'complete',
      [
        ['pkg:brew/jq@1.7.1', ['pkg:brew/oniguruma@6.9.9']],
        ['pkg:brew/oniguruma@6.9.9', []],
      ],
    ]);
    expect((await read({ [`${cellar}/other/1/bin/x`]: program })).outcome).toBe('partial');
  });
});
