// npm run trace: prints every ID of the requirements and contracts with the tests that name it, and
// the IDs without a test. `--unnamed` prints only these.
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from './process.ts';
import { idsIn, idsOfTable } from './trace-ids.ts';
import { listTitles } from './trace-titles.ts';

const TABLES = ['docs/reference/requirements.md', 'docs/reference/contracts.md'];
const TESTS = [
  'src/**/*.{test,contract}.ts',
  'test/**/*.ts',
  'tools/**/*.test.ts',
  'bench/**/*.test.ts',
];

export interface Trace {
  /** Every ID of the tables, in their order, with the tests that name it: `file: title`. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  /** IDs that a test names but no table has. */
  readonly strange: readonly string[];
}

/** Joins the IDs of the tables with the titles of the tests. */
export function trace(
  ids: readonly string[],
  tests: readonly { readonly file: string; readonly source: string }[],
): Trace {
  const named = new Map<string, string[]>(ids.map((id) => [id, []]));
  const strange = new Set<string>();
  for (const { file, source } of tests) {
    for (const title of listTitles(source)) {
      for (const id of idsIn(title)) {
        if (named.has(id)) named.get(id)?.push(`${file}: ${title}`);
        else strange.add(`${id} (${file}: ${title})`);
      }
    }
  }
  return { named, strange: [...strange] };
}

export function tablesOfProject(): string[] {
  return TABLES.flatMap((path) => idsOfTable(readFileSync(resolve(root, path), 'utf8')));
}

export function testsOfProject(): { file: string; source: string }[] {
  const files = TESTS.flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => !file.endsWith('trace.test.ts')) // whose titles are examples of IDs
    .sort();
  return files.map((file) => ({ file, source: readFileSync(resolve(root, file), 'utf8') }));
}

function print({ named, strange }: Trace, unnamedOnly: boolean): void {
  const missing = [...named].filter(([, tests]) => tests.length === 0).map(([id]) => id);
  for (const [id, tests] of unnamedOnly ? [] : named) {
    console.log(`${id}${tests.length === 0 ? '  -' : ''}`);
    for (const test of new Set(tests)) console.log(`    ${test}`);
  }
  for (const found of strange) console.log(`not in any table: ${found}`);
  console.log(`\nnamed by no test (${missing.length} of ${named.size}): ${missing.join(' ')}`);
}

if (import.meta.main)
  print(trace(tablesOfProject(), testsOfProject()), process.argv.includes('--unnamed'));
