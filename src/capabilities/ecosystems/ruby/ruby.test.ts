import { describe, expect, it } from 'vitest';
import { readInstalled, readLockedTree } from '../../../../test/support/locked-tree.ts';
import { allowsGem } from './gem-order.ts';

const COMMIT = '0123456789abcdef'.repeat(3).slice(0, 40);
const HASH = 'cd'.repeat(32);
const PUBLIC = ['rubygems', 'org'].join('.');

const GEMFILE = `source "https://gems.example.com"
gemspec
gem "rails", "~> 7.0.4"
gem 'pg', '>= 0.18', '< 2.0'
gem "bootsnap", require: false
gem "devise", git: "https://git.example.com/devise",
  branch: "main"
group :development, :test do
  gem "rspec", "~> 3.0"
end
gem "tool", path: "lib/tool"
gem "win", "1.0" if ENV["X"]
`;
const GEMSPEC = `Gem::Specification.new do |spec|
  spec.name = "shop"
  spec.add_dependency "rack", ">= 2"
  spec.add_development_dependency 'minitest'
end
`;
const LOCK = `GIT
  remote: https://git.example.com/devise
  revision: ${COMMIT}
  branch: main
  specs:
    devise (4.9.3)
      rack (>= 1)

PATH
  remote: .
  specs:
    shop (0.1.0)
      rack (>= 2)

PATH
  remote: lib/tool
  specs:
    tool (0.1.0)

PLUGIN SOURCE
  remote: https://plugins.example.com
  type: x
  specs:
    plugged (1.0)

GEM
  remote: https://user:pw@gems.example.com/
  specs:
    bootsnap (1.17.0)
    pg (1.5.4)
    racc (1.7.3)

GEM
  remote: https://${PUBLIC}/
  specs:
    nokogiri (1.15.4)
      racc (~> 1.4)
    nokogiri (1.15.4-x86_64-linux)
      racc (~> 1.4)
    rack (2.2.8)
    rails (7.0.8)
      bundler (>= 1.15.0)
      nokogiri (>= 1)
      rack (~> 2.0)
    rspec (3.12.0)

PLATFORMS
  ruby
  x86_64-linux

DEPENDENCIES
  bootsnap
  devise!
  pg (>= 0.18, < 2.0)
  plugged
  rails (~> 7.0.4)
  rspec (~> 3.0)
  shop!
  tool!

CHECKSUMS
  bootsnap (1.17.0) sha256=${HASH}
  nokogiri (1.15.4-x86_64-linux) sha256=${HASH}
  shop (0.1.0)

RUBY VERSION
   ruby 3.2.2p53

BUNDLED WITH
   2.4.22
`;
const SHOP = { Gemfile: GEMFILE, 'Gemfile.lock': LOCK, 'shop.gemspec': GEMSPEC };

