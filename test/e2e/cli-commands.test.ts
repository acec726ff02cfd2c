import { createPrivateKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDefaultPolicy } from '../../src/capabilities/policy/index.ts';
import { COMMANDS } from '../../src/entrypoints/cli/every-command.ts';
import { testKey } from '../support/certificates.ts';
import { CommandHere } from '../support/command-line.ts';
import { packFeed } from '../support/dated-feed.ts';
import { FOLLOWED_IN } from '../support/followed-commands.ts';
import { policyText, ruleText } from '../support/policy-facts.ts';
import { Scene } from '../support/scene.ts';
import { ADVISORIES } from '../support/scene-advisories.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

/**
 * Runs every command once as text and, if it has `--format json`, once as JSON. The order is that
 * of a first day. The home is new; registry, keys, trust, policy and advisories are real.
 */
const CI = 'https://ci.example.com';
const SUBJECT = 'CN=ci,O=Shop,ST=WA,C=US';
let scene: Scene;
let folder: string;
let line: CommandHere;
let repository: string;
const ran = new Set<string>();

beforeAll(async () => {
  scene = await Scene.open();
  folder = mkdtempSync(join(tmpdir(), 'waybill-commands-'));
  line = new CommandHere(folder);
  repository = `${scene.registry.registry}/shop/app`;
  await scene.push('app', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
  writeFileSync(join(folder, 'feed.ndjson'), packFeed(ADVISORIES));
  const policy = buildDefaultPolicy({
    name: 'first',
    allowedRegistries: [`${scene.registry.registry}/shop`],
  });
  writeFileSync(join(line.home, 'policy.yaml'), policy);
});
afterAll(async () => {
  await line.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

interface CommandOutput {
  readonly text: string;
  readonly answer: Record<string, unknown>;
}

/** Runs a command as text and as JSON. Both must end with `exit` and without an error. */
async function show(exit: number, ...args: readonly string[]): Promise<CommandOutput> {
  const text = await runForText(exit, ...args);
  const { code, answer } = await line.json<Record<string, unknown>>(...args);
  expect([code, answer['error']]).toEqual([exit, undefined]);
  return { text, answer };
}

async function runForText(exit: number, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await line.run(...args);
  expect([code, stderr.includes('error:') ? stderr : ''], stderr).toEqual([exit, '']);
  for (const { path } of COMMANDS)
    if (path.every((word, at) => args[at] === word)) ran.add(path.join(' '));
  return stdout;
}

describe('on a first day', () => {
  it('a repository is set up, and a doctor says what is still missing', async () => {
    mkdirSync(join(folder, 'own'));
    expect(await runForText(0, 'init', 'own', '--yes')).toContain('written waybill-policy.yaml');
    const again = await show(0, 'init', 'own');
    expect(again.text).toContain('kept waybill.yaml: it was there');
    expect(again.answer).toMatchObject({ files: [{ outcome: 'kept' }, { outcome: 'kept' }] });
    const { text, answer } = await show(1, 'doctor');
    expect(text).toMatch(/^problem +trust +/m);
    expect((await show(0, 'version')).answer).toMatchObject({ advisoriesFailure: null });
    expect(answer).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ id: 'trust' })]),
    });
  });

  it('advisories are imported, and their age is shown', async () => {
    const { text, answer } = await show(
      0,
      'advisories',
      'import',
      'feed.ndjson',
      '--covers',
      'npm,Debian',
    );
    expect(text).toContain(`${ADVISORIES.length} added`);
    expect(answer).toMatchObject({ added: 0, unchanged: ADVISORIES.length });
    const info = await show(0, 'advisories', 'info', '--verify');
    expect(info.text).toMatch(/^source: imported\n/);
    expect(info.answer).toMatchObject({
      source: 'imported',
      verified: true,
      importedAt: expect.stringMatching(/Z$/),
    });
  });

  it('a key is generated, another one is requested, and its chain is imported', async () => {
    expect(await runForText(0, 'key', 'generate', 'ci', '--subject', SUBJECT)).toContain(
      'waybill trust add --certificate',
    );
    await runForText(0, 'key', 'generate', 'waiting', '--subject', SUBJECT, '--request');
    const inspected = await show(0, 'key', 'inspect', 'ci');
    expect(inspected.text).toMatch(/^CN=ci.*\n {2}issued by CN=Waybill trial root/);
    expect(await runForText(0, 'key', 'rotate', 'ci')).toContain('key ci-2 waits');
    const requested = await runForText(0, 'key', 'request', 'asked', '--subject', SUBJECT);
    expect(requested).toContain('waybill key import asked');
    const listed = await show(0, 'key', 'list');
    expect(listed.text).toMatch(/waiting +- +waits for its certificate/);
    const own = createPrivateKey(readFileSync(join(line.home, 'keys/waiting.key')));
    const stranger = await testKey({ subject: SUBJECT });
    writeFileSync(join(folder, 'chain.pem'), stranger.chainPem);
    expect((await line.json<object>('key', 'import', 'waiting', 'chain.pem')).code).not.toBe(0);
    writeFileSync(
      join(folder, 'chain.pem'),
      (await testKey({ subject: SUBJECT, key: own })).chainPem,
    );
    expect(await runForText(0, 'key', 'import', 'waiting', 'chain.pem')).toContain(
      'key waiting signs as CN=ci',
    );
  });

  it('trust is given, once for each repository', async () => {
    const text = await runForText(
      0,
      ...[
        'trust',
        'add',
        '--certificate',
        'home/keys/ci.root.crt',
        '--store',
        'ci',
        '--identity',
        SUBJECT,
      ],
      ...['--repository', `${scene.registry.registry}/shop/*`],
    );
    expect(text).toContain('may state image, sbom, scan, provenance about');
    const { answer } = await show(0, 'trust', 'list');
    expect(answer).toMatchObject({
      revision: 1,
      rules: [{ repositories: [`${scene.registry.registry}/shop/*`] }],
    });
  });

  it('a damaged trust policy is not replaced', async () => {
    const file = join(line.home, 'notation/trustpolicy.json');
    const good = readFileSync(file, 'utf8');
    writeFileSync(file, good.slice(0, -20));
    const { code, stderr } = await line.run(
      ...[
        'trust',
        'add',
        '--certificate',
        'home/keys/ci.root.crt',
        '--store',
        'x',
        '--identity',
        SUBJECT,
      ],
      ...['--repository', repository],
    );
    expect([code > 1, stderr.includes('INTERNAL'), readFileSync(file, 'utf8')]).toEqual([
      true,
      false,
      good.slice(0, -20),
    ]);
    writeFileSync(file, good);
  });

  it('the policy is shown and checked', async () => {
    expect(await runForText(0, 'policy', 'show')).toBe(
      readFileSync(join(line.home, 'policy.yaml'), 'utf8'),
    );
    writeFileSync(join(folder, 'default.yaml'), await runForText(0, 'policy', 'show', '--default'));
    const { text, answer } = await show(0, 'policy', 'check', 'default.yaml', 'home/policy.yaml');
    expect(text).toContain('home/policy.yaml: good: first');
    expect(answer).toMatchObject({ policies: [{ error: null }, { error: null }] });
    writeFileSync(
      join(folder, 'bad.yaml'),
      'apiVersion: waybill.dev/v1\nkind: Policy\nrules: []\nrulez: []\n',
    );
    expect((await line.json('policy', 'check', 'bad.yaml')).code).toBe(2);
  });
});

