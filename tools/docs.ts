// npm run docs [-- --write]: makes the reference pages from the code. `npm run check` verifies that
// they are up to date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { formatFactsMarkdown } from '../src/capabilities/policy/index.ts';
import { printGraphqlSchema } from '../src/entrypoints/server/graphql/print-schema.ts';
import { buildOpenApi } from '../src/entrypoints/server/questions/openapi.ts';
import { commandsPage } from './docs-commands.ts';
import { errorsPage, limitsPage } from './docs-core.ts';
import { coveragePage } from './docs-coverage.ts';
import { licencesPage } from './docs-licences.ts';
import { recordsPage } from './docs-records.ts';
import { EXAMPLE_PAGES, SCHEMA_PAGES } from './docs-schemas.ts';
import { WEB_PAGES } from './docs-web.ts';
import { root } from './process.ts';

/** A page that is made from the code. To add one, add a line here. */
interface Page {
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

export const PAGES: readonly Page[] = [
  { path: 'docs/reference/errors.md', render: errorsPage },
  { path: 'docs/reference/limits.md', render: limitsPage },
  { path: 'docs/reference/commands.md', render: commandsPage },
  { path: 'docs/reference/coverage.md', render: coveragePage },
  { path: 'docs/reference/facts.md', render: formatFactsMarkdown },
  { path: 'docs/reference/licences.md', render: licencesPage },
  { path: 'docs/adr/README.md', render: recordsPage },
  ...SCHEMA_PAGES,
  ...EXAMPLE_PAGES,
  ...WEB_PAGES,
  { path: 'docs/reference/openapi.json', render: renderOpenApi },
  { path: 'docs/reference/schema.graphql', render: printGraphqlSchema },
];

async function renderOpenApi(): Promise<string> {
  return `${JSON.stringify(await buildOpenApi(), null, 2)}\n`;
}

/** The pages that differ from the code. */
export async function flawsOfDocs(pages: readonly Page[] = PAGES): Promise<string[]> {
  const rendered = await Promise.all(
    pages.map(async ({ path, render }) => ({ path, text: await render() })),
  );
  return rendered
    .filter(({ path, text }) => read(path) !== text)
    .map(({ path }) => `${path} differs from the code: node tools/docs.ts --write`);
}

function read(path: string): string | null {
  try {
    return readFileSync(resolve(root, path), 'utf8');
  } catch {
    return null;
  }
}

async function main(write: boolean): Promise<void> {
  for (const { path, render } of write ? PAGES : []) {
    mkdirSync(dirname(resolve(root, path)), { recursive: true });
    writeFileSync(resolve(root, path), await render());
  }
  const flaws = await flawsOfDocs();
  for (const flaw of flaws) console.log(flaw);
  process.exitCode = flaws.length === 0 ? 0 : 1;
}

if (import.meta.main) await main(process.argv.includes('--write'));
