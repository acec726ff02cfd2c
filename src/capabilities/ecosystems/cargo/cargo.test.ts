import { describe, expect, it } from 'vitest';
import { readLockedTree } from '../../../../test/support/locked-tree.ts';

const INDEX = 'registry+https://github.com/rust-lang/crates.io-index';
const HASH = 'ab'.repeat(32);
const COMMIT = 'c0'.repeat(20);

/** One `[[package]]`; a crate with neither hash nor source is the project. */
function crate(
  id: string,
  needs: readonly string[] = [],
  more = `source = "${INDEX}"\nchecksum = "${HASH}"\n`,
) {
  const [name, version] = id.split(' ');
  const list =
    needs.length === 0
      ? ''
      : `dependencies = [${needs.map((need) => `\n "${need}",`).join('')}\n]\n`;
  return `[[package]]\nname = "${name}"\nversion = "${version}"\n${more}${list}\n`;
}
const own = (id: string, needs: readonly string[] = []): string => crate(id, needs, '');
const lock = (...crates: readonly string[]): string => `version = 4\n\n${crates.join('')}`;

const MANIFEST = '[package]\nname = "shop"\nversion = "0.1.0"\n';
const WORKSPACE = {
  'Cargo.toml':
    `${MANIFEST}\n[workspace]\nmembers = ["web"]\n[workspace.dependencies]\nlog = "0.4"\n\n` +
    '[dependencies]\nserde = { version = "1.0", features = ["derive"] }\nweb = { path = "web" }\n' +
    'other = { package = "libc", version = "0.2" }\n[target.\'cfg(unix)\'.dependencies]\nnix = "0.27"\n' +
    '[dependencies.bitflags]\nversion = "2"\n[dev-dependencies]\ntempfile = "3"\n',
  'web/Cargo.toml':
    '[package]\nname = "web"\n[dependencies]\nlog = { workspace = true }\n' +
    'semver = { git = "https://git.example.com/semver", tag = "1.0.0" }\n',
  'Cargo.lock': lock(
    own('shop 0.1.0', ['bitflags 2.4.1', 'libc', 'nix', 'serde', 'tempfile', 'web']),
    own('web 0.1.0', ['log', 'semver']),
    crate('bitflags 1.3.2'),
    crate('bitflags 2.4.1'),
    crate('libc 0.2.150'),
    crate('log 0.4.20', [], `source = "${INDEX}"\n`),
    crate('nix 0.27.1', ['bitflags 1.3.2', 'libc']),
    crate(
      'semver 1.0.0',
      [],
      `source = "git+https://user:pw@git.example.com/semver?tag=1.0.0#${COMMIT}"\n`,
    ),
    crate('serde 1.0.193'),
    crate('tempfile 3.8.1', ['fastrand']),
    crate(
      'fastrand 2.0.1',
      [],
      `source = "sparse+https://crates.example.com/index/"\nchecksum = "${HASH}"\n`,
    ),
  ),
};