describe('an image', () => {
  it('is listed and scanned', async () => {
    const { text, answer } = await show(0, 'sbom', `${repository}:1.0`);
    expect(text).toContain('pkg:deb/debian/tzdata@2024a-0%2Bdeb12u1');
    expect(answer).toMatchObject({ targets: [{ outcome: 'complete' }] });
    const scanned = await show(0, 'scan', `${repository}:1.0`);
    expect(scanned.text).toBe('no findings\n');
    expect(scanned.answer).toMatchObject({
      targets: [{ report: { data: { importedAt: expect.stringMatching(/Z$/) } } }],
    });
  });

  it('without a signature neither verifies nor passes a gate', async () => {
    expect((await show(1, 'verify', `${repository}:1.0`)).answer).toMatchObject({
      standing: 'does-not-count',
    });
    const { text, answer } = await show(1, 'gate', 'admission', `${repository}:1.0`);
    expect(text).toMatch(/^deny {2}/);
    expect(answer).toMatchObject({
      gate: 'admission',
      verdicts: [{ decision: 'deny', refuses: true }],
    });
  });

  it('is released: gathered, signed, judged, published, recorded', async () => {
    const text = await runForText(
      0,
      ...[
        'release',
        `${repository}:2.0`,
        '--image',
        `${repository}:1.0`,
        '--name',
        'app',
        '--version',
        '2.0',
      ],
      ...[
        '--repo',
        'https://ci:secret-word@git.example.com/shop/app',
        '--commit',
        makeSourceRepository(folder, 'https://git.example.com/shop/app'),
        '--owner',
        'shop',
      ],
      ...['--key', 'ci', '--builder', CI],
    );
    expect(text).toContain('published ');
  });

  it('has its documents attached, and no credentials of the remote', async () => {
    const { text, answer } = await show(0, 'discover', `${repository}:2.0`);
    const { descriptors } = answer as unknown as { descriptors: readonly { digest: string }[] };
    expect(descriptors.length).toBeGreaterThanOrEqual(4);
    expect(text).toContain('application/vnd.cncf.notary.signature');
    expect(
      await line.output('ask', 'provenance', `${repository}:2.0`, '--format', 'json'),
    ).not.toContain('secret-word');
    expect(await line.output('graph', 'export')).not.toContain('secret-word');
  });

  it('is signed by hand, verifies, and may run', async () => {
    expect(
      (await show(0, 'sign', `${repository}:2.0`, '--key', 'ci', '--expires-in', '90d')).answer,
    ).toMatchObject({
      signed: expect.stringContaining('@sha256:'),
    });
    expect((await show(0, 'verify', `${repository}:2.0`)).answer).toMatchObject({
      standing: 'counts',
    });
    expect((await show(0, 'why', 'tzdata', `${repository}:2.0`)).text).toContain('tzdata@2024a');
    expect((await show(0, 'gate', 'admission', `${repository}:2.0`)).text).toMatch(/^allow {2}/);
    const statement = { vulnerability: { name: 'CVE-1' }, products: [], status: 'fixed' };
    const vex = { '@context': 'https://openvex.dev/ns/v0.2.0', statements: [statement] };
    writeFileSync(join(folder, 'vex.json'), JSON.stringify(vex));
    const { text } = await show(0, 'attach', `${repository}:2.0`, 'vex.json', '--key', 'ci');
    expect(text).toContain('is not trusted to state vex');
    expect((await show(0, 'gate', 'release', `${repository}:2.0`, '--explain')).text).toContain(
      'decision record sha256:',
    );
  });

  it('truth A13: a gate knows the release of an image from the graph, as the server', async () => {
    const by = (owner: string) => policyText(ruleText(`release.owner == "${owner}"`));
    writeFileSync(join(folder, 'owner.yaml'), by('shop'));
    writeFileSync(join(folder, 'stranger.yaml'), by('stranger'));
    const ask = (policy: string) =>
      line.run('gate', 'admission', `${repository}:2.0`, '--policy', policy);
    expect((await ask('owner.yaml')).stdout).toMatch(/^allow {2}/);
    expect((await ask('stranger.yaml')).stdout).toMatch(/^deny {2}/);
  });
});

