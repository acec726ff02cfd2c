import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildDefaultPolicy } from '../../src/capabilities/policy/index.ts';
import { packLayer } from '../../tools/image/layer.ts';
import { writeLayout } from '../../tools/image/layout.ts';
import { CommandHere } from '../support/command-line.ts';
import { packFeed } from '../support/dated-feed.ts';
import { INTEGRITY as SHA } from '../support/npm-project.ts';
import { shell } from '../support/shell.ts';

interface Verdicts {
  readonly verdicts: readonly {
    readonly target: string;
    readonly commits: readonly string[];
    readonly decision: string;
    readonly results: readonly {
      readonly rule: string;
      readonly action: string;
      readonly outcome: string;
      readonly message: string | null;
    }[];
  }[];
}

const DIGEST = `sha256:${'a'.repeat(64)}`;
const ADVISORY = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2024-01-01T00:00:00Z',
  aliases: ['CVE-2024-0001'],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [
        {
          type: 'SEMVER',
          events: [
            { introduced: '0' },
            { fixed: '1.2.0' },
            { introduced: '2.0.0' },
            { fixed: '2.0.4' },
          ],
        },
      ],
    },
  ],
};

let top: string;
let repo: string;
let line: CommandHere;

function git(...args: readonly string[]): string {
  return execFileSync('git', args, {
    cwd: repo,
    env: line.env(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}
const put = (file: string, text: string): void => {
  mkdirSync(join(repo, file, '..'), { recursive: true });
  writeFileSync(join(repo, file), text);
};
/** A script of one command needs no shell. */
const waybill = (script: string) =>
  /[<>|&;]/.test(script)
    ? shell(line, `cd shop && ${script}`)
    : line.runIn(repo, ...script.split(' ').slice(1));

async function gate(
  words: string,
): Promise<{ readonly code: number | null; readonly answer: Verdicts; readonly stderr: string }> {
  const { code, stdout, stderr } = await waybill(`waybill gate ${words} --format json`);
  return { code, answer: JSON.parse(stdout) as Verdicts, stderr };
}

function broken(answer: Verdicts): readonly string[] {
  return (answer.verdicts[0]?.results ?? [])
    .filter(({ outcome, action }) => outcome !== 'holds' && action === 'deny')
    .map(({ rule, outcome }) => `${rule} ${outcome}`);
}

/** A project whose dependency is locked at a version. */
function lockLeft(version: string, range = `^${version}`): void {
  const root = { name: 'shop', dependencies: { left: range } };
  const resolved = `https://registry.example.com/npm/left/-/left-${version}.tgz`;
  put('package.json', `${JSON.stringify(root, null, 2)}\n`);
  put(
    'package-lock.json',
    `${JSON.stringify({ lockfileVersion: 3, packages: { '': root, 'node_modules/left': { version, resolved, integrity: SHA } } }, null, 2)}\n`,
  );
}

const commit = (...more: readonly string[]): string => {
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '-m', 'change', ...more);
  return git('rev-parse', 'HEAD');
};

beforeAll(async () => {
  top = mkdtempSync(join(tmpdir(), 'waybill-source-'));
  line = new CommandHere(top);
  repo = join(top, 'shop');
  mkdirSync(repo);
  writeFileSync(join(top, 'advisories.json'), packFeed([ADVISORY]));
  const parameters = { allowedComponentRegistries: ['registry.example.com'] };
  writeFileSync(join(line.home, 'policy.yaml'), buildDefaultPolicy(parameters));
  await line.output('advisories', 'import', 'advisories.json', '--covers', 'npm,Debian');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(top, 'key')], {
    env: line.env(),
  });
  const key = readFileSync(join(top, 'key.pub'), 'utf8').trim();
  writeFileSync(join(top, 'signers'), `alice@example.com namespaces="git" ${key}\n`);
  git('init', '--quiet', '--initial-branch=main');
  for (const [name, value] of [
    ['user.name', 'Alice'],
    ['user.email', 'alice@example.com'],
    ['gpg.format', 'ssh'],
    ['user.signingKey', join(top, 'key.pub')],
    ['remote.origin.url', 'https://git.example.com/shop/trips'],
  ] as const)
    git('config', name, value);
  git('config', '--global', 'gpg.ssh.allowedSignersFile', join(top, 'signers'));
});
afterAll(() => rmSync(top, { recursive: true, force: true }));
beforeEach(() => {
  lockLeft('1.2.0');
  put(
    'Dockerfile',
    `FROM registry.example.com/base/node:22@${DIGEST}\nRUN apt-get install -y curl=7.88.1-10\n`,
  );
});

