import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { CommandHere } from '../support/command-line.ts';
import { shell } from '../support/shell.ts';

const IMAGE = `registry.example.com/waybill/waybill@sha256:${'0'.repeat(64)}`;
let waybill: CommandHere;
const inFolder = (...path: readonly string[]): string => join(waybill.folder, ...path);
const readBundle = (yaml: string): string =>
  Buffer.from(parse(yaml).webhooks[0].clientConfig.caBundle, 'base64').toString();

beforeAll(async () => {
  waybill = new CommandHere(mkdtempSync(join(tmpdir(), 'waybill-cluster-')));
  await waybill.output('cluster', 'certificate', 'tls', '--host', '127.0.0.1');
  await waybill.output('key', 'generate');
  const whom = ['--certificate', join(waybill.home, 'keys/default.root.crt'), '--store', 'shop'];
  const identity = 'CN=release,O=example,ST=WA,C=US';
  await waybill.output(
    'trust',
    'add',
    ...whom,
    '--identity',
    identity,
    '--repository',
    'registry.example.com/shop/*',
  );
  writeFileSync(
    join(waybill.home, 'policy.yaml'),
    await waybill.output('policy', 'show', '--default'),
  );
});
afterAll(() => rmSync(waybill.folder, { recursive: true, force: true }));