describe('the graph', () => {
  it('imports documents, says what it holds, verifies and replays', async () => {
    writeFileSync(
      join(folder, 'app.json'),
      '{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[{"type":"library","name":"left-pad","version":"1.3.0","purl":"pkg:npm/left-pad@1.3.0"}]}',
    );
    const about = ['graph', 'import', 'app.json', '--subject', `sha256:${'1'.repeat(64)}`];
    expect(await runForText(0, ...about)).toMatch(/sbom sha256:[0-9a-f]{64} at position \d+\n$/);
    expect(JSON.parse(await line.output(...about, '--format', 'json'))).toMatchObject({
      fresh: false,
    });
    expect((await show(0, 'graph', 'status')).answer).toMatchObject({
      head: { size: expect.any(Number) },
    });
    expect((await show(0, 'graph', 'verify')).answer).toMatchObject({ verified: true });
    expect(await runForText(0, 'graph', 'checkpoint')).toContain('waybill.dev/log/');
    expect(await runForText(0, 'graph', 'proof', '--position', '0')).toContain('index 0');
    const before = await runForText(0, 'graph', 'export');
    expect((await show(0, 'graph', 'rebuild')).answer).toMatchObject({ equal: true });
    expect((await show(0, 'graph', 'copy', '--to', 'copy.db')).answer).toMatchObject({
      to: join(folder, 'copy.db'),
    });
    expect(await runForText(0, 'graph', 'export', '-o', 'graph.txt')).toBe('');
    expect(readFileSync(join(folder, 'graph.txt'), 'utf8')).toBe(before);
  });

  it('answers about components, vulnerabilities and images', async () => {
    const image = `${repository}:2.0`;
    expect(
      (await show(0, 'ask', 'releases', '--component', 'tzdata', '--since', '90d')).text,
    ).toMatch(/app +2\.0/);
    const known = String((ADVISORIES[0] as { id: string }).id);
    // The SBOM that was imported is of no release, and says nothing that could be judged.
    expect((await show(3, 'ask', 'exposure', known)).text).toMatch(
      /^no release is known to be exposed$/m,
    );
    expect((await show(3, 'ask', 'where', image)).text).toMatch(/app +2\.0[\s\S]*not known, bec/);
    expect((await show(0, 'ask', 'findings', image)).text).toBe('no findings\n');
    expect((await show(3, 'ask', 'changes')).text).not.toBe('');
    expect((await show(0, 'ask', 'expiries', '--within', '36500d')).text).toMatch(
      /app +2\.0 +image/,
    );
    expect((await show(0, 'ask', 'provenance', image)).text).toContain(
      'https://git.example.com/shop/app',
    );
    expect((await show(0, 'ask', 'verdicts', image)).text).toMatch(/release +allow/);
    expect((await show(0, 'ask', 'why', 'app@2.0', 'tzdata')).text).toMatch(
      /pkg:deb\S*tzdata\S*[\s\S]*sha256:/,
    );
    expect((await show(0, 'ask', 'violations', 'app')).text).toBe('no violation is recorded\n');
    expect((await show(0, 'ask', 'diff', image, image)).text).toBe('no difference\n');
    expect((await show(0, 'ask', 'licenses', image)).text).toMatch(/ 1 +pkg:deb\S*tzdata/);
    const built = await show(1, 'ask', 'blast-radius', '--builder', CI);
    expect(built.text).toMatch(/^app +2\.0/m);
    expect((await show(3, 'ask', 'missing')).text).toMatch(/^not known, because no cluster/);
    expect((await show(3, 'ask', 'patch-plan', known)).text).toMatch(
      /^not known, because no cluster/,
    );
    expect((await show(0, 'ask', 'owners')).text).toMatch(/^app +\S+/m);
    expect((await show(3, 'ask', 'timeline', 'app@2.0')).text).toMatch(/ released +app@2\.0/);
    const tried = await show(
      0,
      'ask',
      'what-if',
      '--policy',
      join(line.home, 'policy.yaml'),
      '--gate',
      'release',
    );
    expect(tried.answer).toMatchObject({ examined: 1, newlyDenied: [], newlyUndetermined: [] });
  });

  it('says what it does not know, instead of an empty answer', async () => {
    const unknown = `sha256:${'9'.repeat(64)}`;
    expect((await line.json('ask', 'findings', unknown)).code).toBe(3);
    expect((await line.json('ask', 'where', 'sha256:9')).code).toBe(3);
    expect((await line.json('ask', 'where', '.')).code).toBe(2);
    expect((await line.json('ask', 'releases', '--component', 'tzdata', '--limit', '0')).code).toBe(
      2,
    );
    expect((await line.json('graph', 'status', '--home', 'nothing-yet')).code).toBe(3);
  });
});

