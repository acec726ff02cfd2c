import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { packFeed } from '../support/dated-feed.ts';
import { findCommand, findNamedCommands } from '../support/named-commands.ts';
import { INTEGRITY } from '../support/npm-project.ts';
import { Scene } from '../support/scene.ts';
import { ADVISORIES } from '../support/scene-advisories.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

/**
 * A refusal leads to something that works: what its fixes name is run, one after another, until the
 * gate allows. The test adds only what a text leaves to the user, such as the name of the image.
 */
const SUBJECT = 'CN=ci,O=Shop,ST=WA,C=US';
let scene: Scene;
let line: CommandHere;
let image: string;
let commit: string;

beforeAll(async () => {
  scene = await Scene.open();
  line = new CommandHere(join(scene.folder, 'user'));
  const registry = scene.registry.registry;
  image = `${registry}/shop/app`;
  await scene.push('app', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
  commit = makeSourceRepository(line.folder, 'https://git.example.com/shop/app');
  writeFileSync(join(line.folder, 'feed.ndjson'), packFeed(ADVISORIES));
  await line.output('key', 'generate', 'ci', '--subject', SUBJECT);
  const root = join(line.home, 'keys/ci.root.crt');
  const who = ['--certificate', root, '--store', 'ci', '--identity', SUBJECT];
  await line.output('trust', 'add', ...who, '--repository', `${registry}/shop/*`);
  const policy = await line.output('policy', 'show', '--default');
  const allowed = `allowedRegistries: ["${registry}/shop"]`;
  writeFileSync(join(line.home, 'policy.yaml'), policy.replace('allowedRegistries: []', allowed));
}, 60_000);
afterAll(async () => {
  await line.close();
  await scene.close();
});

interface GateAnswer {
  readonly verdicts: readonly {
    readonly decision: string;
    readonly results: readonly {
      readonly rule: string;
      readonly action: string;
      readonly outcome: string;
      readonly fix: string | null;
    }[];
  }[];
}

/** What a user adds to a command that a fix names. */
const complete = (name: string): readonly string[] | null => {
  const source = ['--repo', 'https://git.example.com/shop/app', '--commit', commit];
  const what = ['--name', 'app', '--version', '1.0', '--owner', 'shop'];
  const arguments_: Readonly<Record<string, readonly string[]>> = {
    sign: [`${image}:1.0`, '--key', 'ci', '--expires-in', '90d'],
    release: [`${image}:1.0`, '--image', `${image}:1.0`, ...what, ...source, '--key', 'ci'],
    'advisories import': ['feed.ndjson', '--covers', 'npm,Debian'],
  };
  return Object.hasOwn(arguments_, name) ? (arguments_[name as 'sign'] ?? null) : null;
};

/** Runs a command that a fix names, and first what its own refusal names. Its name. */
async function follow(words: readonly string[], depth = 0): Promise<string> {
  const path = findCommand(words)?.path ?? [];
  const name = path.join(' ');
  const rest = complete(name);
  expect(rest, name).not.toBeNull();
  const { code, stdout, stderr } = await line.run(...path, ...(rest ?? []));
  if (code !== 1 || depth > 2) {
    expect([name, code, code === 0 ? '' : stdout + stderr]).toEqual([name, 0, '']);
    return name;
  }
  const needs = findNamedCommands(stdout).filter((one) => findCommand(one.words)?.path !== path);
  // Where a text names one way with a network and one without, it is the second one here.
  const offline = needs.filter(
    ({ words: named }) => findCommand(named)?.path.join(' ') !== 'advisories update',
  );
  expect(offline.length, stdout).toBeGreaterThan(0);
  for (const need of offline.slice(0, 1)) await follow(need.words, depth + 1);
  return follow(words, depth + 1);
}

describe('truth A15: the fix that a refusal names', () => {
  it('is a command that fixes the rule, until admission allows the image', async () => {
    const ran: string[] = [];
    for (let step = 0; step < 8; step++) {
      const { answer } = await line.json<GateAnswer>('gate', 'admission', `${image}:1.0`);
      const [verdict] = answer.verdicts;
      if (verdict?.decision === 'allow') break;
      const open = verdict?.results.filter(
        ({ action, outcome }) => action === 'deny' && outcome !== 'holds',
      );
      const named = open?.flatMap(({ rule, fix }) =>
        findNamedCommands(fix ?? '').map(({ words }) => ({ rule, words })),
      );
      // One fix at a time, in the order of the rules; the same one twice fixes nothing.
      const next = named?.find(({ rule }) => !ran.some((done) => done.startsWith(`${rule}: `)));
      expect(next, `${JSON.stringify(open)} after ${ran.join()}`).toBeDefined();
      const name = await follow(next?.words ?? []);
      ran.push(`${next?.rule}: ${name}`);
    }
    const { code } = await line.run('gate', 'admission', `${image}:1.0`);
    expect([code, ran.length > 1]).toEqual([0, true]);
    expect(ran).toContain('I17-signed-image: sign');
  }, 120_000);

  it('shows and fixes a finding of a tree, or says why it stays', async () => {
    const root = { name: 'shop', dependencies: { left: '2.0.1' } };
    const locked = { version: '2.0.1', integrity: INTEGRITY };
    const packages = { '': root, 'node_modules/left': locked };
    const tree = join(line.folder, 'tree');
    mkdirSync(tree);
    writeFileSync(join(tree, 'package.json'), JSON.stringify(root));
    writeFileSync(
      join(tree, 'package-lock.json'),
      JSON.stringify({ lockfileVersion: 3, packages }),
    );
    writeFileSync(join(line.folder, 'left.ndjson'), packFeed([LEFT]));
    await line.output('advisories', 'import', 'left.ndjson', '--covers', 'npm,Debian');
    const rules = await line.output('policy', 'show', '--default');
    const fix = /id: D19-no-critical-finding[\s\S]*?fix: ([^\n]+)/.exec(rules)?.[1] ?? '';
    const [named] = findNamedCommands(fix);
    const path = findCommand(named?.words ?? [])?.path ?? [];
    expect(path).toEqual(['fix']);
    const { code, stderr } = await line.run(...path, 'tree');
    expect([code, stderr]).toEqual([1, expect.stringContaining('left 2.0.1 -> 2.0.4')]);
  }, 60_000);
});

const LEFT = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2024-01-01T00:00:00Z',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.4' }] }],
    },
  ],
};