describe('waybill deps', () => {
  it('D2 D8 D12 D15: shows pins, registries, vulnerable and safe versions', async () => {
    lockLeft('2.0.1');
    put('Dockerfile', 'FROM node:22\nRUN apt-get install -y curl\n');
    const { code, stdout, stderr } = await waybill('waybill deps');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /left +2\.0\.1 +yes +registry\.example\.com\/npm \(recorded\) +CVE-2024-0001 critical +2\.0\.4 +- +package\.json:4/,
    );
    expect(stdout).toMatch(
      /docker\.io\/library\/node \(base-image\) +22 +no +docker\.io\/library \(only the default\)/,
    );
    expect(stdout).toMatch(
      /curl \(system-package\) +\? \(curl\) +no +unknown \(sources of the base image\) .*Dockerfile:2/,
    );
    expect(stderr).toContain('Registries were not asked whether they have it');
  });

  it('D20: ends with 0 when complete, 3 when something was not read, 4 without input', async () => {
    expect((await waybill('waybill deps')).code).toBe(0);
    put('service/Gopkg.lock', 'x\n');
    const { code, stderr } = await waybill('waybill deps');
    rmSync(join(repo, 'service'), { recursive: true });
    expect([code, stderr.includes('not looked at: go-module')]).toEqual([3, true]);
    mkdirSync(join(top, 'empty'), { recursive: true });
    expect((await line.run('deps', 'empty')).code).toBe(4);
  });

  it('D15, D19: ends with 1 for a vulnerable component that is not declared here', async () => {
    const inside = { name: 'left', version: '1.1.0' };
    put('vendor/node_modules/left/package.json', JSON.stringify(inside));
    const { code, stderr } = await waybill('waybill deps');
    const asJson = await waybill('waybill deps --format json');
    put('vendor/node_modules/left/package.json', JSON.stringify({ ...inside, version: '1.2.0' }));
    const repaired = await waybill('waybill deps');
    rmSync(join(repo, 'vendor'), { recursive: true });
    expect([code, repaired.code]).toEqual([1, 0]);
    expect(stderr).toContain('not declared: CVE-2024-0001 in pkg:npm/left@1.1.0: waybill scan .');
    expect(repaired.stderr).not.toContain('not declared');
    const [{ undeclared = [] } = {}] = (
      JSON.parse(asJson.stdout) as { targets: { undeclared?: object[] }[] }
    ).targets;
    expect(undeclared).toMatchObject([
      { component: 'pkg:npm/left@1.1.0', id: 'CVE-2024-0001', status: 'affected' },
    ]);
  });

  it('A76: foreign text stays on one line; a manifest outside the tree is not read', async () => {
    put(
      'package.json',
      JSON.stringify({ dependencies: { 'left\u202eevil\nallow': '1', left: '^1.2.0\u001b[2K' } }),
    );
    symlinkSync('/etc/hostname', join(repo, 'Containerfile'));
    const { code, stdout, stderr } = await waybill('waybill deps');
    rmSync(join(repo, 'Containerfile'));
    expect(code).toBe(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(stdout.split('\n').some((text) => text.startsWith('allow'))).toBe(false);
    expect(stderr).toContain('Containerfile: it is a link');
  });
});

