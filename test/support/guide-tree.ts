import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { root } from '../../tools/process.ts';

const PARTS = [
  'bin',
  'data',
  'docs',
  'src',
  'test/support',
  'tools',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** A copy of the files of the command line and its tests. It links the packages of this tree. */
export function copyTree(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tree-'));
  for (const part of PARTS) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

/** The files of a copy that are new or different from this tree, sorted. */
export function listDifferences(folder: string): readonly string[] {
  const files = PARTS.flatMap((part) =>
    statSync(join(folder, part)).isFile()
      ? [part]
      : readdirSync(join(folder, part), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) =>
            relative(folder, join(parentPath, name)).replaceAll(sep, '/'),
          ),
  );
  return files
    .filter((file) => {
      const original = join(root, file);
      return (
        !existsSync(original) || !readFileSync(original).equals(readFileSync(join(folder, file)))
      );
    })
    .sort();
}

/** The files that a guide made in a tree, and those that it changed, each once. */
export interface GuideChanges {
  readonly made: readonly string[];
  readonly changed: readonly string[];
}

/**
 * Writes what a guide says into `folder`. A block of code with a path after its language is a new
 * file. A block `diff` changes an existing file; `@@` separates its parts.
 */
export function applyGuide(page: string, folder: string): GuideChanges {
  const text = readFileSync(join(root, 'docs/guides', page), 'utf8');
  const made: string[] = [];
  const changed = new Set<string>();
  for (const [, language, path = '', body = ''] of text.matchAll(
    /^```(\w+) (\S+)\n([\s\S]*?)^```$/gm,
  )) {
    const file = join(folder, path);
    if (language === 'diff') {
      writeFileSync(file, changeText(readFileSync(file, 'utf8'), body, path));
      changed.add(path);
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, body, { flag: 'wx' });
      made.push(path);
    }
  }
  return { made, changed: [...changed] };
}

/**
 * Whole lines with ` ` and `-` must be in the text once, in this order. Lines with `-` are removed,
 * lines with `+` added.
 */
function changeText(text: string, diff: string, path: string): string {
  return diff.split(/^@@\n/m).reduce((whole, part) => {
    const lines = part.trimEnd().split('\n');
    const pick = (signs: string): string =>
      lines
        .filter((line) => signs.includes(line[0] ?? ' '))
        .map((line) => `\n${line.slice(1)}`)
        .join('');
    const parts = `\n${whole}`.split(`${pick(' -')}\n`);
    if (parts.length !== 2)
      throw new Error(`${path} has ${parts.length - 1} places for the lines:\n${part}`);
    return parts.join(`${pick(' +')}\n`).slice(1);
  }, text);
}
