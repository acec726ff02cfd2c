import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { formatPurl, parsePurl } from '../../src/core/purl.ts';
import { orThrow } from '../../src/core/result.ts';
import { peer } from '../support/peer.ts';
import { testData } from '../support/test-data.ts';

const vectors = testData('vectors/inventory');
const scalibr = peer('scalibr-locks');
const work = mkdtempSync(join(tmpdir(), 'waybill-vectors-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** The name under which a package manager writes the files of a folder. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/packagelockjson\/testdata\/[^/]*\.json$/, 'package-lock.json'],
  [/pnpmlock\//, 'pnpm-lock.yaml'],
  [/yarnlock\//, 'yarn.lock'],
  [/bunlock\//, 'bun.lock'],
  [/gomod\/.*\.mod$/, 'go.mod'],
  [/pomxml\//, 'pom.xml'],
  [/gradlelockfile\//, 'gradle.lockfile'],
  [/requirements\//, 'requirements.txt'],
  [/poetrylock\//, 'poetry.lock'],
  [/pdmlock\//, 'pdm.lock'],
  [/pipfilelock\//, 'Pipfile.lock'],
  [/pylock\//, 'pylock.toml'],
  [/uvlock\//, 'uv.lock'],
  [/condameta\//, 'conda-meta/x.json'],
  [/gemfilelock\//, 'Gemfile.lock'],
  [/cargolock\//, 'Cargo.lock'],
  [/composerlock\/.*\.json$/, 'composer.lock'],
  [/packageslockjson\//, 'packages.lock.json'],
  [/depsjson\//, 'app.deps.json'],
  [/packagesconfig\//, 'packages.config'],
  [
    /^syft\/.*\/((?:package-lock|npm-shrinkwrap)\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lock|go\.mod|pom\.xml|gradle\.lockfile|poetry\.lock|uv\.lock|Pipfile\.lock|requirements\.txt|Gemfile\.lock|Cargo\.lock|composer\.lock|packages\.lock\.json|[^/]+\.deps\.json)$/,
    '',
  ],
];

/** What the two read differently, and why that is right. */
const DIFFERENT: readonly (readonly [files: RegExp, why: string])[] = [
  [/gradlelockfile\/.*\/with-bad-pkg$/, 'Gradle refuses such a lock, so nothing of it counts'],
  [
    /pomxml\/testdata\/(?:ambiguous|explicit|interpolate-drop|multi|one|profiles|two|with-(?!parent))/,
    'Maven refuses a pom without an artifactId, so nothing of it counts',
  ],
  [/pomxml\/.*\/interpolation\.xml$/, 'the lower end of a range is no version that is used'],
  [
    /bunlock\/.*\/(?:blog-sample|commits)|bun-variable-tuples|packagelockjson\/.*\/commits|pipfilelock\/.*\/no-version/,
    'a package of a repository has its commit as its version, and none without one',
  ],
  [
    /packagelockjson\/.*\/files\.v2|(?:pnpmlock|yarnlock)\/.*\/files\.|exclude-root|has-local-gem|with-local\.lock|image-audit|path-deps/,
    'a folder is the project itself, or a part of it that was not read, and no package',
  ],
  [
    /depsjson\/testdata\/(?:nopackagename|valid)|deps-with-referenceassembly|dir-example-1/,
    'the application, its projects and what brings no file are no packages of NuGet',
  ],
  [/condameta\/testdata\/valid/, 'it reads such a record in folders of some names only'],
  [
    /(?:pylock|uvlock)\/testdata\/names-outside-package-block/,
    'a package without any source cannot be installed from it',
  ],
  [
    /requirements\/testdata\/(?:example|per_req_options|with_versions)|syft\/python\/testdata\/requires/,
    'only == names one version; the name in an address and an option count as pip reads them',
  ],
  [/pnpm-multi-doc/, 'the first of its documents locks packages too'],
  [/pnpm-v6\//, 'a version with peers behind it is one'],
  [
    /pnpm-v9\/|pkg-lock\/package-lock|yarn-berry\/yarn\.lock/,
    'changed by hand: it is refused there',
  ],
  [/gomod\/.*\/replace-(?:different|mixed)/, 'of two replacements the one of its version counts'],
];

interface Vector {
  readonly path: string;
  readonly folder: string;
}

/** Each file in a folder of its own, under its real name, with the sums beside a go.mod. */
function placeVectors(): readonly Vector[] {
  const root = vectors ?? '';
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(root, path)).isFile())
    .sort();
  return files.flatMap((path): readonly Vector[] => {
    const name = NAMES.find(([pattern]) => pattern.test(path))?.[1];
    if (name === undefined) return [];
    const folder = join(work, path.replaceAll('/', '~'));
    const target = join(folder, name === '' ? basename(path) : name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, readFileSync(join(root, path)));
    const sum = join(root, path.replace(/mod$/, 'sum'));
    if (path.endsWith('.mod') && existsFile(sum)) cpSync(sum, join(folder, 'go.sum'));
    if (path.includes('requirements/testdata'))
      for (const other of readdirSync(dirname(join(root, path))))
        if (other !== basename(path)) cpSync(join(root, dirname(path), other), join(folder, other));
    return [{ path, folder: basename(folder) }];
  });
}

function existsFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Type, namespace, name and version alone, as our own package URLs write them. Theirs write those
 * of Go without their `v`. Null for what has no version, which no advisory can be looked up for,
 * and for the standard library: a go.mod says the least release, and not which one builds it.
 */
function shorten(purl: string): string | null {
  const parts = parsePurl(purl.replaceAll('%2F', '/'));
  if (!parts.ok) return purl;
  const { type, name, version } = parts.value;
  if (version === null || (type === 'golang' && name === 'stdlib')) return null;
  const whole = type === 'golang' && /^\d/.test(version) ? `v${version}` : version;
  return formatPurl({ ...parts.value, version: whole, qualifiers: {}, subpath: null });
}

describe.skipIf(vectors === null || scalibr === null)(
  'B2: locks of two other tools give the packages that SCALIBR reads in them',
  () => {
    const placed = placeVectors();
    const theirs = new Map<string, Set<string>>(placed.map(({ folder }) => [folder, new Set()]));
    const out = execFileSync(scalibr ?? '', [work], {
      encoding: 'utf8',
      maxBuffer: 256 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    for (const line of out.trim().split('\n')) {
      const { place, purl } = JSON.parse(line) as { place: string; purl: string };
      const short = shorten(purl);
      if (short !== null) theirs.get(place.slice(0, place.indexOf('/')))?.add(short);
    }

    it.each(placed.map((one) => [one.path, one.folder] as const))('%s', async (path, folder) => {
      const tree = orThrow(openFileTree(join(work, folder)));
      const kind = path.includes('condameta') ? 'root-file-system' : 'source-tree';
      const { components, skips, outcome } = await inventoryTree(tree, '.', { target: kind });
      const ours = new Set(components.flatMap(({ purl }) => shorten(purl) ?? []));
      const other = theirs.get(folder) ?? new Set<string>();
      const lacking = [...other].filter((purl) => !ours.has(purl)).sort();
      const extra = [...ours].filter((purl) => !other.has(purl)).sort();
      const isSame = lacking.length === 0 && extra.length === 0;
      const said = {
        path,
        outcome,
        lacking,
        extra,
        skips: skips.map(({ cause }) => cause.message),
      };
      const why = DIFFERENT.find(([files]) => files.test(path))?.[1] ?? null;
      // A difference without a reason is a fault, and so is a reason without a difference.
      expect([isSame ? null : (why ?? 'for no reason'), said]).toEqual([why, said]);
    });
  },
);