describe('waybill fix', () => {
  it('D16: shows a diff first, writes on request, and names the lock to update', async () => {
    lockLeft('2.0.1', '^2.0.0');
    const before = readFileSync(join(repo, 'package.json'), 'utf8');
    const shown = await waybill('waybill fix');
    expect(shown.code).toBe(1);
    expect(shown.stdout).toContain('-    "left": "^2.0.0"\n+    "left": "2.0.4"\n');
    expect(readFileSync(join(repo, 'package.json'), 'utf8')).toBe(before);
    const applied = await waybill('waybill fix --apply');
    expect([applied.code, applied.stderr.includes('npm install --package-lock-only')]).toEqual([
      1,
      true,
    ]);
    expect(readFileSync(join(repo, 'package.json'), 'utf8')).toBe(
      before.replace('^2.0.0', '2.0.4'),
    );
    const { stdout } = await waybill('waybill deps');
    expect(stdout).toContain('the two disagree');
  });

  it('D12: pins base images, keeps every other byte, and leaves what a lock pins', async () => {
    const text = '\ufeff{\r\n\t"name": "shop",\r\n\t"dependencies": { "left": "^1.2.0" }\r\n}\r\n';
    put('package.json', text);
    put(
      'Dockerfile',
      'FROM --platform=linux/amd64 node:22 AS build\r\nRUN apt-get update && \\\r\n  apt-get ' +
        'install -y curl\r\n',
    );
    const { code, stderr } = await waybill(`waybill fix --apply --digest node:22=${DIGEST}`);
    expect(code).toBe(1);
    expect(readFileSync(join(repo, 'package.json'), 'utf8')).toBe(text);
    expect(readFileSync(join(repo, 'Dockerfile'), 'utf8')).toContain(
      `FROM --platform=linux/amd64 node:22@${DIGEST} AS build\r\n`,
    );
    expect(stderr).toContain('not fixed: Dockerfile:3: curl: no version is named');
    expect(stderr).not.toContain('npm install');
    expect((await waybill('waybill fix')).stdout).toBe('');
  });

  it('D16: pins what only the lock names by an override, and git applies the diff', async () => {
    const root = { name: 'shop', dependencies: { right: '1.0.0' } };
    put('package.json', `${JSON.stringify(root, null, 2)}\n`);
    const packages = {
      '': root,
      'node_modules/right': { version: '1.0.0', integrity: SHA, dependencies: { left: '^1.0.0' } },
      'node_modules/left': { version: '1.1.0', integrity: SHA },
    };
    put('package-lock.json', JSON.stringify({ lockfileVersion: 3, packages }));
    const { code } = await waybill(
      'waybill fix > ../fix.diff; git apply --check ../fix.diff && git apply ../fix.diff',
    );
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8'))).toEqual({
      ...root,
      overrides: { left: '1.2.0' },
    });
  });
});

