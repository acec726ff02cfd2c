import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const CONFIGURATION = [
  '.dependency-cruiser.js',
  '.gitignore',
  'biome.json',
  'package.json',
  'tools/lint',
  'tsconfig.json',
];

export interface PlantedTree {
  readonly folder: string;
  remove(): void;
}

/**
 * A small tree with the project's real configuration: what is caught there is caught in the project
 * too.
 */
export function plantTree(files: Readonly<Record<string, string>>): PlantedTree {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tree-'));
  for (const path of CONFIGURATION)
    cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
