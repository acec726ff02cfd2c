import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run as runProgram } from '../../tools/process.ts';
import { CommandHere } from '../support/command-line.ts';
import { shell } from '../support/shell.ts';

/** `waybill init` and `waybill doctor`, as people run them, on real git repositories. */
let folder: string;
let line: CommandHere;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-set-up-'));
  line = new CommandHere(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** Makes a repository with these files, and returns its path. */
async function repository(files: Readonly<Record<string, string>>): Promise<string> {
  const path = join(folder, `repository-${++count}`);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  mkdirSync(path, { recursive: true });
  await runProgram('git', ['init', '-q', path], { env: line.env() });
  await runProgram(
    'git',
    ['-C', path, 'remote', 'add', 'origin', 'https://me:SECRET@git.example.com/shop/trips'],
    {
      env: line.env(),
    },
  );
  return path;
}

const kubeconfig = (rest: string) =>
  `apiVersion: v1\nkind: Config\nclusters: [{ name: c, cluster: { server: "https://SECRET" } ` +
  `}]\nusers: [{ name: u, user: { token: SECRET, exec: { command: /bin/false } } }]\n${rest}`;
const inside = (path: string, command: string, env: Readonly<Record<string, string>> = {}) =>
  shell(line, `cd '${path}' && ${command}`, env);

interface InitAnswer {
  readonly found: Readonly<
    Record<string, readonly { readonly value: string; readonly place: string }[]>
  > & {
    readonly cluster: object | null;
  };
  readonly unknown: readonly { readonly what: string; readonly why: string }[];
  readonly files: readonly { readonly path: string; readonly outcome: string }[];
  readonly notes: readonly string[];
}

const asked = async (
  path: string,
  options: string,
  env: Readonly<Record<string, string>> = {},
): Promise<InitAnswer> => {
  const { code, stdout, stderr } = await inside(path, `waybill init ${options} --format json`, env);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as InitAnswer;
};

const SHOP = {
  'package-lock.json': '{ "lockfileVersion": 3, "packages": {} }',
  'Gopkg.lock': 'x',
  Dockerfile: 'FROM registry.example.com/base/node:24\r\n',
  'deploy/pod.yaml':
    'kind: Pod\r\nspec:\r\n  containers:\r\n  - image: registry.example.com/shop/trips:1\r\n',
  '.github/workflows/ci.yml':
    'jobs:\n  a:\n    steps:\n    - run: docker push registry.example.com/shop/poi:1\n',
  '.npmrc': 'registry=https://npm.example.com/npm/\n//npm.example.com/npm/:_authToken=SECRET\n',
  '.devcontainer/devcontainer.json':
    '{ // for an editor\n  "image": "registry.example.com/dev/base:1",\n}',
};

describe('waybill init', () => {
  it('D17, I8: omits registries that are replaced, and never contradicts itself', async () => {
    const path = await repository({
      'k/kustomization.yaml':
        'images: [{ name: trips, newName: registry.example.com/shop/trips }]\n',
      'k/d.yaml': 'kind: Pod\nspec: { containers: [{ image: trips }, { image: "trips:1" }] }\n',
    });
    const { found } = await asked(path, '--yes');
    expect(found['registries']).toMatchObject([
      { value: 'registry.example.com/shop', place: 'k/kustomization.yaml:1' },
    ]);
    const open = await repository({ Jenkinsfile: 'sh "docker push $REGISTRY/shop/trips:$TAG"\n' });
    const { unknown, found: nothing } = await asked(open, '--yes');
    expect(nothing['registries']).toEqual([]);
    expect(unknown.filter(({ what }) => what === 'registry').map(({ why }) => why)).toEqual([
      'Jenkinsfile:1 names "$REGISTRY/shop/trips:$TAG", whose value is set elsewhere',
    ]);
  });

  it('I8: makes the policy at its configured path, and writes nothing into .git', async () => {
    const path = await repository({
      'waybill.yaml': 'apiVersion: waybill.dev/v1\nkind: Config\npolicy: gates/policy.yaml\n',
    });
    const named = { WAYBILL_CONFIG: join(path, 'waybill.yaml') };
    const unnamed = (await inside(path, 'waybill doctor')).stdout;
    expect(unnamed).toMatch(/waybill.yaml decides only at the commit gate and the build gate/);
    expect(unnamed).toContain(`export WAYBILL_CONFIG='${named.WAYBILL_CONFIG}'`);
    expect((await inside(path, 'waybill doctor', named)).stdout).toMatch(
      /gates\/policy.yaml does not exist\n +fix: waybill init/,
    );
    expect((await asked(path, '--yes')).files.map(({ outcome }) => outcome)).toEqual([
      'kept',
      'written',
    ]);
    expect((await inside(path, 'waybill doctor', named)).stdout).toMatch(
      /^ok +policy +default, revision 1, loads$/m,
    );
    const bare = join(folder, 'bare.git');
    await runProgram('git', ['init', '-q', '--bare', bare], { env: line.env() });
    const before = readdirSync(bare);
    const refused = await inside(bare, 'waybill init --yes');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('Run it in a clone of it.'),
    ]);
    expect(readdirSync(bare)).toEqual(before);
  });

  it('D6, I3, I9: finds what the repository uses, with places, and leaks nothing', async () => {
    const path = await repository(SHOP);
    const config = join(folder, 'one.config');
    writeFileSync(config, kubeconfig('current-context: prod-eu\n'));
    const { stdout, stderr } = await inside(path, 'waybill init', { KUBECONFIG: config });
    for (const expected of [
      /^ecosystem +npm +package-lock.json +commit, build: refuse what is not pinned/m,
      /^ecosystem +go-module \(not read by this version\) +Gopkg.lock +commit, build: undetermined/m,
      /^pipeline +GitHub Actions +.github\/workflows\/ci.yml +commit, build: refuse what it uses and does not pin/m,
      /^environment +dev container +.devcontainer\/devcontainer.json +commit, build: refuse what it uses/m,
      /^image registry +registry.example.com\/shop +.github\/workflows\/ci.yml:4 +release, admission: refuse/m,
      /^component registry +npm.example.com\/npm +.npmrc:1 +commit warns and build refuses/m,
      /^component registry +registry.example.com\/base +Dockerfile:1 +commit warns and build refuses/m,
      /^cluster +prod-eu +current-context of ~\/one.config +admission: decides/m,
      /^repository +https:\/\/git.example.com\/shop\/trips +git remote origin +release: records/m,
      /^commit signing +off +git config +commit, build: refuse commits/m,
      /^written waybill-policy.yaml: observes at every gate$/m,
    ])
      expect(stdout).toMatch(expected);
    const all = [
      stdout,
      stderr,
      readFileSync(join(path, 'waybill.yaml'), 'utf8'),
      readFileSync(join(path, 'waybill-policy.yaml'), 'utf8'),
    ];
    expect(all.join('\n')).not.toContain('SECRET');
  });

  it('D17, I7: every gate reads what it wrote, and a second run changes nothing', async () => {
    const path = await repository(SHOP);
    await asked(path, '--yes');
    expect((await inside(path, 'waybill policy check waybill-policy.yaml')).stdout).toContain(
      'good: default, revision 1',
    );
    const named = { WAYBILL_CONFIG: 'waybill.yaml' };
    expect((await inside(path, 'waybill policy show', named)).stdout).toContain(
      '  #   - "registry.example.com/shop" # .github/workflows/ci.yml:4\n  allowedRegistries: []',
    );
    const before = statSync(join(path, 'waybill-policy.yaml'));
    expect((await asked(path, '')).files.map(({ outcome }) => outcome)).toEqual(['kept', 'kept']);
    expect(statSync(join(path, 'waybill-policy.yaml')).mtimeMs).toBe(before.mtimeMs);
    expect(readdirSync(path).filter((name) => name.includes('partial'))).toEqual([]);
    rmSync(join(path, 'waybill-policy.yaml'));
    expect((await asked(path, '')).files.map(({ outcome }) => outcome)).toEqual([
      'kept',
      'written',
    ]);
  });

  it('--yes widens no trust: finds are shown with their line, and not allowed', async () => {
    const path = await repository({
      'page.yaml': 'title: x\nimage: picture.png\n',
      'pod.yaml': 'image: registry.example.com/shop/trips:1\n',
      'package-lock.json': JSON.stringify({
        lockfileVersion: 3,
        packages: {
          'node_modules/a': { version: '1.0.0', resolved: 'https://npm.example.com/a/-/a-1.tgz' },
          'node_modules/b': { version: '1.0.0', license: 'x'.repeat(2 * 1024 * 1024) },
        },
      }),
    });
    const { found, unknown } = await asked(path, '--yes');
    expect(found['registries']).toMatchObject([
      { value: 'registry.example.com/shop', place: 'pod.yaml:1' },
    ]);
    expect(found['componentRegistries']).toMatchObject([
      { value: 'npm.example.com', place: 'package-lock.json:1 (1 package)' },
    ]);
    expect(unknown.map(({ why }) => why)).toContain(
      'page.yaml:2 names "picture.png", which names no registry',
    );
    const policy = readFileSync(join(path, 'waybill-policy.yaml'), 'utf8');
    expect(policy).toContain('\n  allowedRegistries: []\n');
    expect(policy).toContain('\n  allowedComponentRegistries: []\n');
  });

  it('says unknown where it cannot see, and writes no guess', async () => {
    const path = await repository({
      Dockerfile: 'ARG BASE\nFROM $BASE\n',
      'k.yaml': 'image: {{ .Values.image }}\n',
    });
    const { unknown, found } = await asked(path, '');
    expect(new Set(unknown.map(({ what }) => what))).toEqual(
      new Set(['registry', 'component registry', 'cluster', 'ci']),
    );
    expect(found.cluster).toBeNull();
    expect(readFileSync(join(path, 'waybill-policy.yaml'), 'utf8')).toContain(
      '# Unknown: no file here names one.\n  allowedRegistries: []',
    );
  });

  it('--dry-run shows what would be written, and writes nothing', async () => {
    const path = await repository(SHOP);
    const { stdout } = await inside(path, 'waybill init --dry-run');
    expect(stdout).toContain('would be written waybill.yaml\n  # Written by waybill init.');
    expect(readdirSync(path)).not.toContain('waybill.yaml');
  });

  it('sets up the whole work tree from a subfolder; a named folder is set up alone', async () => {
    const path = await repository({ ...SHOP, 'services/trips/package.json': '{}' });
    const { notes, files } = await asked(join(path, 'services/trips'), '');
    expect(notes.join()).toMatch(/this is a part of the work tree/);
    expect(files[0]?.path).toMatch(/repository-\d+\/waybill.yaml$/);
    const named = await asked(path, 'services/trips');
    expect(named.notes.join()).toMatch(/only this folder of the work tree/);
    expect(named.files[0]?.path).toMatch(/services\/trips\/waybill.yaml$/);
  });

  it('works where there is no git, and no repository', async () => {
    const path = join(folder, 'bare');
    mkdirSync(path);
    const { unknown } = await asked(path, '');
    expect(unknown.map(({ why }) => why)).toContain('this is not a git work tree');
    const bin = join(folder, 'no-git');
    mkdirSync(bin);
    symlinkSync(process.execPath, join(bin, 'node'));
    const { stdout } = await inside(path, `PATH='${bin}' waybill init --dry-run --format json`);
    expect((JSON.parse(stdout) as InitAnswer).notes.join()).toContain('git was not found');
  });

  it.each([
    ['unknown keys', 'apiVersion: waybill.dev/v1\nkind: Config\nsecretss: 1\n', /secretss/],
    ['text that is not YAML', ': [\n', /waybill.yaml/],
  ])('does not use a waybill.yaml with %s, and does not change it', async (_, text, why) => {
    const path = await repository({ 'waybill.yaml': text });
    const { code, stderr } = await inside(path, 'waybill init');
    expect(code).toBe(2);
    expect(stderr).toMatch(why);
    expect(readFileSync(join(path, 'waybill.yaml'), 'utf8')).toBe(text);
    expect(readdirSync(path)).not.toContain('waybill-policy.yaml');
  });

  it('writes only into the folder of the repository, and never through a link', async () => {
    const path = await repository({
      'waybill.yaml': `apiVersion: waybill.dev/v1\nkind: Config\npolicy: ../outside.yaml\n`,
    });
    expect((await asked(path, '')).files.map(({ outcome }) => outcome)).toEqual([
      'kept',
      'left out',
    ]);
    const linked = await repository({});
    symlinkSync(join(folder, 'elsewhere.yaml'), join(linked, 'waybill-policy.yaml'));
    expect((await asked(linked, '')).files.map(({ outcome }) => outcome)).toEqual([
      'written',
      'kept',
    ]);
    expect(readdirSync(folder)).not.toContain('elsewhere.yaml');
  });

  // A folder in which even root cannot make a file.
  it.runIf(process.platform === 'linux')(
    'a folder without write permission is an error that says so',
    async () => {
      const { code, stderr } = await inside(folder, 'waybill init /proc/sys/kernel/random');
      expect([code, stderr]).toEqual([2, expect.stringContaining('FILE_UNWRITABLE')]);
    },
  );

  it('follows no link, and ends with link loops, hostile names and long files', async () => {
    const path = await repository({
      [`-\n${'\u202e'}mode: enforce\n.yaml`]: 'image: registry.example.com/shop/trips:1\n',
      'big.yaml': `image: x\n${'#'.repeat(2 * 1024 * 1024)}\n`,
      'deep.yaml': `image: ${'['.repeat(200_000)}\n`,
    });
    symlinkSync('.', join(path, 'loop'));
    symlinkSync('/', join(path, 'root'));
    const { unknown } = await asked(path, '');
    expect(unknown.map(({ why }) => why).join('\n')).toMatch(
      /big.yaml was not read: its \d+ bytes are over a limit/,
    );
    const policy = readFileSync(join(path, 'waybill-policy.yaml'), 'utf8');
    expect(policy).toContain('#   - "registry.example.com/shop" # -\\u000a\\u202emode: enforce');
    expect((await inside(path, 'waybill policy check waybill-policy.yaml')).code).toBe(0);
  });

  it('uses the first kubeconfig with a context; an unreadable one means unknown', async () => {
    const path = await repository({});
    const write = (name: string, text: string | Buffer): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const [empty, staging, prod] = [
      write('a.config', kubeconfig('')),
      write('b.config', kubeconfig('current-context: staging\r\n')),
      write('c.config', kubeconfig('current-context: prod\n')),
    ];
    const cluster = async (...paths: readonly string[]) =>
      (await asked(path, '--dry-run', { KUBECONFIG: paths.join(delimiter) })).found.cluster;
    expect(await cluster(empty, join(folder, 'absent'), staging, prod)).toMatchObject({
      value: 'staging',
    });
    const broken = await asked(path, '--dry-run', { KUBECONFIG: write('d.config', 'SECRET: [\n') });
    expect(broken.unknown.find(({ what }) => what === 'cluster')?.why).toBe(
      '~/d.config: the kubeconfig cannot be read',
    );
    const huge = await asked(path, '--dry-run', {
      KUBECONFIG: write('huge.config', Buffer.alloc(100 * 1024 * 1024, 0x61)),
    });
    expect(huge.unknown.find(({ what }) => what === 'cluster')?.why).toMatch(/has over \d+ bytes/);
  });

  it('a repository of 50,000 files takes seconds', async () => {
    const path = await repository(SHOP);
    for (let at = 0; at < 500; at++) {
      mkdirSync(join(path, `d${at}`));
      for (let one = 0; one < 100; one++) writeFileSync(join(path, `d${at}/f${one}.ts`), '');
    }
    const began = Date.now();
    expect((await asked(path, '')).files.map(({ outcome }) => outcome)).toEqual([
      'written',
      'written',
    ]);
    const ms = Date.now() - began;
    console.log(`init of 50,000 files: ${ms} ms`);
    expect(ms).toBeLessThan(30_000);
  }, 120_000);
});

