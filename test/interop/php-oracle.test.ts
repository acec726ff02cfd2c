import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { allowsComposer } from '../../src/capabilities/ecosystems/php/composer-constraint.ts';
import {
  normalizeVersion,
  packagistScheme,
} from '../../src/capabilities/ecosystems/php/packagist-order.ts';
import { readLockedTree } from '../support/locked-tree.ts';
import { findPeer } from '../support/peer.ts';
import { testData } from '../support/test-data.ts';

const top = mkdtempSync(join(tmpdir(), 'waybill-composer-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const composer = findPeer('php') === null ? null : findPeer('composer');
if (composer === null)
  console.warn('skipped: packages of PHP are not compared with Composer: it is not installed');

/** Debian's composer has its library for versions here. */
const LIBRARY =
  "require 'Composer/Semver/autoload.php'; $in = json_decode(file_get_contents('php://stdin'), true);";

function askPhp(program: string, input: unknown): readonly string[] {
  const args = ['-d', 'memory_limit=1G', '-r', LIBRARY + program];
  const options = { input: JSON.stringify(input), encoding: 'utf8', maxBuffer: 1 << 26 } as const;
  return execFileSync('php', args, options).trimEnd().split('\n');
}

const part = fc.constantFrom('0', '1', '2', '10');
const version = fc
  .tuple(
    fc.constantFrom('', 'v'),
    fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
    fc.constantFrom(
      '',
      '',
      '-beta',
      '-beta2',
      'b3',
      '-RC1',
      '-rc.2',
      '-alpha',
      'a1',
      '-patch1',
      'pl2',
      '-dev',
      '.x-dev',
      '+build',
      '-stable',
      '-foo',
    ),
  )
  .map((parts) => parts.join(''));
const plain = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'));
const constraint = fc
  .array(
    fc.oneof(
      fc
        .tuple(fc.constantFrom('^', '~', '>=', '<', '<=', '>', '!=', '', '='), plain)
        .map((one) => one.join('')),
      plain.map((one) => `${one}.*`),
    ),
    { minLength: 1, maxLength: 2 },
  )
  .chain((parts) =>
    fc.constantFrom(parts.join(' || '), parts.join(' '), parts.join(', '), parts.join(' - ')),
  );

describe.skipIf(composer === null)('what Composer itself says', () => {
  const normalize =
    '$p = new Composer\\Semver\\VersionParser(); foreach ($in as $v) { try { echo $p->normalize($v), "\\n"; } catch (Exception $e) { echo "null\\n"; } }';

  it('D15: the form of a version', () => {
    const versions = fc.sample(version, { numRuns: 3_000, seed: 21 });
    const said = askPhp(normalize, versions);
    const wrong = versions.flatMap((one, at) => {
      const ours = String(normalizeVersion(one));
      return ours === said[at] ? [] : [`${one}: ${ours}, not ${said[at]}`];
    });
    expect(wrong).toEqual([]);
  });

  const compare =
    '$p = new Composer\\Semver\\VersionParser(); foreach ($in as [$a, $b]) { try { $a = $p->normalize($a); $b = $p->normalize($b); } catch (Exception $e) { echo "null\\n"; continue; } if (strpos($a, "dev-") === 0 || strpos($b, "dev-") === 0) { echo "null\\n"; continue; } echo version_compare($a, $b), "\\n"; }';

  it('D15: the order of versions, generated and published', () => {
    const file = testData('vectors/versions/packagist-versions-generated.txt.gz');
    const lines = file === null ? [] : gunzipSync(readFileSync(file)).toString().split('\n');
    const published = lines.flatMap((line) => {
      const [, one, other] = /^(\S+) [<>=] (\S+)$/.exec(line) ?? [];
      return one === undefined || other === undefined ? [] : [[one, other] as [string, string]];
    });
    const pairs = [
      ...fc.sample(fc.tuple(version, version), { numRuns: 3_000, seed: 22 }),
      ...published,
    ];
    const said = askPhp(compare, pairs);
    const wrong = pairs.filter(([one, other], at) => {
      if (said[at] === 'null') return false;
      return String(Math.sign(packagistScheme.compare(one, other) ?? 9)) !== said[at];
    });
    expect(wrong).toEqual([]);
  });

  it('D12: whether a constraint allows a version', () => {
    const pairs = fc.sample(fc.tuple(constraint, version), { numRuns: 4_000, seed: 23 });
    const program =
      'foreach ($in as [$c, $v]) { try { echo Composer\\Semver\\Semver::satisfies($v, $c) ? "true" : "false", "\\n"; } catch (Exception $e) { echo "null\\n"; } }';
    const said = askPhp(program, pairs);
    const wrong = pairs.flatMap(([one, other], at) => {
      const ours = allowsComposer(one, other);
      return ours === null || said[at] === 'null' || String(ours) === said[at]
        ? []
        : [`${one} of ${other}: ${ours}`];
    });
    expect(wrong).toEqual([]);
    expect(pairs.filter(([one, other]) => allowsComposer(one, other) === null).length).toBeLessThan(
      pairs.length / 4,
    );
  });

  it('B2: the packages of a lock', async () => {
    const own = { type: 'path', url: 'packages/own' };
    const locked = (name: string, of: string, require: object = {}) => ({
      ...{ name, version: of, require, type: 'library' },
      dist: {
        type: 'zip',
        url: `https://code.example.com/${name}.zip`,
        reference: '0'.repeat(40),
        shasum: '',
      },
    });
    const lock = {
      'content-hash': '0'.repeat(32),
      packages: [
        locked('acme/log', 'v3.0.2', { 'acme/text': '^1' }),
        locked('acme/text', '1.x-dev'),
        { ...locked('acme/own', 'dev-main'), dist: own },
      ],
      'packages-dev': [locked('acme/test', '10.5.1')],
      ...{
        aliases: [],
        'minimum-stability': 'dev',
        'stability-flags': [],
        'prefer-stable': false,
        'prefer-lowest': false,
        platform: [],
        'platform-dev': [],
        'plugin-api-version': '2.3.0',
      },
    };
    const manifest = {
      name: 'acme/shop',
      require: { 'acme/log': '^3', 'acme/own': '*' },
      'require-dev': { 'acme/test': '^10' },
    };
    writeFileSync(join(top, 'composer.lock'), JSON.stringify(lock));
    writeFileSync(join(top, 'composer.json'), JSON.stringify(manifest));
    const args = ['show', '--locked', '--format=json', '--no-interaction', '--no-plugins'];
    const env = { ...process.env, COMPOSER_ALLOW_SUPERUSER: '1', COMPOSER_DISABLE_NETWORK: '1' };
    const said = JSON.parse(
      execFileSync('composer', args, {
        cwd: top,
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as {
      readonly locked: readonly { readonly name: string; readonly version: string }[];
    };
    const read = await readLockedTree({
      'composer.lock': JSON.stringify(lock),
      'composer.json': JSON.stringify(manifest),
    });
    const theirs = said.locked.map(
      ({ name, version: of }) => `pkg:composer/${name}@${of.split(' ')[0]}`,
    );
    // The package in a folder of the tree is a part of the project.
    expect(read.components).toEqual(theirs.filter((purl) => !purl.includes('acme/own')).sort());
  });
});
