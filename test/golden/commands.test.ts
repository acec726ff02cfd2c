import { createPrivateKey } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUESTIONS } from '../../src/capabilities/graph/questions/index.ts';
import { toInstant } from '../../src/core/instant.ts';
import { SCHEMAS } from '../../src/entrypoints/cli/report/schemas.ts';
import { requireOneTimeFormat } from '../support/answer-times.ts';
import { testKey } from '../support/certificates.ts';
import { JOB_CLAIMS, jobToken, platformKey } from '../support/job-tokens.ts';
import {
  SUBSCRIPTION,
  startRunnerServices,
  type TestCloud,
  testCloud,
} from '../support/machine-documents.ts';
import { makeRecord, OsvMirror } from '../support/osv-mirror.ts';
import { requirePublished } from '../support/published-schema.ts';
import { writeRatifyResources } from '../support/ratify.ts';
import { testInstance } from '../support/sigstore-instance.ts';
import { makeSourceRepository } from '../support/source-repository.ts';
import { type TestStamper, testStamper } from '../support/timestamps.ts';
import { makeTufRepository, TufMirror } from '../support/tuf-repository.ts';
import { CommandWorld } from './command-world.ts';

/**
 * The JSON of every command as a whole document. Names replace values that differ from run to run,
 * such as times, digests of signatures and paths.
 */
const SOURCE = 'https://git.example.com/shop/app';
const LOGIN = ['-u', 'ci', '--password-stdin'];
const SUBJECT = 'CN=ci,O=Shop,ST=WA,C=US';
const POD = 'apiVersion: v1\nkind: Pod\nmetadata: { name: app, namespace: shop }\nspec:\n';
let world: CommandWorld;
const shown = new Set<string>();

beforeAll(async () => {
  world = await CommandWorld.open();
}, 60_000);
afterAll(() => world.close());

async function show(name: string, place: string, ...args: readonly string[]): Promise<void> {
  const printed = await world.print(place, ...args, '--format', 'json');
  requirePublished(args, JSON.parse(printed));
  requireOneTimeFormat(JSON.parse(printed));
  shown.add(name);
  const ordered = sortByContent(printed);
  await expect(replaceChanging(ordered)).toMatchFileSnapshot(`./commands/${name}.json`);
}

/** Lists that are sorted by digests, which differ from run to run. */
const BY_DIGEST = new Set(['descriptors', 'signatures', 'documents', 'parts']);

/** A folder of notation with two statements that come over, and one that does not. */
function writeNotationFolder(folder: string): void {
  const store = join(folder, 'truststore/x509/ca/ci');
  mkdirSync(store, { recursive: true });
  cpSync(join(world.folder, 'home/keys/ci.root.crt'), join(store, 'ci.crt'));
  const statement = (name: string, scope: string) => ({
    name,
    registryScopes: [scope],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:ci'],
    trustedIdentities: [`x509.subject: ${SUBJECT}`],
  });
  const trustPolicies = [
    statement('trips', 'registry.example.com/shop/trips'),
    statement('poi', 'registry.example.com/shop/poi'),
    statement('all', '*'),
  ];
  writeFileSync(
    join(folder, 'trustpolicy.json'),
    JSON.stringify({ version: '1.0', trustPolicies }),
  );
}

/** A token of a job, a document of its machine, and whose count. */
function writeRunnerFiles(cloud: TestCloud, stamper: TestStamper, digest: string): void {
  const store = 'home/notation/truststore/x509';
  world.write(`${store}/ca/azure/issuers.pem`, cloud.authoritiesPem);
  world.write(`${store}/tsa/time/root.pem`, stamper.rootPem);
  const stores = { cloud: 'azure', authority: 'ca:azure', timestamps: 'tsa:time' };
  const entry = { id: 'vms', repositories: [`${world.image}`], subscriptions: [SUBSCRIPTION] };
  const trust = readFileSync(join(world.folder, 'home/trust.yaml'), 'utf8');
  world.write(
    'home/trust.yaml',
    `${trust}machines: ${JSON.stringify([{ ...entry, ...stores }])}\n`,
  );
  const key = platformKey('ES256');
  const claims = JOB_CLAIMS['github-actions'];
  const at = Math.floor(Date.now() / 1_000);
  world.write('token', jobToken(key, { ...claims, iat: at, exp: at + 600 }));
  const pinned = { platform: 'github-actions', issuer: claims.iss, audience: 'waybill' };
  world.write('github.json', JSON.stringify({ ...pinned, keys: [key.jwk] }));
  world.write('answer.json', cloud.answer(digest, { at: toInstant(Date.now() - 60_000) }));
}

