import { describe, expect, it } from 'vitest';
import { readLockedTree } from '../../../../test/support/locked-tree.ts';
import { applyEdits } from '../../../formats/text/edits.ts';
import { cargo } from '../cargo/index.ts';
import type { Ecosystem } from '../ecosystem.ts';
import type { Fix } from '../fix.ts';
import { php } from '../php/index.ts';
import { ruby } from '../ruby/index.ts';

/** The fixes of one ecosystem, where `safe` is the nearest safe version of some packages. */
async function plan(
  { fixes }: Ecosystem,
  files: Readonly<Record<string, string>>,
  safe: Readonly<Record<string, string | null>>,
): Promise<{ readonly fix: Fix; readonly texts: Readonly<Record<string, string>> }> {
  const { dependencies } = await readLockedTree({ ...files });
  const wanted = new Set([
    ...dependencies.map(({ place }) => place.file),
    ...(fixes?.listFiles(dependencies) ?? []),
  ]);
  const fix = fixes?.plan({
    dependencies,
    files: new Map(
      Object.entries(files)
        .filter(([file]) => wanted.has(file))
        .map(([file, text]) => [file, { text, bytes: Buffer.from(text) }]),
    ),
    findRemedy: ({ name }) =>
      Object.hasOwn(safe, name) ? { findings: ['X-1'], safe: safe[name] ?? null } : null,
    findDigest: () => null,
    findVersion: () => null,
    isAsked: () => true,
  });
  if (fix === undefined) throw new Error('it has no fixes');
  const texts = [...fix.edits].map(([file, edits]) => [file, applyEdits(files[file] ?? '', edits)]);
  return { fix, texts: Object.fromEntries(texts) };
}

const INDEX = 'source = "registry+https://r.example.com/index"';
const locked = (name: string, version: string, more = ''): string =>
  `[[package]]\nname = "${name}"\nversion = "${version}"\n${INDEX}\nchecksum = "${'ab'.repeat(32)}"\n${more}\n`;
const CARGO = {
  'api/Cargo.toml':
    '[package]\nname = "api"\n\n[dependencies]\ntime = "0.1" # old\nlog = { version = "0.4", default-features = false }\n' +
    '[dependencies.rand]\nversion = "0.8"\n',
  'api/Cargo.lock':
    `version = 4\n\n[[package]]\nname = "api"\nversion = "0.1.0"\ndependencies = ["log", "rand", "time"]\n\n` +
    locked('log', '0.4.20') +
    locked('rand', '0.8.5', 'dependencies = ["getrandom", "core"]\n') +
    locked('getrandom', '0.2.10') +
    locked('core', '0.6.0') +
    locked('time', '0.1.44'),
};

describe('D16 D12: fixes of Cargo', () => {
  it('change a requirement that forbids the safe version, and lock just that version', async () => {
    const { fix, texts } = await plan(cargo, CARGO, { time: '0.2.23', rand: '0.9.0' });
    expect(texts['api/Cargo.toml']).toBe(
      CARGO['api/Cargo.toml']
        .replace('time = "0.1"', 'time = "0.2.23"')
        .replace('"0.8"', '"0.9.0"'),
    );
    expect(fix.commands).toEqual([
      'cargo update --manifest-path api/Cargo.toml -p time@0.1.44 --precise 0.2.23',
      'cargo update --manifest-path api/Cargo.toml -p rand@0.8.5 --precise 0.9.0',
    ]);
    expect([...fix.fixed]).toEqual(['pkg:cargo/time@0.1.44', 'pkg:cargo/rand@0.8.5']);
  });

  it('leave a requirement that allows it, also of what only the lock names', async () => {
    const { fix, texts } = await plan(cargo, CARGO, { log: '0.4.21', getrandom: '0.2.12' });
    expect(texts).toEqual({});
    expect(fix.commands.map((command) => command.split(' ').slice(-3).join(' '))).toEqual([
      'getrandom@0.2.10 --precise 0.2.12',
      'log@0.4.20 --precise 0.4.21',
    ]);
  });

  it('say plainly where nothing helps', async () => {
    const { fix } = await plan(cargo, CARGO, { time: null, core: '0.7.0' });
    expect([fix.commands, fix.edits.size, fix.fixed.size]).toEqual([[], 0, 0]);
    expect(fix.open.map(({ what }) => what)).toEqual([
      'core: X-1: what needs it must be upgraded to one that takes 0.7.0',
      'time: X-1: no known version is free of it',
    ]);
  });
});

const GEMS = {
  Gemfile: 'source "https://r.example.com"\ngem "rails", "~> 7.0", ">= 7.0.2"\ngem "puma"\n',
  'Gemfile.lock':
    'GEM\n  remote: https://r.example.com/\n  specs:\n    puma (5.0.0)\n    rack (2.2.0)\n    rails (7.0.4)\n      rack (>= 2)\n\n' +
    'DEPENDENCIES\n  puma\n  rails (~> 7.0, >= 7.0.2)\n',
};

describe('D16 D12: fixes of Bundler', () => {
  it('change or add requirements, then write the lock', async () => {
    const { fix, texts } = await plan(ruby, GEMS, { rails: '7.1.2', puma: '5.6.8', rack: '2.2.8' });
    expect(texts).toEqual({
      Gemfile:
        'source "https://r.example.com"\ngem "rails", "7.1.2"\ngem "puma", "5.6.8"\ngem "rack", "2.2.8"\n',
    });
    expect(fix).toMatchObject({ commands: ['bundle lock'], open: [] });
  });

  it('say where a requirement is no plain text', async () => {
    const files = { ...GEMS, Gemfile: 'gem "rails",\n  "~> 7.0", ">= 7.0.2"\ngem "puma"\n' };
    const { fix } = await plan(ruby, files, { rails: '7.1.2' });
    expect(fix.open.map(({ what }) => what).join()).toContain(
      'set it to 7.1.2 where it is written',
    );
  });
});

const pack = (name: string, version: string): object => ({
  ...{ name, version },
  dist: { type: 'zip', url: `https://r.example.com/${name}.zip`, reference: '0a'.repeat(20) },
});
const PHP = {
  'composer.json': '{\n  "require": {\n    "a/log": "^1.0",\n    "a/mail": "~2.1.0"\n  }\n}\n',
  'composer.lock': JSON.stringify({
    packages: [pack('a/log', '1.0.1'), pack('a/mail', '2.1.3'), pack('a/text', '3.0.0')],
  }),
};

describe('D16 D12: fixes of Composer', () => {
  it('change a constraint that forbids the safe version, and lock just that version', async () => {
    const { fix, texts } = await plan(php, PHP, {
      'a/mail': '2.2.0',
      'a/log': '1.0.2',
      'a/text': '3.0.1',
    });
    expect(texts).toEqual({ 'composer.json': PHP['composer.json'].replace('~2.1.0', '2.2.0') });
    const update = (name: string, version: string): string =>
      `composer update ${name} --with ${name}:${version} --with-dependencies --no-install`;
    expect(new Set(fix.commands)).toEqual(
      new Set([update('a/log', '1.0.2'), update('a/mail', '2.2.0'), update('a/text', '3.0.1')]),
    );
  });

  it('lock what nothing locks', async () => {
    const { fix } = await plan(php, { 'composer.json': PHP['composer.json'] }, {});
    expect(fix.commands).toEqual(['composer update --no-install']);
  });
});