describe('servers', () => {
  const status = (url: string): Promise<number> =>
    new Promise((resolve, reject) => {
      request(url, (response) => resolve(response.statusCode ?? 0))
        .on('error', reject)
        .end();
    });

  it('the registry serves, and ends with 0 when it is stopped', async () => {
    const running = await line.start('registry', 'serve', 'content', '--listen', '127.0.0.1:0');
    ran.add('registry serve');
    expect(await status(`${/http:\S+[^,\s]/.exec(running.line)?.[0]}/v2/`)).toBe(200);
    await running.stop('SIGINT');
  });

  it('the webhook serves, and refuses a public address without a token', async () => {
    const running = await line.start('serve', '--listen', '127.0.0.1:0');
    ran.add('serve');
    expect(running.line).toMatch(/^waybill serves https:\/\/127\.0\.0\.1:\d+$/);
    await running.stop('SIGTERM');
    expect(await line.run('serve', '--listen', '0.0.0.0:0')).toMatchObject({ code: 2 });
  });
});

it('truth A13: a digest that the graph lists as exposed is refused, as by a server', async () => {
  const ask = () => line.run('gate', 'admission', `${repository}:2.0`);
  const before = await ask();
  expect([before.code, before.stdout]).toEqual([0, expect.stringMatching(/^allow {2}/)]);
  const digest = /@(sha256:[0-9a-f]{64})/.exec(before.stdout)?.[1] ?? '';
  const purl = 'pkg:deb/debian/zlib1g@1.0?arch=amd64&distro=debian-12&upstream=zlib';
  const component = { type: 'library', name: 'zlib1g', version: '1.0', purl };
  const sbom = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components: [component] };
  writeFileSync(join(folder, 'late.json'), JSON.stringify(sbom));
  await runForText(0, 'graph', 'import', 'late.json', '--subject', digest);
  const { code, stdout } = await ask();
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^deny {2}/)]);
  expect(stdout).toContain('CVE-2026-0001 in zlib1g 1.0');
});

it('completion prints a script', async () => {
  expect(await runForText(0, 'completion', 'bash')).toContain('complete -o default');
  expect(await line.run('completion', 'tcsh')).toMatchObject({ code: 2 });
});

it('no command of the catalogue is missing', () => {
  const isFollowed = (name: string): boolean => {
    const file = FOLLOWED_IN[name];
    const words = name.split(' ');
    const source =
      file === undefined ? '' : readFileSync(join(import.meta.dirname, `${file}.test.ts`), 'utf8');
    return (
      file !== undefined &&
      words.every((word) => new RegExp(`['\x60 ]${word}['\x60 ]`).test(source))
    );
  };
  const names = COMMANDS.map(({ path }) => path.join(' '));
  expect(names.filter((name) => !ran.has(name) && !isFollowed(name))).toEqual([]);
});