function sortByContent(text: string): string {
  const sort = (key: string, value: unknown): unknown =>
    BY_DIGEST.has(key) && Array.isArray(value)
      ? value.toSorted((one, other) => (replaceHashes(one) < replaceHashes(other) ? -1 : 1))
      : value;
  const value: unknown = JSON.parse(text);
  const indent = text.includes('\n  ') ? 2 : 0;
  expect(`${JSON.stringify(value, null, indent)}\n`).toBe(text);
  return `${JSON.stringify(value, sort, indent)}\n`;
}

function replaceHashes(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[0-9a-f]{64}|"size":\d+/g, '');
}

/** Replaces values that differ with names. The same value has the same name within a document. */
function replaceChanging(text: string): string {
  const seen = new Map<string, string>();
  const rename = (kind: string) => (value: string) => {
    const known = seen.get(value) ?? `<${kind} ${seen.size + 1}>`;
    seen.set(value, known);
    return known;
  };
  return text
    .replaceAll(world.folder, '<folder>')
    .replaceAll(world.scene.registry.registry, '<registry>')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<moment>')
    .replaceAll(/\b[0-9a-f]{64}\b/g, rename('hash'))
    .replaceAll(/\b[0-9a-f]{40}\b/g, rename('id'))
    .replaceAll(
      /("artifactType": .*|"mediaType": .*|"digest": .*)\n( +)"size": \d+/g,
      '$1\n$2"size": 0',
    )
    .replaceAll(/"size": \d+,\n {2}"deltas"/g, '"size": 0,\n  "deltas"')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+\/osv\//g, '<mirror>')
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+\/tuf/g, '<repository>')
    .replaceAll(/"[A-Za-z0-9+/=]{200,}"/g, '"<bytes>"')
    .replaceAll(/"-----BEGIN CERTIFICATE[^"]*"/g, '"<certificate>"')
    .replaceAll(/wb_[\w-]{43}/g, '<token>')
    .replaceAll(/"databaseSchema": \d+/g, '"databaseSchema": 0')
    .replaceAll(/("node": ")[\d.]+(",\s+"platform": ")[^"]+/g, '$1<version>$2<platform>')
    .replaceAll(/(Node\.js|git) \d+[.\d]+/g, '$1 <version>');
}