describe('waybill cluster', () => {
  it('makes a certificate once, and keeps the old authority beside a new one', async () => {
    const before = readFileSync(inFolder('tls/ca.crt'), 'utf8');
    expect(await waybill.output('cluster', 'certificate', 'tls')).toMatch(/^kept: /);
    expect(readFileSync(inFolder('tls/ca.crt'), 'utf8')).toBe(before);
    const { answer } = await waybill.json<{ made: boolean; previous: string }>(
      'cluster',
      'certificate',
      'tls',
      '--renew',
    );
    expect(answer).toMatchObject({ made: true, previous: inFolder('tls/ca.previous.crt') });
    expect(readFileSync(inFolder('tls/ca.previous.crt'), 'utf8')).toBe(before);
    // It still names what it named before.
    expect(await waybill.output('cluster', 'certificate', 'tls', '--host', '127.0.0.1')).toMatch(
      /^kept: /,
    );
    const both = ['--ca', 'tls/ca.crt', '--ca', 'tls/ca.previous.crt'];
    const bundle = readBundle(await waybill.output('cluster', 'webhook', ...both));
    expect(bundle).toBe(readFileSync(inFolder('tls/ca.crt'), 'utf8') + before);
  });

  it('puts only certificates into the bundle: a file that contains a key is refused', async () => {
    const [cert, key] = ['tls/ca.crt', 'tls/tls.key'].map((name) =>
      readFileSync(inFolder(name), 'utf8'),
    );
    writeFileSync(inFolder('mixed.pem'), `${key}${cert}`);
    const refused = await waybill.run('cluster', 'webhook', '--ca', 'mixed.pem');
    expect(refused).toMatchObject({ stdout: '' });
    expect(refused.stderr).toContain('CERTIFICATE_INVALID');
    expect(refused.stderr).not.toContain('PRIVATE');
  });

  it('I7: writes a chart into a new folder, and never into one with other files', async () => {
    const chart = ['cluster', 'chart', 'chart', '--image', IMAGE, '--cluster', 'eu-2'];
    const { code, answer } = await waybill.json<{ files: readonly string[] }>(...chart);
    expect(code).toBe(0);
    expect(answer.files).toContain('templates/webhook.yaml');
    for (const name of answer.files) expect(readFileSync(inFolder('chart', name))).not.toEqual('');
    expect(parse(readFileSync(inFolder('chart/values.yaml'), 'utf8'))).toMatchObject({
      ...{ image: IMAGE, cluster: 'eu-2', webhook: { enabled: false } },
    });
    const again = await waybill.run(...chart);
    expect([again.code, again.stderr.includes('FILE_UNWRITABLE')]).toEqual([2, true]);
    const loose = [...chart.slice(0, 2), 'other', '--image', 'registry.example.com/waybill:1'];
    expect((await waybill.run(...loose)).code).toBe(2);
    expect(readdirSync(waybill.folder)).not.toContain('other');
  });

  it('prints manifests as YAML or as one List, also to a file', async () => {
    const yaml = await waybill.output('cluster', 'server', '--image', IMAGE);
    const documents = parseAllDocuments(yaml).map((one) => one.toJS());
    const list = await waybill.output('cluster', 'server', '--image', IMAGE, '--format', 'json');
    expect(JSON.parse(list)).toEqual({ apiVersion: 'v1', kind: 'List', items: documents });
    await waybill.output('cluster', 'server', '--image', IMAGE, '-o', 'server.yaml');
    expect(readFileSync(inFolder('server.yaml'), 'utf8')).toBe(yaml);
  });

  it('gives the server what it reads here, also by links as in a ConfigMap', async () => {
    const manifests = JSON.parse(
      await waybill.output('cluster', 'server', '--image', IMAGE, '--format', 'json'),
    ).items;
    const [map, deployment] = ['ConfigMap', 'Deployment'].map((kind) =>
      manifests.find((one: { kind: string }) => one.kind === kind),
    );
    const { items } = deployment.spec.template.spec.volumes[0].configMap;
    for (const { key, path } of items) {
      mkdirSync(dirname(inFolder('settings/..2026', path)), { recursive: true });
      writeFileSync(inFolder('settings/..2026', path), map.data[key]);
    }
    symlinkSync('..2026', inFolder('settings/..data'));
    for (const name of readdirSync(inFolder('settings/..2026')))
      symlinkSync(`..data/${name}`, inFolder('settings', name));
    const there = ['--trust', 'settings/trust.yaml', '--notation', 'settings/notation'];
    expect(await waybill.output('trust', 'list', ...there)).toBe(
      await waybill.output('trust', 'list'),
    );
    expect(await waybill.output('policy', 'show', '--policy', 'settings/policy.yaml')).toBe(
      await waybill.output('policy', 'show'),
    );
    expect(await waybill.run('cluster', 'server', '--image', IMAGE, ...there)).toMatchObject({
      code: 0,
    });
  });

  it.each([
    [['server', '--image', 'registry.example.com/waybill/waybill:1'], 2, 'not given by its digest'],
    [['server', '--image', IMAGE, '--namespace', 'Not_A_Name'], 2, 'not a namespace'],
    [['server', '--image', IMAGE, '--api-server', '10.0.0.300'], 2, 'not a range of addresses'],
    [['server', '--image', IMAGE, '--storage', 'much'], 2, 'not a size'],
    [['server', '--image', IMAGE, '--replicas', '2'], 2, 'replicas must be 1'],
    [['server', '--image', IMAGE, '--replicas', '0'], 2, 'replicas must be 1'],
    [['chart', 'two', '--image', IMAGE, '--replicas', '2'], 2, 'SQLite file with one writer'],
    [['server', '--image', IMAGE, '--advisory-age-max', '0d'], 2, 'no advisories are so new'],
    [['server', '--image', IMAGE, '--policy', 'absent.yaml'], 2, 'does not exist'],
    [['webhook', '--ca', 'absent.crt'], 2, 'absent.crt'],
    [['webhook', '--ca', 'tls/ca.crt', '--timeout', '0'], 2, 'not a timeout'],
    [['webhook', '--ca', 'tls/ca.crt', '--timeout', '31'], 2, 'not a timeout'],
    [['webhook', '--ca', 'tls/ca.crt', '--url', 'http://127.0.0.1/admit'], 2, 'not the address'],
    [['webhook', '--ca', 'tls/ca.crt', '--url', 'https://user@host/admit'], 2, 'not the address'],
    [
      ['webhook', '--ca', 'tls/ca.crt', '--url', 'https://127.0.0.1/elsewhere'],
      2,
      'not the address',
    ],
    [['webhook', '--ca', 'tls/ca.crt', '--exempt', 'a b'], 2, 'not a namespace'],
  ])('%j is refused with the reason', async (args, code, why) => {
    const refused = await waybill.run('cluster', ...args);
    expect(refused).toMatchObject({ code, stdout: '' });
    expect(refused.stderr).toContain(why);
  });

  it('accepts timeouts up to the maximum of an API server', async () => {
    for (const timeout of ['1', '30']) {
      const printed = parse(
        await waybill.output('cluster', 'webhook', '--ca', 'tls/ca.crt', '--timeout', timeout),
      );
      expect(printed.webhooks[0].timeoutSeconds).toBe(Number(timeout));
    }
  });

  it('advisories are also read from standard input, and leave only the index', async () => {
    const record = {
      id: 'EX-1',
      modified: '2026-01-01T00:00:00Z',
      affected: [{ package: { ecosystem: 'npm', name: 'x' }, versions: ['1'] }],
    };
    writeFileSync(inFolder('osv.json'), JSON.stringify(record));
    const piped = await shell(waybill, 'waybill advisories import - < osv.json');
    expect(piped).toMatchObject({ code: 0 });
    expect(piped.stdout).toMatch(/^1 added/);
    expect(readdirSync(waybill.home).filter((name) => name.startsWith('.input-'))).toEqual([]);
    expect(await shell(waybill, 'printf broken | waybill advisories import -')).not.toMatchObject({
      code: 0,
    });
    expect(readdirSync(waybill.home).filter((name) => name.startsWith('.input-'))).toEqual([]);
  });

  it('is bounded: settings that are too large for a ConfigMap are refused', async () => {
    const store = join(waybill.home, 'notation/truststore/x509/ca/unused');
    mkdirSync(store, { recursive: true });
    writeFileSync(join(store, 'big.crt'), 'x'.repeat(600 * 1024));
    expect(await waybill.run('cluster', 'server', '--image', IMAGE)).toMatchObject({ code: 0 });
    writeFileSync(join(store, 'bigger.crt'), 'x'.repeat(64 * 1024));
    const refused = await waybill.run('cluster', 'server', '--image', IMAGE);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain('LIMIT_EXCEEDED');
  });
});
