// npm run integrations [-- --output FOLDER]: makes the folders of the GitHub action and of the task
// of Azure Pipelines, as they are published. Everything that they need at run time is inside:
// Waybill as the package has it, and the code that speaks with the runner.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { buildInto } from './build.ts';
import { BUNDLE_OPTIONS } from './bundle-options.ts';
import { root } from './process.ts';

/** What Waybill reads beside its code, as in the package. */
const PARTS = ['bin/waybill.js', 'data/advisories-sample.ndjson', 'package.json', 'LICENSE'];

/** What speaks with a runner, and the metadata by which the runner knows it. */
export const INTEGRATIONS = {
  'github-action': 'action.yml',
  'azure-pipelines': 'task.json',
} as const;
export type Integration = keyof typeof INTEGRATIONS;

/** Writes one of the checkout in `tree` to an empty folder. */
export async function buildIntegration(
  tree: string,
  name: Integration,
  folder: string,
): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const inside = join(folder, 'waybill');
  await buildInto(tree, { dist: join(inside, 'dist'), page: false });
  for (const part of PARTS) copy(join(tree, part), join(inside, part));
  const source = join(tree, 'integrations', name);
  for (const file of [INTEGRATIONS[name], 'README.md'])
    copy(join(source, file), join(folder, file));
  const bundled = await rolldown({ ...BUNDLE_OPTIONS, input: join(source, 'src/main.ts') });
  const { output } = await bundled.generate({ format: 'esm' });
  const [entry, ...others] = output;
  if (others.length > 0) throw new Error(`${name} is more than one file`);
  writeFileSync(join(folder, 'index.js'), entry.code);
  // The runner starts index.js as a module.
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { output: { type: 'string', default: '.cache/integrations' } },
  });
  for (const name of Object.keys(INTEGRATIONS) as Integration[]) {
    const folder = resolve(values.output, name);
    await buildIntegration(root, name, folder);
    console.log(folder);
  }
}