describe('waybill gate commit', () => {
  it('D3 D18 D19 D20: judges what is staged, never the work tree beside it', async () => {
    git('add', '--all');
    const good = await gate('commit --staged');
    expect([
      good.code,
      good.answer.verdicts[0]?.decision,
      good.answer.verdicts[0]?.commits,
    ]).toEqual([0, 'allow', []]);
    expect(good.stderr).toContain('commits are not signed here');
    lockLeft('2.0.1');
    expect((await gate('commit --staged')).code).toBe(0);
    git('add', '--all');
    lockLeft('1.2.0');
    const bad = await gate('commit --staged');
    expect([bad.code, broken(bad.answer)]).toEqual([1, ['D19-no-critical-finding broken']]);
  });

  it('D18: accepts signed commits; refuses unsigned ones and those of another author', async () => {
    const signed = commit('-S');
    expect(await gate('commit')).toMatchObject({
      code: 0,
      answer: { verdicts: [{ commits: [signed] }] },
    });
    commit('--no-gpg-sign');
    const unsigned = await gate('commit');
    expect([unsigned.code, broken(unsigned.answer)]).toEqual([1, ['D18-signed-commits broken']]);
    commit('-S', '--author=Bob <bob@example.com>');
    const other = await gate('commit');
    expect(
      other.answer.verdicts[0]?.results.find(({ rule }) => rule.startsWith('D18'))?.message,
    ).toContain('not its author bob@example.com');
    expect((await gate(`commit ${signed}..HEAD`)).answer.verdicts[0]?.commits).toHaveLength(2);
    git('reset', '--quiet', '--hard', signed);
  });

  it('D18 D20: judges what a push adds: new, forced or several branches', async () => {
    const zero = '0'.repeat(40);
    const base = commit('-S');
    const first = commit('-S');
    const run = async (...lines: readonly string[]) => {
      writeFileSync(join(top, 'refs'), lines.map((text) => `${text}\n`).join(''));
      return waybill('waybill gate commit --push --format json < ../refs');
    };
    const fresh = await run(`refs/heads/main ${first} refs/heads/main ${base}`);
    expect([fresh.code, (JSON.parse(fresh.stdout) as Verdicts).verdicts[0]?.commits]).toEqual([
      0,
      [first],
    ]);
    expect((await run(`(delete) ${zero} refs/heads/old ${base}`)).code).toBe(0);
    git('checkout', '--quiet', '-b', 'bad');
    const bad = commit('--no-gpg-sign');
    const both = await run(
      `refs/heads/main ${first} refs/heads/main ${base}`,
      `refs/heads/bad ${bad} refs/heads/bad ${base}`,
    );
    expect([
      both.code,
      (JSON.parse(both.stdout) as Verdicts).verdicts.map(({ decision }) => decision),
    ]).toEqual([1, ['allow', 'deny']]);
    expect((await run(`refs/heads/bad ${bad} refs/heads/bad ${zero}`)).code).toBe(1);
    git('tag', '-a', '-m', 'tag', 'v1', bad);
    expect((await run(`refs/tags/v1 ${git('rev-parse', 'v1')} refs/tags/v1 ${zero}`)).code).toBe(1);
    expect((await run('refs/heads/main HEAD refs/heads/main x')).code).toBe(3);
    expect((await run(`refs/heads/bad ${'1'.repeat(40)} refs/heads/bad ${base}`)).code).toBe(3);
    git('checkout', '--quiet', 'main');
  });

  it('D18: judges what a branch gains, even if another remote branch already has it', async () => {
    const zero = '0'.repeat(40);
    const base = commit('-S');
    git('checkout', '--quiet', '-b', 'stranger');
    const unsigned = commit('--no-gpg-sign');
    git('checkout', '--quiet', 'main');
    git('update-ref', 'refs/remotes/origin/stranger', unsigned);
    git('update-ref', 'refs/remotes/origin/main', base);
    const run = (text: string) => {
      writeFileSync(join(top, 'refs'), `${text}\n`);
      return waybill(`waybill gate commit --push --remote=origin < ../refs`);
    };
    const merged = await run(`refs/heads/main ${unsigned} refs/heads/main ${base}`);
    expect([merged.code, merged.stdout]).toEqual([1, expect.stringContaining('is not signed')]);
    // Without a default branch, only the whole remote shows what a new branch gains.
    expect((await run(`refs/heads/copy ${unsigned} refs/heads/copy ${zero}`)).code).toBe(0);
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
    expect((await run(`refs/heads/copy ${unsigned} refs/heads/copy ${zero}`)).code).toBe(1);
    expect((await run(`refs/heads/copy ${base} refs/heads/copy ${zero}`)).code).toBe(0);
    // Commits of the default branch were judged there. A merge of them into another branch adds
    // nothing.
    git('update-ref', 'refs/remotes/origin/main', unsigned);
    expect((await run(`refs/heads/work ${unsigned} refs/heads/work ${base}`)).code).toBe(0);
    for (const ref of ['origin/HEAD', 'origin/main', 'origin/stranger'])
      git('update-ref', '--no-deref', '-d', `refs/remotes/${ref}`);
  });

  it('D3 D18: says that the judged tree contains or changes its own policy', async () => {
    put('waybill.yaml', 'apiVersion: waybill.dev/v1\nkind: Config\npolicy: own/policy.yaml\n');
    put(
      'own/policy.yaml',
      buildDefaultPolicy({ allowedComponentRegistries: ['registry.example.com'] }),
    );
    const first = commit('-S');
    expect((await gate('commit')).stderr).toContain('own/policy.yaml is changed by what is judged');
    commit('-S');
    for (const asked of ['commit', 'commit --staged', 'build']) {
      const { stderr } = await gate(asked);
      expect(stderr, asked).toContain(
        'judged by waybill.yaml, own/policy.yaml of its own work tree',
      );
      expect(stderr, asked).not.toContain('is changed by');
    }
    put('own/policy.yaml', buildDefaultPolicy({}).replace('mode: enforce', 'mode: observe'));
    lockLeft('2.0.1');
    git('add', '--all');
    const weakened = await gate('commit --staged');
    expect([weakened.code, weakened.stderr]).toEqual([
      0,
      expect.stringContaining(
        'own/policy.yaml is changed by what is judged, and it decides the verdict',
      ),
    ]);
    expect((await gate(`commit --staged --policy ${join(line.home, 'policy.yaml')}`)).code).toBe(1);
    commit('-S');
    expect((await gate(`commit ${first}..HEAD`)).stderr).toContain(
      'own/policy.yaml is changed by what is judged',
    );
    git('reset', '--quiet', '--hard', `${first}~1`);
  });

  it('D13 G5: records the commit and the decision about it', async () => {
    commit('-S');
    const { code, stderr } = await waybill('waybill gate commit --record');
    expect([code, stderr.includes('recorded: the decision about commit')]).toEqual([0, true]);
    expect(await line.output('graph', 'export')).toMatch(/"gate":"commit"|commit/);
  });
});

