import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readLockedTree } from '../support/locked-tree.ts';
import { findPeer } from '../support/peer.ts';

const top = mkdtempSync(join(tmpdir(), 'waybill-cargo-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

interface Metadata {
  readonly packages: readonly {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly source: string | null;
  }[];
  readonly resolve: {
    readonly nodes: readonly { readonly id: string; readonly dependencies: readonly string[] }[];
  };
}

const crate = (name: string, dependencies: string): string =>
  `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2021"\n${dependencies}`;

/** Workspaces with the forms of dependencies that Cargo knows. */
const PROJECTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {
    'Cargo.toml': crate(
      'plain',
      '[dependencies]\nlog = "0.4"\nsemver = { version = "1", features = ["serde"] }\n',
    ),
  },
  workspace: {
    'Cargo.toml':
      '[workspace]\nresolver = "2"\nmembers = ["one", "two"]\n[workspace.dependencies]\nitoa = "1"\n',
    'one/Cargo.toml': crate(
      'one',
      '[dependencies]\nitoa = { workspace = true }\nold = { package = "bitflags", version = "1" }\n' +
        'two = { path = "../two" }\n[dev-dependencies]\nbitflags = "2"\n',
    ),
    'two/Cargo.toml': crate(
      'two',
      '[features]\nextra = ["dep:ryu"]\n[dependencies]\nryu = { version = "1", optional = true }\n' +
        '[target.\'cfg(windows)\'.dependencies]\nwindows-link = "0.1"\n[build-dependencies]\nautocfg = "=1.4.0"\n',
    ),
  },
};

function writeProject(name: string): string {
  const folder = join(top, name);
  for (const [path, text] of Object.entries(PROJECTS[name] ?? {})) {
    mkdirSync(join(folder, path, '../src'), { recursive: true });
    writeFileSync(join(folder, path), text);
    writeFileSync(join(folder, path, '../src/lib.rs'), '');
  }
  return folder;
}

function runCargo(folder: string, ...args: readonly string[]): string {
  const options = { cwd: folder, encoding: 'utf8', timeout: 120_000, maxBuffer: 1 << 28 } as const;
  return execFileSync('cargo', args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Null, with a message, where cargo or its registry cannot be had. */
function lockAll(): readonly string[] | null {
  const skip = (why: string): null => {
    console.warn(`skipped: locks are not compared with cargo metadata: ${why}`);
    return null;
  };
  if (findPeer('cargo') === null) return skip('there is no cargo');
  try {
    return Object.keys(PROJECTS).map((name) => {
      const folder = writeProject(name);
      runCargo(folder, 'generate-lockfile');
      return folder;
    });
  } catch {
    return skip('cargo reaches no registry');
  }
}

const folders = lockAll();

function readFiles(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  // Crates bring files of other package managers, too.
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (
      /(?:^|\/)(?:Cargo\.(?:toml|lock)|\.cargo.*)$/.test(path) &&
      statSync(join(folder, path)).isFile()
    )
      files[path] = readFileSync(join(folder, path), 'utf8');
  return files;
}

describe.skipIf(folders === null)('B2 D10: what Cargo itself says of a lock', () => {
  it.each(folders ?? [])('%s', async (folder) => void (await compare(folder)), 240_000);

  it('is the same for crates that cargo vendor put into the tree', async () => {
    const folder = folders?.[0] ?? '';
    const config = runCargo(folder, 'vendor');
    mkdirSync(join(folder, '.cargo'));
    writeFileSync(join(folder, '.cargo/config.toml'), config);
    const { dependencies } = await compare(folder);
    expect(new Set(dependencies.map(({ registryFrom }) => registryFrom))).toEqual(
      new Set(['tree']),
    );
  }, 240_000);
});

async function compare(folder: string) {
  const metadata = JSON.parse(
    runCargo(folder, 'metadata', '--format-version', '1', '--locked', '--all-features'),
  ) as Metadata;
  const byId = new Map(metadata.packages.map((one) => [one.id, one]));
  const name = (id: string): string | null => {
    const found = byId.get(id);
    return found === undefined || found.source === null
      ? null
      : `pkg:cargo/${found.name}@${found.version.replaceAll('+', '%2B')}`;
  };
  const edges = metadata.resolve.nodes.flatMap(({ id, dependencies }) => {
    const from = name(id);
    return from === null ? [] : dependencies.map((to) => `${from} ${name(to)}`);
  });
  const read = await readLockedTree(readFiles(folder));
  expect(read.reasons).toEqual([]);
  expect(read.components).toEqual([...byId.keys()].flatMap((id) => name(id) ?? []).sort());
  const ours = read.inventory.components.flatMap(({ purl, dependsOn }) =>
    dependsOn.map((to) => `${purl} ${to}`),
  );
  // Cargo says only what its resolver takes for the features in use; a lock has all of them.
  expect(edges.filter((edge) => !ours.includes(edge))).toEqual([]);
  const own = metadata.resolve.nodes.filter(({ id }) => name(id) === null);
  const direct = own.flatMap(({ dependencies }) => dependencies.flatMap((id) => name(id) ?? []));
  expect(read.direct).toEqual([...new Set(direct)].sort());
  expect(read.dependencies.every(({ pinned }) => pinned === 'yes')).toBe(true);
  return read;
}
