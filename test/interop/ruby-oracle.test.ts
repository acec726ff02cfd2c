import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { allowsGem, gemScheme } from '../../src/capabilities/ecosystems/ruby/gem-order.ts';
import { installedGem } from '../../src/capabilities/ecosystems/ruby/installed-gem.ts';
import { readLockedTree } from '../support/locked-tree.ts';
import { findPeer } from '../support/peer.ts';
import { testData } from '../support/test-data.ts';

// Bundler reads no lock outside of a project.
const top = mkdtempSync(join(tmpdir(), 'waybill-ruby-'));
writeFileSync(join(top, 'Gemfile'), '');
afterAll(() => rmSync(top, { recursive: true, force: true }));

const ruby = findPeer('ruby');
if (ruby === null) console.warn('skipped: gems are not compared with Ruby: it is not installed');

/** The lines that a program of Ruby prints for a JSON text. */
function askRuby(program: string, input: unknown): readonly string[] {
  const args = ['-rjson', '-rrubygems', '-rbundler', '-e', program];
  const options = { cwd: top, input: JSON.stringify(input), maxBuffer: 1 << 26 } as const;
  const stdio = ['pipe', 'pipe', 'ignore'] as const;
  return execFileSync('ruby', args, { ...options, encoding: 'utf8', stdio: [...stdio] })
    .trimEnd()
    .split('\n');
}

const version = fc
  .array(fc.constantFrom('0', '1', '2', '10', '00', 'a', 'b2', 'rc', 'pre', 'x1y'), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => `1.${parts.join('.')}`);
const requirement = fc
  .array(
    fc
      .tuple(fc.constantFrom('', '= ', '!= ', '> ', '< ', '>= ', '<= ', '~> '), version)
      .map((one) => one.join('')),
    { minLength: 1, maxLength: 2 },
  )
  .map((parts) => parts.join(', '));

describe.skipIf(ruby === null)('what RubyGems itself says', () => {
  it('D15: the order of versions', () => {
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 2_000, seed: 11 });
    const program =
      'JSON.parse(STDIN.read).each { |a, b| puts Gem::Version.new(a) <=> Gem::Version.new(b) }';
    const ours = pairs.map(([one, other]) => String(Math.sign(gemScheme.compare(one, other) ?? 9)));
    expect(ours).toEqual(askRuby(program, pairs));
  });

  it('D12: whether a requirement allows a version', () => {
    const pairs = fc.sample(fc.tuple(requirement, version), { numRuns: 2_000, seed: 12 });
    const program =
      'JSON.parse(STDIN.read).each { |r, v| puts Gem::Requirement.new(r.split(", ")).satisfied_by?(Gem::Version.new(v)) }';
    const said = askRuby(program, pairs);
    const wrong = pairs.filter(([one, other], at) => String(allowsGem(one, other)) !== said[at]);
    expect(wrong).toEqual([]);
  });

  it('B2: the gems of this machine', () => {
    const folders = askRuby('puts Gem::Specification.dirs, Gem.default_specifications_dir', null);
    const files = folders
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
      .filter((file) => file.endsWith('.gemspec'));
    expect(files.length).toBeGreaterThan(20);
    const program =
      'JSON.parse(STDIN.read).each { |f| s = Gem::Specification.load(f); puts [s.name, s.version, s.platform].join(" ") }';
    const ours = files.map((file) => {
      const { drafts } = installedGem.extract({ path: file, bytes: readFileSync(file) });
      const [draft] = drafts;
      return `${draft?.name} ${draft?.version} ${draft?.parts.qualifiers['platform'] ?? 'ruby'}`;
    });
    expect(ours).toEqual(askRuby(program, files));
  });
});

const vectors = testData('vectors/inventory');
const locks =
  vectors === null
    ? []
    : readdirSync(vectors, { recursive: true, encoding: 'utf8' })
        .filter((path) => /ruby\/.*\.lock$/.test(path) && !path.includes('glob-paths'))
        .map((path) => join(vectors, path));

describe.skipIf(ruby === null || locks.length === 0)('what Bundler itself says of a lock', () => {
  const program =
    'l = Bundler::LockfileParser.new(STDIN.read.then { |t| JSON.parse(t) });' +
    'l.specs.reject { |s| s.source.is_a?(Bundler::Source::Path) && !s.source.is_a?(Bundler::Source::Git) }' +
    '.each { |s| puts [s.name, s.version, s.platform.to_s, s.dependencies.map(&:name).sort.join(",")].join(" ") }';

  it.each(locks)('%s', async (path) => {
    const text = readFileSync(path, 'utf8');
    const read = await readLockedTree({ 'Gemfile.lock': text });
    const said = ((): readonly string[] | null => {
      try {
        return askRuby(program, text).filter((line) => line !== '');
      } catch {
        return null;
      }
    })();
    // Ours wants a version of each gem; Bundler fails only later.
    if (said === null || said.some((line) => line.includes('  '))) {
      expect(read.outcomes[0]).toBe('partial');
      return;
    }
    // Parts of the project.
    const own = new Set(
      text
        .match(/PATH\n(?: .*\n)*/g)
        ?.flatMap((part) => part.match(/^ {4}(\S+)/gm)?.map((one) => one.trim()) ?? []),
    );
    const names = (purls: readonly string[]): string =>
      [...new Set(purls.map((purl) => /^pkg:gem\/([^@?]+)/.exec(purl)?.[1] ?? ''))].sort().join();
    const ours = read.inventory.components
      .filter(({ name }) => !own.has(name))
      .map(({ purl, name, version: of, dependsOn }) => {
        const platform = /platform=([^&]*)/.exec(purl)?.[1] ?? 'ruby';
        return [name, of, platform, names(dependsOn)].join(' ');
      });
    const locked = new Set(said.map((line) => line.split(' ', 1)[0] ?? ''));
    const expected = said.map((line) => {
      const [name, of, platform, needs = ''] = line.split(' ');
      const kept = [...new Set(needs.split(','))].filter(
        (need) => locked.has(need) && !own.has(need),
      );
      return [name, of, platform, kept.join()].join(' ');
    });
    expect([...ours].sort()).toEqual(expected.sort());
  });
});