describe('waybill gate build', () => {
  const image = async (name: string, files: Readonly<Record<string, string>>): Promise<void> => {
    const layer = packLayer(
      Object.entries(files).map(([path, content]) => ({
        path,
        content: Buffer.from(content),
      })) as never,
    );
    await writeLayout(join(top, name), { layers: [layer], config: {} } as never);
  };

  it('B8 B9 B10 B13 B14 D9: allows a valid commit, also with two equal builds', async () => {
    commit('-S');
    const once = await gate('build');
    // apt uses the sources of the base image, which the source tree does not show.
    expect(broken(once.answer)).toEqual(['B10-component-registries undetermined']);
    put('Dockerfile', `FROM registry.example.com/base/node:22@${DIGEST}\n`);
    commit('-S');
    expect((await gate('build')).code).toBe(0);
    await image('one', { 'app/main.js': 'one\n' });
    await image('same', { 'app/main.js': 'one\n' });
    await image('other', { 'app/main.js': 'two\n' });
    expect((await gate('build --built oci:../one --rebuilt oci:../same')).code).toBe(0);
    const different = await gate('build --built oci:../one --rebuilt oci:../other');
    expect([different.code, broken(different.answer)]).toEqual([1, ['D9-reproduced broken']]);
    expect(
      different.answer.verdicts[0]?.results.find(({ rule }) => rule === 'D9-reproduced')?.message,
    ).toContain('main.js');
    mkdirSync(join(top, 'cut'), { recursive: true });
    const cut = await gate('build --built oci:../one --rebuilt oci:../cut');
    expect([cut.code, broken(cut.answer)]).toEqual([3, ['D9-reproduced undetermined']]);
    expect((await waybill('waybill gate build --built oci:../one')).code).toBe(2);
    // One build is equal to itself under any name.
    symlinkSync(join(top, 'one'), join(top, 'alias'));
    for (const name of ['oci:../one', 'oci:../alias', 'oci:../shop/../one']) {
      const itself = await waybill(`waybill gate build --built oci:../one --rebuilt ${name}`);
      expect([itself.code, itself.stderr]).toEqual([
        2,
        expect.stringContaining('the same build under two names'),
      ]);
    }
  });

  it('B13 D18: a changed work tree, or one outside a repository, counts as unsigned', async () => {
    commit('-S');
    put('package.json', '{"name":"shop","dependencies":{"left":"^1.2.0"},"scripts":{"x":"y"}}');
    const dirty = await gate('build');
    expect([dirty.code, broken(dirty.answer)]).toEqual([
      3,
      ['D18-signed-commits undetermined', 'B10-component-registries undetermined'],
    ]);
    mkdirSync(join(top, 'plain'), { recursive: true });
    writeFileSync(join(top, 'plain/README.md'), 'x');
    const plain = await line.json<Verdicts>('gate', 'build', 'plain');
    expect([plain.code, broken(plain.answer)]).toEqual([3, ['D18-signed-commits undetermined']]);
  });
});
