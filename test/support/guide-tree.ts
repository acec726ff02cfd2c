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
import { dirname, join, relative } from 'node:path';
import { root } from '../../tools/process.ts';

const PARTS = [
  'bin',
  'data',
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
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** The files of a copy that are new or different from this tree. */
export function listDifferences(folder: string): readonly string[] {
  const files = PARTS.flatMap((part) =>
    statSync(join(folder, part)).isFile()
      ? [part]
      : readdirSync(join(folder, part), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => relative(folder, join(entry.parentPath, entry.name))),
  );
  return files.filter((file) => {
    const original = join(root, file);
    return (
      !existsSync(original) || !readFileSync(original).equals(readFileSync(join(folder, file)))
    );
  });
}

/**
 * Writes what a guide says into `folder`. A block of code with a path after its language is a new
 * file. A block `diff` changes an existing file.
 */
export function applyGuide(page: string, folder: string): void {
  const text = readFileSync(join(root, 'docs/guides', page), 'utf8');
  for (const [, language, path = '', body = ''] of text.matchAll(
    /^```(\w+) (\S+)\n([\s\S]*?)^```$/gm,
  )) {
    const file = join(folder, path);
    if (language === 'diff') {
      writeFileSync(file, changeText(readFileSync(file, 'utf8'), body, path));
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, body, { flag: 'wx' });
    }
  }
}

/**
 * Lines with ` ` and `-` must be in the text once. Lines with `-` are removed, lines with `+`
 * added.
 */
function changeText(text: string, diff: string, path: string): string {
  const lines = diff.trimEnd().split('\n');
  const pick = (signs: string): string =>
    lines
      .filter((line) => signs.includes(line[0] ?? ' '))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const parts = text.split(pick(' -'));
  if (parts.length !== 2)
    throw new Error(`${path} has the lines of the guide ${parts.length - 1} times`);
  return parts.join(pick(' +'));
}
