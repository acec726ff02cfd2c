// npm run integrations [-- --output FOLDER]: makes the folders of the GitHub action, of the task of
// Azure Pipelines, of the extension for VS Code and of the Devcontainer Feature, as they are
// published. Everything that they need at run time is inside: Waybill as the package has it, and
// what speaks with the host.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { buildInto } from './build.ts';
import { BUNDLE_OPTIONS } from './bundle-options.ts';
import { root } from './process.ts';

/** What Waybill reads beside its code, as in the package. */
const PARTS = ['bin/waybill.js', 'data/advisories-sample.ndjson', 'package.json', 'LICENSE'];

/** The code that speaks with a host, in one file. */
interface Program {
  readonly entry: string;
  readonly file: string;
  readonly format: 'esm' | 'cjs';
  /** What the host has already. */
  readonly external: readonly string[];
}

interface Shape {
  /** Published as they are, but for what a `package.json` has for npm and us. */
  readonly files: readonly string[];
  readonly program: Program | null;
}

const STEP = { entry: 'src/main.ts', file: 'index.js', format: 'esm', external: [] } as const;

/** What speaks with a runner, an editor or a container. */
export const INTEGRATIONS = {
  'github-action': { files: ['action.yml'], program: STEP },
  'azure-pipelines': { files: ['task.json'], program: STEP },
  vscode: {
    files: ['package.json'],
    program: {
      ...{ entry: 'src/extension.ts', file: 'extension.cjs' },
      ...{ format: 'cjs', external: ['vscode'] },
    },
  },
  'devcontainer-feature': {
    files: ['devcontainer-feature.json', 'install.sh', 'set-up-workspace.sh'],
    program: null,
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
  const { files, program } = INTEGRATIONS[name];
  for (const file of [...files, 'README.md']) copy(join(source, file), join(folder, file));
  copy(join(tree, 'LICENSE'), join(folder, 'LICENSE'));
  if (program === null) return;
  await writeProgram(source, folder, program);
  writePackage(folder);
}

async function writeProgram(source: string, folder: string, program: Program): Promise<void> {
  const input = join(source, program.entry);
  const external = [...program.external];
  const bundled = await rolldown({ ...BUNDLE_OPTIONS, external, input });
  const { output } = await bundled.generate({ format: program.format });
  const [entry, ...others] = output;
  if (others.length > 0) throw new Error(`${input} is more than one file`);
  writeFileSync(join(folder, program.file), entry.code);
}

/** The runner starts index.js as a module; an editor reads no more than what it knows. */
function writePackage(folder: string): void {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) {
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