interface DoctorAnswer {
  readonly checks: readonly {
    readonly id: string;
    readonly status: string;
    readonly message: string;
    readonly fix: string | null;
  }[];
}

describe('waybill doctor', () => {
  const status = async (path: string, env: Readonly<Record<string, string>> = {}, more = '') => {
    const mine = existsSync(join(path, 'waybill.yaml')) ? { WAYBILL_CONFIG: 'waybill.yaml' } : {};
    const asked = `waybill doctor --format json ${more}`;
    const { code, stdout } = await inside(path, asked, { ...mine, ...env });
    const { checks } = JSON.parse(stdout) as DoctorAnswer;
    return { code, of: (id: string) => checks.find((one) => one.id === id), text: stdout };
  };

  it('works without any set-up, and says what to do first', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const { code, of } = await status(empty, { WAYBILL_HOME: join(empty, 'home') });
    expect(code).toBe(1);
    expect(of('configuration')).toMatchObject({ status: 'warning', fix: 'waybill init' });
    expect(of('advisories')).toMatchObject({ status: 'problem' });
    expect(readdirSync(empty)).toEqual([]);
  });

  it('accepts what init set up, except what only people can decide', async () => {
    const path = await repository(SHOP);
    await inside(path, 'waybill init && waybill key generate ci');
    const { of } = await status(path);
    expect([
      of('configuration')?.status,
      of('policy')?.status,
      of('keys')?.status,
      of('home')?.status,
    ]).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(of('policy-mode')?.message).toContain('the policy only observes there');
    expect(of('allowed-signers')?.message).toContain('as U');
    chmodSync(join(line.home, 'keys/ci.key'), 0o644);
    chmodSync(line.home, 0o777);
    const worse = await status(path);
    expect(worse.of('key-permissions')).toMatchObject({
      status: 'problem',
      fix: expect.stringContaining('chmod 600'),
    });
    expect(worse.of('home')).toMatchObject({ status: 'problem' });
    chmodSync(line.home, 0o700);
    chmodSync(join(line.home, 'keys/ci.key'), 0o600);
    const passphrase = join(line.home, 'passphrase');
    writeFileSync(passphrase, 'of the key');
    const env = { WAYBILL_KEY_PASSPHRASE_FILE: passphrase };
    chmodSync(passphrase, 0o644);
    expect((await status(path, env)).of('key-permissions')).toMatchObject({
      ...{ status: 'problem', fix: `chmod 600 ${passphrase}` },
    });
    chmodSync(passphrase, 0o600);
    expect((await status(path, env)).of('key-permissions')).toMatchObject({ status: 'ok' });
  });

  it('says what it could not check because of a broken configuration', async () => {
    const path = await repository({
      'waybill.yaml': 'apiVersion: waybill.dev/v1\nkind: Config\nx: SECRET\n',
    });
    const { code, of } = await status(path);
    expect(code).toBe(1);
    expect(of('configuration')).toMatchObject({ status: 'problem' });
    expect([
      of('policy')?.status,
      of('trust')?.status,
      of('keys')?.status,
      of('database')?.status,
    ]).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  });

  it('sees a hook whose Node.js is gone, and an allowed signers file that is gone', async () => {
    const path = await repository({});
    mkdirSync(join(path, '.git/hooks'), { recursive: true });
    for (const name of ['pre-commit', 'pre-push'])
      writeFileSync(
        join(path, '.git/hooks', name),
        "#!/bin/sh\nexec '/nowhere/node' '/nowhere/waybill.js' gate commit\n",
      );
    await inside(path, 'git config gpg.format ssh && git config gpg.ssh.allowedSignersFile gone');
    const { of } = await status(path);
    expect(of('hooks')).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('/nowhere/node'),
    });
    expect(of('allowed-signers')).toMatchObject({ status: 'problem' });
  });

  it('uses the network only on request, and leaks nothing that it read', async () => {
    const path = await repository({ '.npmrc': '//x/:_authToken=SECRET\n' });
    await inside(path, 'waybill init && git config http.extraHeader "AUTHORIZATION: SECRET"');
    const offline = await status(path, { WAYBILL_TOKEN: 'SECRET-SECRET-SECRET' });
    expect(offline.of('registry-reach')).toBeUndefined();
    expect(offline.text).not.toContain('SECRET');
    const policy = join(path, 'waybill-policy.yaml');
    writeFileSync(
      policy,
      readFileSync(policy, 'utf8').replace(
        /allowedRegistries: \[\]/,
        'allowedRegistries: ["127.0.0.1:9"]',
      ),
    );
    expect((await status(path, {}, '--online')).of('registry-reach')).toMatchObject({
      status: 'unknown',
    });
  });
});