describe('B2 B15 D10: Gemfile.lock', () => {
  it('gives each gem for each platform, with hash, origin and edges', async () => {
    const { outcomes, components, inventory, direct } = await readLockedTree(SHOP);
    expect(outcomes).toEqual(['complete', 'complete']);
    expect(components).toEqual([
      ...['pkg:gem/bootsnap@1.17.0', 'pkg:gem/devise@4.9.3', 'pkg:gem/nokogiri@1.15.4'],
      ...['pkg:gem/nokogiri@1.15.4?platform=x86_64-linux', 'pkg:gem/pg@1.5.4'],
      ...['pkg:gem/plugged@1.0', 'pkg:gem/racc@1.7.3', 'pkg:gem/rack@2.2.8'],
      ...['pkg:gem/rails@7.0.8', 'pkg:gem/rspec@3.12.0'],
    ]);
    expect(inventory.components[0]).toMatchObject({
      origin: 'https://gems.example.com/',
      hashes: { sha256: HASH },
    });
    expect(inventory.components[1]?.origin).toBe(`git+https://git.example.com/devise#${COMMIT}`);
    expect(inventory.components[8]?.dependsOn).toEqual([
      ...['pkg:gem/nokogiri@1.15.4', 'pkg:gem/nokogiri@1.15.4?platform=x86_64-linux'],
      'pkg:gem/rack@2.2.8',
    ]);
    expect(direct).toHaveLength(7);
  });

  it.each([
    ['gems.locked', 'gems.rb'],
    ['gemfiles/rails_7.gemfile.lock', 'gemfiles/rails_7.gemfile'],
  ])('%s is the lock of %s, and of no other Gemfile', async (lock, gemfile) => {
    const text =
      'GEM\n  remote: https://gems.example.com/\n  specs:\n    rack (2.2.8)\n\nDEPENDENCIES\n  rack\n';
    const read = await readLockedTree({ [lock]: text, [gemfile]: 'gem "rack"\n' });
    expect(read).toMatchObject({ components: ['pkg:gem/rack@2.2.8'], reasons: [] });
    const other = gemfile.replace(/[^/]*$/, 'Gemfile');
    expect((await readLockedTree({ [lock]: text, [other]: 'gem "rack"\n' })).outcomes[0]).toBe(
      'partial',
    );
  });

  it.each([
    ['conflicts of a merge', LOCK.replace('PLATFORMS', '<<<<<<< HEAD'), 'conflicts'],
    ['a gem without a version', LOCK.replace('rack (2.2.8)', 'rack'), 'it has no version'],
    ['a need that is not locked', LOCK.replace('    racc (1.7.3)\n', ''), 'needs "racc"'],
    [
      'a dependency that is not locked',
      LOCK.replace('  rspec (~> 3.0)', '  rake'),
      'the project needs "rake"',
    ],
    ['a folder outside of the tree', LOCK.replace('lib/tool', '../tool'), 'outside this tree'],
    ['a line of no kind', LOCK.replace('specs:', 'specs'), 'it is no gem'],
    ['text before its parts', ` x\n${LOCK}`, 'belongs to no part'],
    ['no part that is known', 'LOCK\n  x\n', 'no lock of Bundler'],
  ])('with %s makes the inventory partial', async (_, lock, why) => {
    const { outcomes, reasons } = await readLockedTree({ 'Gemfile.lock': lock });
    expect(outcomes[0]).toBe('partial');
    expect(reasons.join()).toContain(why);
  });
});

describe('B2 D12: a Gemfile or gemspec', () => {
  it.each<[string, Record<string, string>, string]>([
    ['without a lock', { Gemfile: 'gem "rack"\n' }, 'no lock'],
    ['that a program decides, without a lock', { Gemfile: 'gem name_of_it\n' }, 'no lock'],
    ['that asks for more than its lock', { ...SHOP, Gemfile: `${GEMFILE}gem "puma"\n` }, '"puma"'],
    [
      'that asks for another version',
      { ...SHOP, Gemfile: GEMFILE.replace('7.0.4', '7.1.0') },
      'has 7.0.8',
    ],
    ['of a gem that no lock names', { 'x.gemspec': GEMSPEC }, 'no lock'],
    [
      'of a gem that asks for more',
      { ...SHOP, 'shop.gemspec': GEMSPEC.replace('rack', 'rake') },
      '"rake"',
    ],
  ])('%s makes the inventory partial', async (_, files, why) => {
    const { outcomes, reasons } = await readLockedTree(files);
    expect(outcomes[0]).toBe('partial');
    expect(reasons.join()).toContain(why);
  });

  it('that requires nothing is complete, and so is what is left in an installed gem', async () => {
    const spec = '# stub: rack 3.0.8 ruby lib\n';
    const { outcomes, reasons } = await readLockedTree({
      Gemfile: 'source "https://gems.example.com"\n# gem "rack"\n',
      'vendor/bundle/ruby/3.2.0/specifications/rack-3.0.8.gemspec': spec,
      'vendor/bundle/ruby/3.2.0/gems/rack-3.0.8/rack.gemspec': GEMSPEC,
      'vendor/bundle/ruby/3.2.0/gems/rack-3.0.8/Gemfile': 'gem "rake"\n',
    });
    expect([outcomes, reasons]).toEqual([['complete', 'complete'], []]);
  });
});