describe('B2 B15 D10: Cargo.lock', () => {
  it('gives each crate of a workspace with hash, origin, edges and what is direct', async () => {
    const { outcomes, components, inventory, direct } = await readLockedTree(WORKSPACE);
    expect(outcomes).toEqual(['complete', 'complete']);
    expect(components).toEqual([
      ...['pkg:cargo/bitflags@1.3.2', 'pkg:cargo/bitflags@2.4.1', 'pkg:cargo/fastrand@2.0.1'],
      ...['pkg:cargo/libc@0.2.150', 'pkg:cargo/log@0.4.20', 'pkg:cargo/nix@0.27.1'],
      ...['pkg:cargo/semver@1.0.0', 'pkg:cargo/serde@1.0.193', 'pkg:cargo/tempfile@3.8.1'],
    ]);
    expect(inventory.components[5]).toMatchObject({
      hashes: { sha256: HASH },
      origin: INDEX,
      dependsOn: ['pkg:cargo/bitflags@1.3.2', 'pkg:cargo/libc@0.2.150'],
    });
    expect(inventory.components[6]?.origin).toBe(
      `git+https://git.example.com/semver?tag=1.0.0#${COMMIT}`,
    );
    const forDevelopment = inventory.components.filter(({ development }) => development);
    expect(forDevelopment.map(({ name }) => name)).toEqual(['fastrand', 'tempfile']);
    expect(direct).not.toContain('pkg:cargo/bitflags@1.3.2');
    expect(direct).toHaveLength(7);
  });

  it('calls no crate one of development where a manifest is missing', async () => {
    const members = WORKSPACE['Cargo.toml'].replace('"web"]', '"*"]');
    const star = members.replace('web = { path = "web" }\n', '');
    const files = { ...WORKSPACE, 'Cargo.toml': star };
    const { inventory } = await readLockedTree({
      ...files,
      'crates/x/Cargo.toml': '[workspace]\n',
    });
    expect(inventory.components.some(({ development }) => development)).toBe(false);
    const guessed = { ...files, 'Cargo.toml': star.replace('"*"', '"./*"') };
    const whole = (await readLockedTree(guessed)).inventory.components;
    expect(whole.filter(({ development }) => development)).toHaveLength(2);
  });

  it.each([
    [
      '1, with its hashes in a table of their own',
      `[root]\nname = "shop"\nversion = "0.1.0"\ndependencies = ["log 0.4.20 (${INDEX})"]\n\n` +
        crate('log 0.4.20', [], `source = "${INDEX}"\n`) +
        `[metadata]\n"checksum log 0.4.20 (${INDEX})" = "${HASH}"\n`,
    ],
    ['2, without a number', own('shop 0.1.0', ['log']) + crate('log 0.4.20')],
    ['3', `version = 3\n${own('shop 0.1.0', ['log'])}${crate('log 0.4.20')}`],
    [
      '4, with a patch that is not used',
      `${lock(own('shop 0.1.0', ['log']), crate('log 0.4.20'))}[[patch.unused]]\nname = "x"\nversion = "1.0.0"\n`,
    ],
  ])('of version %s', async (_, text) => {
    const manifest = `${MANIFEST}[dependencies]\nlog = "0.4"\n`;
    const read = await readLockedTree({ 'Cargo.toml': manifest, 'Cargo.lock': text });
    expect(read).toMatchObject({
      outcomes: ['complete', 'complete'],
      components: ['pkg:cargo/log@0.4.20'],
    });
    expect(read.inventory.components[0]?.hashes).toEqual({ sha256: HASH });
    expect(read.direct).toEqual(['pkg:cargo/log@0.4.20']);
  });

  it('takes a crate that is put in the place of another one', async () => {
    const git = `git+https://git.example.com/log#${COMMIT}`;
    const read = await readLockedTree({
      'Cargo.lock': lock(
        own('shop 0.1.0', [`log 0.4.20 (${INDEX})`]),
        crate('log 0.4.20', [], `source = "${INDEX}"\nreplace = "log 0.4.20 (${git})"\n`),
        crate('log 0.4.20', [], `source = "${git}"\n`),
      ),
    });
    expect(read).toMatchObject({ components: ['pkg:cargo/log@0.4.20'], reasons: [] });
    expect(read.inventory.components[0]?.origin).toBe(git);
  });

  it.each([
    ['a later version', 'version = 5\n', 'version 5 is not 1, 2, 3 or 4'],
    ['no TOML', '[[package]\n', 'Invalid'],
    ['a crate without a version', lock(crate('log')), 'has no usable version'],
    ['a name with a slash', lock(crate('../log 1.0.0')), 'has no usable name'],
    ['a need that is not locked', lock(own('shop 0.1.0', ['log'])), '"shop" needs "log"'],
    [
      'a need that may be two',
      lock(own('shop 0.1.0', ['log']), crate('log 1.0.0'), crate('log 2.0.0')),
      '"shop" needs "log"',
    ],
  ])('that has %s makes the inventory partial', async (_, text, why) => {
    const { outcomes, reasons } = await readLockedTree({ 'Cargo.lock': text });
    expect(outcomes).toEqual(['partial', 'partial']);
    expect(reasons.join()).toMatch(why === 'Invalid' ? /line 1/ : new RegExp(why));
  });
});

describe('B2 D12: Cargo.toml', () => {
  const wants = (table: string, name = 'shop'): string => `[package]\nname = "${name}"\n${table}`;
  const whole = lock(own('shop 0.1.0', ['log']), crate('log 0.4.20'));
  it.each<[string, Record<string, string>, string]>([
    ['without a lock', { 'Cargo.toml': wants('[dependencies]\nlog = "0.4"\n') }, 'no lock'],
    [
      'that asks for more',
      { 'Cargo.toml': wants('[build-dependencies]\ncc = "1"\n'), 'Cargo.lock': whole },
      '"cc", which the lock lacks',
    ],
    [
      'that asks for another version',
      { 'Cargo.toml': wants('[dependencies]\nlog = "0.5"\n'), 'Cargo.lock': whole },
      'the lock has 0.4.20',
    ],
    [
      'that asks for a repository',
      {
        'Cargo.toml': wants('[dependencies]\nlog = { git = "https://git.example.com/log" }\n'),
        'Cargo.lock': whole,
      },
      'the lock has 0.4.20',
    ],
    [
      'of another crate',
      { 'Cargo.toml': wants('[dependencies]\nlog = "0.4"\n', 'other'), 'Cargo.lock': whole },
      'lacks the crate "other" itself',
    ],
    [
      'below, which the lock does not name',
      { 'x/Cargo.toml': wants('[dependencies]\nlog = "0.4"\n', 'x'), 'Cargo.lock': whole },
      'no lock',
    ],
    [
      'with a folder outside of the tree',
      { 'Cargo.toml': wants('[dependencies]\nx = { path = "../x" }\n'), 'Cargo.lock': whole },
      'no Cargo.toml here',
    ],
    [
      'with a folder that is not here',
      { 'Cargo.toml': wants('[patch.crates-io]\nx = { path = "x" }\n'), 'Cargo.lock': whole },
      'no Cargo.toml here',
    ],
    [
      'with a dependency of no kind',
      { 'Cargo.toml': wants('[dependencies]\nlog = 1\n'), 'Cargo.lock': whole },
      'no dependency that Cargo takes',
    ],
  ])('%s makes the inventory partial', async (_, files, why) => {
    const { outcomes, reasons } = await readLockedTree(files);
    expect(outcomes[0]).toBe('partial');
    expect(reasons.join()).toContain(why);
  });

  it('that requires nothing, or what the lock has, is complete', async () => {
    for (const table of [
      '',
      '[dependencies]\nlog = "0.4.1"\n',
      '[dependencies]\nlog = ">=0.4, <0.5"\n',
    ])
      expect(
        (await readLockedTree({ 'Cargo.toml': wants(table), 'Cargo.lock': whole })).reasons,
      ).toEqual([]);
  });

  it('of a vendored crate counts only where the lock has the crate', async () => {
    const vendored = (name: string): Record<string, string> => ({
      [`vendor/${name}/Cargo.toml`]: wants('[dependencies]\nlibc = "0.2"\n', name),
      [`vendor/${name}/Cargo.lock`]: lock(own(`${name} 1.0.0`, ['libc']), crate('libc 0.2.1')),
      [`vendor/${name}/.cargo-checksum.json`]: '{"files":{}}',
    });
    const project = { 'Cargo.toml': wants('[dependencies]\nlog = "0.4"\n'), 'Cargo.lock': whole };
    const read = await readLockedTree({ ...project, ...vendored('log') });
    expect(read).toMatchObject({
      outcomes: ['complete', 'complete'],
      components: ['pkg:cargo/log@0.4.20'],
    });
    expect(read.declared).toHaveLength(1);
    expect((await readLockedTree({ ...project, ...vendored('evil') })).outcomes[0]).toBe('partial');
    expect((await readLockedTree(vendored('alone'))).components).toEqual(['pkg:cargo/libc@0.2.1']);
  });
});

