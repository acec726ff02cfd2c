import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { blocks } from './guide.ts';

/** The files that a guide created in a tree, and those that it changed. */
export interface GuideChanges {
  readonly made: readonly string[];
  readonly changed: readonly string[];
}

/**
 * Applies a guide in `folder`. A block of code whose first line names a file becomes that file. A
 * block of differences changes a file.
 */
export function applyGuide(page: string, folder: string): GuideChanges {
  const made = blocks(page, 'ts').flatMap((text) => {
    const path = /^\/\/ (\S+\.ts)\n/.exec(text)?.[1];
    return path === undefined ? [] : [writeNew(folder, path, text.slice(text.indexOf('\n') + 1))];
  });
  const changed = blocks(page, 'diff').map((text) => applyDifference(folder, text));
  return { made, changed };
}

function writeNew(folder: string, path: string, text: string): string {
  const file = join(folder, path);
  if (existsSync(file)) throw new Error(`${path} is there already`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return path;
}

/**
 * Each part must match exactly one place: its kept and removed lines must be there in this order.
 */
function applyDifference(folder: string, text: string): string {
  const [first = '', ...lines] = text.trimEnd().split('\n');
  const path = first.replace(/^--- /, '');
  let whole = readFileSync(join(folder, path), 'utf8');
  for (const part of lines.join('\n').split(/^@@\n/m)) {
    const written = part.trimEnd().split('\n');
    const pick = (dropped: string): string =>
      written
        .filter((line) => !line.startsWith(dropped))
        .map((line) => `${line.slice(1)}\n`)
        .join('');
    const [before, after] = [pick('+'), pick('-')];
    const count = whole.split(`\n${before}`).length - 1;
    if (count !== 1) throw new Error(`${path} has ${count} places for:\n${part}`);
    whole = whole.replace(`\n${before}`, () => `\n${after}`);
  }
  writeFileSync(join(folder, path), whole);
  return path;
}