describe('D12 D20 B10 B14: the gems that a tree declares', () => {
  it('are pinned by hash, commit, or a version of the public registry', async () => {
    const { declared, dependencies } = await readLockedTree(SHOP);
    const own = 'gems.example.com lock';
    expect(declared).toEqual([
      `Gemfile:3 rails 7.0.8 direct yes ${PUBLIC} lock`,
      `Gemfile:4 pg 1.5.4 direct unknown ${own}`,
      `Gemfile:5 bootsnap 1.17.0 direct yes ${own}`,
      'Gemfile:6 devise 4.9.3 direct yes git.example.com/devise lock',
      `Gemfile:9 rspec 3.12.0 direct yes ${PUBLIC} lock dev`,
      'Gemfile.lock:24 plugged 1.0 direct unknown plugins.example.com lock',
      `Gemfile.lock:31 racc 1.7.3 transitive unknown ${own}`,
      `Gemfile.lock:36 nokogiri 1.15.4 transitive yes ${PUBLIC} lock`,
      `Gemfile.lock:38 nokogiri 1.15.4 transitive yes ${PUBLIC} lock`,
      `shop.gemspec:3 rack 2.2.8 direct yes ${PUBLIC} lock`,
    ]);
    expect(dependencies.find(({ name }) => name === 'rails')?.recorded).toBe(false);
  });

  it('come from the mirror that .bundle/config sets', async () => {
    const config =
      'BUNDLE_MIRROR__HTTPS://GEMS__EXAMPLE__COM/: "https://mirror.example.com/gems"\n';
    const { declared } = await readLockedTree({ ...SHOP, '.bundle/config': config });
    expect(declared).toContain(
      'Gemfile:5 bootsnap 1.17.0 direct yes mirror.example.com/gems configured',
    );
  });
});

describe('B2: gems that are installed', () => {
  const path = 'usr/local/lib/ruby/gems/3.2.0/specifications';
  it('are read by their specifications, those that come with Ruby too', async () => {
    const generated =
      '# -*- encoding: utf-8 -*-\n# stub: json 2.6.3 ruby lib\n# stub: ext/json/extconf.rb\n\n' +
      'Gem::Specification.new do |s|\n  s.name = "json".freeze\n  s.version = "2.6.3"\n' +
      '  s.licenses = ["Ruby".freeze, "MIT".freeze]\n';
    const read = await readInstalled({
      [`${path}/default/json-2.6.3.gemspec`]: generated,
      [`${path}/nokogiri-1.15.4-x86_64-linux.gemspec`]:
        '# stub: nokogiri 1.15.4 x86_64-linux lib\n',
      [`${path}/old-1.0.gemspec`]:
        "Gem::Specification.new do |s|\n  s.name = %q{old}\n  s.version = '1.0'\n",
    });
    expect(read).toMatchObject({
      outcome: 'complete',
      found: ['ruby-installed'],
      components: [
        ...['pkg:gem/json@2.6.3', 'pkg:gem/nokogiri@1.15.4?platform=x86_64-linux'],
        'pkg:gem/old@1.0',
      ],
    });
    expect(read.licenses[0]).toBe('MIT,Ruby');
  });

  it.each([
    ['of another name', '# stub: json 2.6.3 ruby lib\n'],
    ['without a version', 'Gem::Specification.new do |s|\n  s.name = "rack"\nend\n'],
    ['with a version that a program makes', '  s.name = "rack"\n  s.version = Rack::VERSION\n'],
  ])('%s make the inventory partial', async (_, text) => {
    expect((await readInstalled({ [`${path}/rack-3.0.8.gemspec`]: text })).outcome).toBe('partial');
  });
});

describe('D12: a requirement of RubyGems', () => {
  it.each([
    ['~> 7.0.4', '7.0.8', true],
    ['~> 7.0.4', '7.1.0', false],
    ['~> 7', '7.9', true],
    ['~> 1.2.a', '1.3', true],
    ['~> 1.1.0', '1.2.a', false],
    ['>= 0.18, < 2.0', '2.0.0.pre', true],
    ['>= 0.18, < 2.0', '2.0', false],
    ['!= 1.0', '1.0.0', false],
    ['1.0', '1.0.0', true],
    ['any', '1.0', null],
  ])('%s of %s: %s', (requirement, version, allowed) => {
    expect(allowsGem(requirement, version)).toBe(allowed);
  });
});
