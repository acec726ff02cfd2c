import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A package of which a bundle contains code (docs/adr/0033-bundled-package.md). */
export interface BundledPackage {
  /** Its folder, such as `node_modules/zod`. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Its licence and its notices. */
  readonly notices: readonly { readonly name: string; readonly text: string }[];
}

const NOTICE = /^(?:licen[cs]e|copying|notice)(?:[.-][^/]*)?$/i;

/**
 * The packages that these modules came from, sorted by folder. A module that belongs neither to the
 * tree nor to one of its packages is an error. The tree may link to the node_modules of another.
 */
export function listBundledPackages(
  tree: string,
  modules: readonly string[],
): readonly BundledPackage[] {
  const packages = realpathSync(join(tree, 'node_modules'));
  const folders = new Set(modules.flatMap((id) => findPackage(tree, packages, id)));
  return [...folders].sort().map((folder) => readPackage(tree, folder));
}

/** Reads the package in a folder of the tree. */
export function readPackage(tree: string, folder: string): BundledPackage {
  const place = join(tree, folder);
  const { name, version, license } = JSON.parse(
    readFileSync(join(place, 'package.json'), 'utf8'),
  ) as Readonly<Record<'name' | 'version' | 'license', string>>;
  const notices = readdirSync(place)
    .filter((file) => NOTICE.test(file))
    .sort()
    .map((file) => ({ name: file, text: readFileSync(join(place, file), 'utf8') }));
  return { folder, name, version, license, notices };
}

/** `<tree>/node_modules/a/node_modules/@b/c/index.js` → `node_modules/a/node_modules/@b/c`. */
function findPackage(tree: string, packages: string, id: string): readonly string[] {
  if (id.startsWith('\0') || id.startsWith('rolldown:')) return []; // the bundler's own
  const inPackages = relative(packages, id);
  const place = inPackages.startsWith('..') ? relative(tree, id) : join('node_modules', inPackages);
  const path = place.replaceAll('\\', '/');
  if (path.startsWith('..')) throw new Error(`${id} is bundled, but is not part of the package`);
  const found = /^(?:node_modules\/(?:@[^/]+\/)?[^/]+\/)+/.exec(path)?.[0];
  return found === undefined ? [] : [found.slice(0, -1)];
}

/** The notices that the licences require, as one text. */
export function formatNotices(packages: readonly BundledPackage[]): string {
  return packages
    .flatMap(({ name, version, license, notices }) => [
      `==== ${name} ${version}: ${license}\n`,
      ...notices.map(({ text }) => text.trim()),
      '',
    ])
    .join('\n');
}

/** What an inventory of the bundle is made from: a manifest that a reader of packages knows. */
export function formatManifest({ name, version, license }: BundledPackage): string {
  return `${JSON.stringify({ name, version, license }, null, 2)}\n`;
}
