import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../tools/process.ts';

const COLUMNS_MAX = 100;
/** Pages whose rows are made from the sources. */
const MADE = ['docs/reference/commands.md', 'docs/reference/facts.md', 'docs/adr/README.md'];

const pages = globSync(
  ['*.md', 'docs/**/*.md', 'integrations/**/*.md', 'findings/*.md', 'bench/*.md'],
  { cwd: root, exclude: ['docs/site/**', '**/node_modules/**', '**/.*/**'] },
)
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !MADE.includes(path));

/** Lines of prose that are longer than they need to be; rows, code and addresses stay whole. */
function listLongLines(text: string): readonly number[] {
  const found: number[] = [];
  let isCode = false;
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trimStart().startsWith('```')) isCode = !isCode;
    else if (!isCode && !line.startsWith('|') && line.length > COLUMNS_MAX) {
      const loose = line
        .trimStart()
        .replaceAll(/`[^`]*`|\]\([^)]*\)/g, (whole) => '_'.repeat(whole.length));
      if (/^(?:[-*] )?\S+ /.test(loose)) found.push(at + 1);
    }
  }
  return found;
}

describe('the pages', () => {
  it('have lines of at most 100 columns', () => {
    expect(pages.length).toBeGreaterThan(100);
    for (const page of pages)
      expect(listLongLines(readFileSync(join(root, page), 'utf8')), page).toEqual([]);
  });

  it('a line that could be shorter is found, and what cannot be broken is not', () => {
    const long = 'word '.repeat(30);
    expect(listLongLines(`${long}\n| ${long} |\n\`\`\`\n${long}\n\`\`\`\n`)).toEqual([1]);
    expect(listLongLines(`\`${long}\`\nhttps://example.com/${'a'.repeat(99)}`)).toEqual([]);
  });
});
