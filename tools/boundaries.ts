import { existsSync, globSync } from 'node:fs';
import { resolve } from 'node:path';
import { runTool } from './process.ts';

/** One breach of the import table. */
interface Breach {
  readonly rule: string;
  readonly from: string;
  readonly to: string;
}

export interface Boundaries {
  readonly breaches: readonly Breach[];
  readonly filesCruised: number;
  readonly filesPresent: number;
}

interface CruiseResult {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly { rule: { name: string }; from: string; to: string }[];
  };
}

/** Runs dependency-cruiser over `folder` with the configuration in that folder. */
export async function cruise(folder: string): Promise<Boundaries> {
  const roots = ['src', 'web'].filter((name) => existsSync(resolve(folder, name)));
  const args = [...roots, '--config', '.dependency-cruiser.js', '--output-type', 'json'];
  const { stdout, stderr } = await runTool('depcruise', args, { cwd: folder });
  if (!stdout.startsWith('{'))
    throw new Error(`dependency-cruiser gave no result: ${stderr || stdout}`);
  const { modules, summary } = JSON.parse(stdout) as CruiseResult;
  return {
    breaches: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    filesCruised: modules.filter(({ source }) =>
      roots.some((name) => source.startsWith(`${name}/`)),
    ).length,
    filesPresent: roots.flatMap((name) => sourceFiles(folder, name)).length,
  };
}

function sourceFiles(folder: string, name: string): string[] {
  return globSync(`${name}/**/*.{ts,tsx}`, { cwd: folder }).filter(
    (path) => !path.includes('node_modules'),
  );
}

/**
 * Returns one line for each breach. A run that saw fewer files than exist proves nothing: with an
 * unknown TypeScript version, dependency-cruiser sees no file at all and reports success.
 */
export function flawsOfBoundaries({ breaches, filesCruised, filesPresent }: Boundaries): string[] {
  const flaws = breaches.map(({ rule, from, to }) => `${rule}: ${from} -> ${to}`);
  if (filesPresent === 0) return [...flaws, 'there is no source file to check'];
  // mutant cruise-without-files by import-table: condition -> true
  return filesCruised >= filesPresent
    ? flaws
    : [...flaws, `dependency-cruiser saw ${filesCruised} of ${filesPresent} source files`];
}
