// npm run integrations [-- --output FOLDER]: makes the folders of the GitHub action, of the task of
// Azure Pipelines and of the extension for VS Code, as they are published. Everything that they
// need at run time is inside: Waybill as the package has it, and what speaks with the host.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { buildInto } from './build.ts';
import { BUNDLE_OPTIONS } from './bundle-options.ts';
import { root } from './process.ts';

/** What Waybill reads beside its code, as in the package. */
const PARTS = ['bin/waybill.js', 'data/advisories-sample.ndjson', 'package.json', 'LICENSE'];

interface Shape {
  /** The metadata by which its host knows it; it is published as it is, but for `npm` of ours. */
  readonly metadata: string;
  readonly entry: string;
  readonly bundle: string;
  readonly format: 'esm' | 'cjs';
  /** What the host has already. */
  readonly external: readonly string[];
}

const TASK = { entry: 'src/main.ts', bundle: 'index.js', format: 'esm', external: [] } as const;

/** What speaks with a runner or an editor. */
export const INTEGRATIONS = {
  'github-action': { ...TASK, metadata: 'action.yml' },
  'azure-pipelines': { ...TASK, metadata: 'task.json' },
  vscode: {
    ...{ metadata: 'package.json', entry: 'src/extension.ts' },
    ...{ bundle: 'extension.cjs', format: 'cjs', external: ['vscode'] },
  },
} as const satisfies Readonly<Record<string, Shape>>;
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
  const { metadata, entry: input, bundle, format, external } = INTEGRATIONS[name];
  for (const file of [metadata, 'README.md']) copy(join(source, file), join(folder, file));
  copy(join(tree, 'LICENSE'), join(folder, 'LICENSE'));
  const options = { ...BUNDLE_OPTIONS, external: [...external], input: join(source, input) };
  const bundled = await rolldown(options);
  const { output } = await bundled.generate({ format });
  const [entry, ...others] = output;
  if (others.length > 0) throw new Error(`${name} is more than one file`);
  writeFileSync(join(folder, bundle), entry.code);
  writePackage(folder, metadata);
}

/** The runner starts index.js as a module; an editor reads no more than what it knows. */
function writePackage(folder: string, metadata: string): void {
  const file = join(folder, 'package.json');
  if (metadata !== 'package.json') {
    writeFileSync(file, '{ "type": "module" }\n');
    return;
  }
  const all = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
  const { devDependencies: _, private: __, ...published } = all;
  writeFileSync(file, `${JSON.stringify(published, null, 2)}\n`);
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