describe('the JSON of a command', { timeout: 60_000 }, () => {
  it('that looks after advisories', async () => {
    await show(
      'advisories-import',
      '.',
      'advisories',
      'import',
      'feed.ndjson',
      '--covers',
      'npm,Debian',
    );
    await show('advisories-info', '.', 'advisories', 'info');
    const mirror = await OsvMirror.start();
    mirror.publish('npm', [makeRecord('GHSA-1', '2026-01-01T00:00:00Z')]);
    const from = ['--from', mirror.url, '--ecosystem', 'npm', '--home', 'updated'];
    await show('advisories-update', '.', 'advisories', 'update', ...from);
    await mirror.close();
  });

  it('that looks into a source tree', async () => {
    await show('init', '.', 'init', 'repository', '--dry-run');
    await show('deps', '.', 'deps', 'repository');
    await show('fix', '.', 'fix', 'repository');
    await show('sbom', '.', 'sbom', 'repository');
    await show('sbom-check', '.', 'sbom', 'check', 'app.json', '--profile', 'ntia');
    await show('sbom-validate', '.', 'sbom', 'validate', 'app.json');
    await show('sbom-diff', '.', 'sbom', 'diff', 'app.json', 'repository');
    await show('scan', '.', 'scan', 'repository');
    await show('why', '.', 'why', 'left', 'repository');
    await show('licences', '.', 'licences', 'repository');
  });

  it('that looks into commits', async () => {
    const signers = ['--allowed-signers', '../signers'];
    await show('commit-verify', 'repository', 'commit', 'verify', ...signers);
    await show('gate-commit', 'repository', 'gate', 'commit', ...signers);
    await show('gate-build', 'repository', 'gate', 'build', ...signers);
    const setUp = ['--signature-format', 'x509', '--key', 'AB'.repeat(20), '--dry-run'];
    await show('commit-setup', 'repository', 'commit', 'setup', ...setUp);
    await show('hook-install', 'repository', 'hook', 'install');
    await show('hook-uninstall', 'repository', 'hook', 'uninstall');
  });

  it('that keeps keys and trust', async () => {
    await show('key-generate', '.', 'key', 'generate', 'ci', '--subject', SUBJECT);
    await world.print('.', 'key', 'generate', 'next', '--subject', SUBJECT, '--request');
    const key = createPrivateKey(readFileSync(join(world.folder, 'home/keys/next.key')));
    world.write('chain.pem', (await testKey({ subject: SUBJECT, key })).chainPem);
    await show('key-list', '.', 'key', 'list');
    await show('key-inspect', '.', 'key', 'inspect', 'chain.pem');
    const spare = ['--home', 'spare'];
    await show('key-request', '.', 'key', 'request', 'asked', '--subject', SUBJECT, ...spare);
    await world.print('.', 'key', 'generate', 'ci', '--subject', SUBJECT, ...spare);
    await show('key-rotate', '.', 'key', 'rotate', 'ci', ...spare);
    await show('key-import', '.', 'key', 'import', 'next', 'chain.pem');
    const whom = ['--certificate', 'home/keys/ci.root.crt', '--store', 'ci', '--identity', SUBJECT];
    const shop = ['--repository', 'registry.example.com/shop/*'];
    await show('trust-add', '.', 'trust', 'add', ...whom, ...shop);
    const here = `${world.scene.registry.registry}/shop/*`;
    await world.print('.', 'trust', 'add', ...whom, '--repository', here);
    const whose = 'registry.example.com/shop/advisories';
    const packed = [whose, '--to', 'advisories.tar', '--key', 'ci'];
    await show('advisories-pack', '.', 'advisories', 'pack', ...packed);
    await show('trust-list', '.', 'trust', 'list');
    await show('trust-export-notation', '.', 'trust', 'export-notation');
    writeNotationFolder(join(world.folder, 'notation'));
    const into = ['--home', 'imported'];
    await show('trust-import-notation', '.', 'trust', 'import-notation', 'notation', ...into);
    writeFileSync(join(world.folder, 'ratify.yaml'), writeRatifyResources());
    const ratify = ['cluster', 'import-ratify', 'ratify.yaml', '--home', 'ratify'];
    await show('cluster-import-ratify', '.', ...ratify, '--identity', SUBJECT);
    writeFileSync(join(world.folder, 'root.json'), JSON.stringify(testInstance('golden').root));
    const signer = ['--identity', 'release@shop.example.com', '--issuer', 'https://id.example.com'];
    const cosign = ['trust', 'import-cosign', 'root.json', ...signer, '--home', 'cosign'];
    await show(
      'trust-import-cosign',
      '.',
      ...cosign,
      '--repository',
      'registry.example.com/shop/*',
    );
    const mirror = await TufMirror.start();
    const target = Buffer.from(JSON.stringify(testInstance('golden').root));
    const now = toInstant(Date.now());
    mirror.files = makeTufRepository({ now, files: { 'trusted_root.json': target } });
    writeFileSync(join(world.folder, 'tuf.json'), mirror.files.get('1.root.json') ?? '');
    const from = ['--tuf', mirror.url, '--tuf-root', 'tuf.json', '--home', 'followed'];
    await world.print('.', 'trust', 'import-cosign', ...from);
    await show('trust-update', '.', 'trust', 'update', '--home', 'followed');
    mirror.close();
    const data = `${world.scene.registry.registry}/shop/data`;
    await show('advisories-push', '.', 'advisories', 'push', data, '--key', 'ci');
    const there = ['--home', 'updated'];
    const states = ['--repository', data, '--statement', 'advisories', ...there];
    await world.print('.', 'trust', 'add', ...whom, ...states);
    await show('advisories-pull', '.', 'advisories', 'pull', data, ...there);
    await show('policy-check', '.', 'policy', 'check', 'home/policy.yaml', 'bad.yaml');
    const store = `${world.scene.registry.registry}/shop/policy`;
    const author = ['--home', 'author'];
    await world.print('.', 'key', 'generate', 'ci', '--subject', SUBJECT, ...author);
    const own = ['--certificate', 'author/keys/ci.root.crt', ...whom.slice(2)];
    const may = ['--repository', store, '--statement', 'policy', ...author];
    await world.print('.', 'trust', 'add', ...own, ...may);
    const push = ['policy', 'push', store, '--policy', 'home/policy.yaml', '--key', 'ci'];
    await show('policy-push', '.', ...push, '--message', 'begin', ...author);
    await show('policy-pull', '.', 'policy', 'pull', store, '--policy', 'pulled.yaml', ...author);
    const back = ['policy', 'rollback', store, '--to', '1', '--key', 'ci'];
    await show('policy-rollback', '.', ...back, ...author);
    await show('policy-log', '.', 'policy', 'log', store, ...author);
    const text = readFileSync(join(world.folder, 'home/policy.yaml'), 'utf8');
    world.write('looser.yaml', text.replace('mode: enforce', 'mode: observe'));
    await show('policy-diff', '.', 'policy', 'diff', 'home/policy.yaml', 'looser.yaml');
    await show('policy-library', '.', 'policy', 'library');
    for (const name of ['two-persons.yaml', 'two-persons.tests.yaml']) {
      const tests = name.includes('tests') ? ['--tests'] : [];
      world.write(name, await world.print('.', 'policy', 'library', 'two-persons', ...tests));
    }
    await show('policy-test', '.', 'policy', 'test', 'two-persons.tests.yaml', '--mutate');
    world.write('facts.json', '{"commits":[]}');
    const asked = [
      '--gate',
      'build',
      '--policy',
      'two-persons.yaml',
      '--now',
      '2026-11-22T12:00:00Z',
    ];
    await show('policy-eval', '.', 'policy', 'eval', 'facts.json', ...asked);
  });

  it('that releases an image and judges it', async () => {
    const what = ['--image', `${world.image}:1.0`, '--name', 'app', '--version', '2.0'];
    mkdirSync(join(world.folder, 'source'));
    const source = [
      '--repo',
      SOURCE,
      '--commit',
      makeSourceRepository(join(world.folder, 'source'), SOURCE),
    ];
    const build = ['--build-id', 'urn:uuid:0', '--key', 'ci'];
    await show(
      'release',
      'source',
      ...['release', `${world.image}:2.0`, ...what, ...source, ...build],
    );
    await show('sign', '.', 'sign', `${world.image}:2.0`, '--key', 'ci');
    await show('discover', '.', 'discover', `${world.image}:1.0`);
    await show('copy', '.', 'copy', `${world.image}:1.0`, 'oci:copied', '--dry-run');
    const files = `${world.scene.registry.registry}/shop/files:1.0`;
    await show('push', '.', 'push', files, 'vex.json:application/json', '--key', 'ci');
    await show('pull', '.', 'pull', files, '--to', 'pulled');
    await show('tag', '.', 'tag', `${world.image}:1.0`, '1.0.0');
    await world.scene.push('alone', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
    for (const name of ['uploads', 'oci-layout', 'blobs/sha256'])
      mkdirSync(join(world.folder, 'empty', name), { recursive: true });
    await show('registry-gc', '.', 'registry', 'gc', 'empty');
    await show('registry-check', '.', 'registry', 'check', 'empty');
    await show('delete', '.', 'delete', `${world.scene.registry.registry}/shop/alone:1.0`);
    world.stdin = 'secret';
    await show('login', '.', ...['login', world.scene.registry.registry, ...LOGIN]);
    world.stdin = '';
    await show('logout', '.', 'logout', world.scene.registry.registry);
    await show('verify', '.', 'verify', `${world.image}:1.0`);
    await show('trust-test', '.', 'trust', 'test', `${world.image}:1.0`);
    await show('gate-release', '.', 'gate', 'release', `${world.image}:1.0`);
    world.write(
      'pods/app.yaml',
      `${POD}  containers: [{ name: app, image: "${world.image}:1.0" }]\n`,
    );
    world.write('pods/kustomization.yaml', 'resources: [app.yaml]\n');
    await show('gate-admission', '.', 'gate', 'admission', '-f', 'pods');
    await show('pin', '.', 'pin', '-f', 'pods', '--check');
    await show('attach', '.', 'attach', `${world.image}:2.0`, 'vex.json', '--key', 'ci');
    const says = ['--status', 'fixed', '--author', 'security@example.com', '--key', 'ci'];
    const stated = ['--type', 'test-result', '--predicate', 'tests.json', '--key', 'ci'];
    world.write('tests.json', '{"result":"PASSED","configuration":[]}');
    await show('attest', '.', 'attest', `${world.image}:2.0`, ...stated);
    await show('vex-add', '.', 'vex', 'add', 'CVE-2026-1', `${world.image}:2.0`, ...says);
  });

  it('that watches what runs', async () => {
    const place = ['--cluster', 'eu-1', '--cluster-uid', 'u'];
    await show('watch', '.', 'watch', '--from', 'eu-1.json', ...place);
    const cluster = ['--cluster', 'eu-1'];
    await show('violation-ingest', '.', 'violation', 'ingest', 'falco.ndjson', ...cluster);
    await show('audit', '.', 'audit', '--dry-run');
  });

  it('that sets a cluster up', async () => {
    await show('cluster-certificate', '.', 'cluster', 'certificate', 'tls');
    const image = `registry.example.com/waybill@sha256:${'0'.repeat(64)}`;
    const webhook = ['--ca', 'home/keys/ci.root.crt'];
    await show('cluster-server', '.', 'cluster', 'server', '--image', image);
    await show('cluster-chart', '.', 'cluster', 'chart', 'chart', '--image', image);
    await show('cluster-webhook', '.', 'cluster', 'webhook', ...webhook);
    const watched = ['--cluster', 'eu-1', '--server', 'https://waybill.example.com:8443'];
    await show('cluster-watcher', '.', 'cluster', 'watcher', '--image', image, ...watched);
    await show('cluster-gatekeeper', '.', 'cluster', 'gatekeeper', ...webhook);
  });

  it('that looks after the graph', async () => {
    const subject = ['--subject', `sha256:${'1'.repeat(64)}`];
    await show('graph-import', '.', 'graph', 'import', 'app.json', ...subject);
    await show('graph-status', '.', 'graph', 'status');
    await show('graph-verify', '.', 'graph', 'verify');
    await show('graph-rebuild', '.', 'graph', 'rebuild');
    await show('graph-copy', '.', 'graph', 'copy', '--to', 'copy.db');
    await show('graph-backup', '.', 'graph', 'backup', '--to', 'backup.db');
    await show('graph-restore', '.', 'graph', 'restore', '--from', 'backup.db', '--home', 'back');
    await show('graph-prune', '.', 'graph', 'prune', '--older-than', '400d', '--dry-run');
    await show('policy-replay', '.', 'policy', 'replay');
  });

  it('that answers a question', async () => {
    const release = 'app@2.0';
    await show('ask-releases', '.', 'ask', 'releases', '--component', 'tzdata');
    await show('ask-exposure', '.', 'ask', 'exposure', 'CVE-2024-0001');
    await show('ask-where', '.', 'ask', 'where', release);
    await show('ask-why', '.', 'ask', 'why', release, 'tzdata');
    await show('ask-findings', '.', 'ask', 'findings', `sha256:${'1'.repeat(64)}`);
    await show('ask-provenance', '.', 'ask', 'provenance', release);
    await show('ask-verdicts', '.', 'ask', 'verdicts', release);
    await show('ask-violations', '.', 'ask', 'violations');
    await show('ask-changes', '.', 'ask', 'changes');
    await show('ask-expiries', '.', 'ask', 'expiries', '--within', '36500d');
    await show('ask-blast-radius', '.', 'ask', 'blast-radius', '--component', 'tzdata');
    await show('ask-diff', '.', 'ask', 'diff', release, release);
    await show('ask-licenses', '.', 'ask', 'licenses', release);
    await show('ask-missing', '.', 'ask', 'missing');
    await show('ask-owners', '.', 'ask', 'owners');
    await show('ask-patch-plan', '.', 'ask', 'patch-plan', 'CVE-2024-0001');
    await show('ask-timeline', '.', 'ask', 'timeline', release);
    await show('ask-what-if', '.', 'ask', 'what-if', '--policy', 'home/policy.yaml');
  });

  it('that shares the graph with others', async () => {
    const where = ['ask', 'where', 'app@2.0', '--export', 'answer.json'];
    await world.print('.', ...where);
    const key = readFileSync(join(world.folder, 'home/log/log.vkey'), 'utf8').trim();
    await show('ask', '.', 'ask', '--verify', 'answer.json', '--log-key', key);
    world.write('sboms/app.json', readFileSync(join(world.folder, 'app.json')));
    utimesSync(join(world.folder, 'sboms/app.json'), 1, 1);
    await show('collect', '.', 'collect', 'sboms');
    await show('graph-inbox', '.', 'graph', 'inbox');
    await show('tenant-create', '.', 'tenant', 'create', 'shop');
    await show('tenant-list', '.', 'tenant', 'list');
    await show('token-create', '.', 'token', 'create', 'ci', '--role', 'publisher');
    await show('token-list', '.', 'token', 'list');
    await show('token-revoke', '.', 'token', 'revoke', 'ci');
    const told = ['--ask', 'missing', '--email', 'security@shop.example.com'];
    await show('standing-add', '.', 'standing', 'add', 'gaps', ...told);
    await show('standing-list', '.', 'standing', 'list');
    await show('standing-notices', '.', 'standing', 'notices');
    await show('standing-remove', '.', 'standing', 'remove', 'gaps');
  });

  it('that scans again', async () => {
    await show('rescan', '.', 'rescan', `${world.image}:2.0`, '--key', 'ci');
  });

  it('that fails', async () => {
    await show('error', '.', 'ask', 'where', 'nothing@1.0');
  });

  it('that says what is missing', async () => {
    await show('doctor', '.', 'doctor');
    await show('version', '.', 'version');
  });

  it('that says where an image comes from', async () => {
    const image = `${world.image}:2.0`;
    await show('provenance-assess', '.', 'provenance', 'assess', image);
    const at = (path: string) => join(world.folder, path);
    await world.print('.', 'copy', image, 'oci:laid', '--format', 'json');
    const command = `cp -R ${at('laid')} $WAYBILL_OUTPUT`;
    const source = ['--source', 'repository', '--commit', world.head(), '--key', 'ci'];
    await show('rebuild', '.', 'rebuild', image, '--command', command, ...source);
    const cloud = testCloud();
    const stamper = testStamper('golden time');
    const services = await startRunnerServices(cloud, stamper, { value: {} });
    const verified = await world.print('.', 'verify', image, '--format', 'json');
    writeRunnerFiles(cloud, stamper, JSON.parse(verified).digest);
    const job = ['--job-token', 'token', '--job-keys', 'github.json', '--machine', 'answer.json'];
    const time = ['--time-from', `${services.url}/tsa`, '--key', 'ci'];
    await show('provenance-runner', '.', 'provenance', 'runner', image, ...job, ...time);
    await services.close();
  });

  it('has a golden file for every command that publishes a schema', () => {
    const questions = QUESTIONS.map(({ name }) => `ask-${name}`);
    expect([...shown].sort()).toEqual([...Object.keys(SCHEMAS), ...questions, 'error'].sort());
  });
});