describe('D12 D20 B10 B14: the crates that a tree declares', () => {
  it('are pinned by hash or commit, have a registry, and may be for development', async () => {
    const { declared } = await readLockedTree(WORKSPACE);
    const index = 'github.com/rust-lang/crates.io-index lock';
    expect(declared).toEqual([
      `Cargo.lock:23 bitflags 1.3.2 transitive yes ${index}`,
      'Cargo.lock:76 fastrand 2.0.1 transitive yes crates.example.com/index lock dev',
      `Cargo.toml:11 serde 1.0.193 direct yes ${index}`,
      `Cargo.toml:13 libc 0.2.150 direct yes ${index}`,
      `Cargo.toml:15 nix 0.27.1 direct yes ${index}`,
      `Cargo.toml:16 bitflags 2.4.1 direct yes ${index}`,
      `Cargo.toml:19 tempfile 3.8.1 direct yes ${index} dev`,
      `web/Cargo.toml:4 log 0.4.20 direct unknown ${index}`,
      'web/Cargo.toml:5 semver 1.0.0 direct yes git.example.com/semver lock',
    ]);
  });

  it('come from the registry that .cargo/config.toml puts in the place of another', async () => {
    const config = (text: string): Record<string, string> => ({
      ...WORKSPACE,
      '.cargo/config.toml': text,
    });
    const replace = '[source.crates-io]\nreplace-with = "a"\n';
    const of = async (text: string): Promise<string> =>
      (await readLockedTree(config(text))).declared
        .find((one) => one.includes('serde'))
        ?.split(' ')
        .slice(-2)
        .join(' ') ?? '';
    expect(
      await of(`${replace}[source.a]\nregistry = "sparse+https://mirror.example.com/x/"\n`),
    ).toBe('mirror.example.com/x configured');
    expect(await of(`${replace}[source.a]\ndirectory = "vendor"\n`)).toBe('- tree');
    expect(await of(`${replace}[source.a]\ndirectory = "../vendor"\n`)).toBe('- configured');
    expect(await of(`${replace}[source.a]\nreplace-with = "crates-io"\n`)).toBe('- configured');
  });

  it('come from a registry by the name that .cargo/config.toml explains', async () => {
    const { declared } = await readLockedTree({
      'Cargo.toml': '[dependencies]\na = { version = "1", registry = "my" }\nb = "1"\n',
      '.cargo/config.toml': '[registries.my]\nindex = "sparse+https://my.example.com/i/"\n',
    });
    expect(declared).toEqual([
      'Cargo.toml:2 a - direct no my.example.com/i configured',
      'Cargo.toml:3 b - direct no - default',
    ]);
  });

  it('that nothing needs, or that the lock lacks, are not pinned', async () => {
    const read = await readLockedTree({
      'Cargo.toml': `${MANIFEST}[dependencies]\nlog = "0.4"\n`,
      'Cargo.lock': lock(own('shop 0.1.0'), crate('stray 1.0.0')),
    });
    expect(read.declared).toEqual([
      'Cargo.lock:7 stray 1.0.0 transitive no github.com/rust-lang/crates.io-index lock',
      'Cargo.toml:5 log - direct no - default',
    ]);
  });
});
