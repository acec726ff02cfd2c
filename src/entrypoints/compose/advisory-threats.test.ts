import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeRecord, OsvMirror } from '../../../test/support/osv-mirror.ts';
import { requireSuccess, runHere } from '../../../test/support/run-here.ts';
import { type RunningRegistry, startRegistry } from '../../adapters/oci-server/index.ts';
import { orThrow } from '../../core/result.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-exploited-'));
const JAN = '2026-01-01T00:00:00Z';
const SUBJECT = 'CN=data,O=Shop,ST=WA,C=US';
let mirror: OsvMirror;
let registry: RunningRegistry;
let place = '';
let home = '';
let homes = 0;
beforeAll(async () => {
  mirror = await OsvMirror.start();
  registry = orThrow(await startRegistry({ root: join(cwd, 'registry') }));
  place = `${registry.registry}/security/advisories`;
});
afterAll(async () => {
  await registry.close();
  await mirror.close();
  rmSync(cwd, { recursive: true, force: true });
});
beforeEach(() => {
  home = `home-${++homes}`;
  mirror.lie(null);
  mirror.put('ecosystems.txt', 'npm\n');
  const record = makeRecord('GHSA-1', JAN, { aliases: ['CVE-2025-1000'] });
  mirror.publish('npm', [record]);
  mirror.put('known_exploited_vulnerabilities.json', kev('2026-01-02', 'CVE-2025-1000'));
  mirror.put('epss_scores-current.csv.gz', epss('2026-01-02', 0.5));
  mirror.take();
});

const kev = (day: string, ...cves: readonly string[]): string =>
  JSON.stringify({
    ...{ catalogVersion: day, dateReleased: `${day}T00:00:00Z`, count: cves.length },
    vulnerabilities: cves.map((cveID) => ({ cveID, dateAdded: '2025-12-01' })),
  });
const epss = (day: string, score: number): Uint8Array =>
  gzipSync(
    `#model_version:v1,score_date:${day}T00:00:00Z\ncve,epss,percentile\nCVE-2025-1000,${score},0.9\n`,
  );

function call(where: string, ...args: readonly string[]) {
  return runHere(args, { cwd, env: { WAYBILL_HOME: join(cwd, where) } });
}

async function json(where: string, ...args: readonly string[]) {
  const done = requireSuccess(args, await call(where, ...args, '--format', 'json'));
  return JSON.parse(done.stdout);
}

const update = (...more: readonly string[]) =>
  call(home, ...['advisories', 'update', '--from', mirror.url], '--ecosystem', 'npm', ...more);

/** What a scan says of the exploitation of the one vulnerable package. */
async function scan(where: string): Promise<readonly unknown[]> {
  const lock = {
    ...{ name: 'shop', version: '1.0.0', lockfileVersion: 3 },
    packages: { '': { name: 'shop' }, 'node_modules/left': { version: '1.0.0' } },
  };
  mkdirSync(join(cwd, 'tree'), { recursive: true });
  writeFileSync(join(cwd, 'tree', 'package-lock.json'), JSON.stringify(lock));
  const { stdout } = await call(where, 'scan', 'tree', '--format', 'json');
  const [found] = JSON.parse(stdout).targets[0].report.findings;
  return [found.kev?.listed ?? null, found.epss?.score ?? null];
}

describe('A21: an update brings what is exploited too', () => {
  it('with the advisories of a mirror, and reads it again only where it changed', async () => {
    const first = JSON.parse((await update('--format', 'json')).stdout);
    expect(first.threats).toMatchObject([
      { kind: 'kev', version: '2026-01-02', count: 1, isUsed: true },
      { kind: 'epss', version: 'v1', count: 1, isUsed: true },
    ]);
    expect(await scan(home)).toEqual([true, 0.5]);
    expect(await json(home, 'advisories', 'info')).toMatchObject({
      threats: [{ kind: 'epss' }, { kind: 'kev', at: '2026-01-02T00:00:00.000Z' }],
    });
    expect(JSON.parse((await update('--format', 'json')).stdout)).toMatchObject({ threats: [] });
    mirror.put('known_exploited_vulnerabilities.json', kev('2026-01-03', 'CVE-2025-2000'));
    // A mirror that goes back does not take anything away.
    mirror.put('epss_scores-current.csv.gz', epss('2026-01-01', 0.1));
    const { code, stdout } = await update('--format', 'json');
    expect([code, JSON.parse(stdout).threats]).toMatchObject([
      ...[0, [{ kind: 'kev', version: '2026-01-03', isUsed: true }, { isUsed: false }]],
    ]);
    expect(await scan(home)).toEqual([false, 0.5]);
    // What was used and is lost is asked for again.
    rmSync(join(cwd, home, 'advisories.db.threats'));
    expect(JSON.parse((await update('--format', 'json')).stdout).threats).toHaveLength(2);
  });

  it('a mirror without it, and who wants none of it, have the advisories alone', async () => {
    const { code, stdout } = await update('--without-exploitation', '--format', 'json');
    expect([code, JSON.parse(stdout).threats, await scan(home)]).toEqual([0, [], [null, null]]);
    expect(mirror.take().filter((path) => /exploited|epss/.test(path))).toEqual([]);
    mirror.lie(({ path }, response) => {
      if (/exploited|epss/.test(path)) response.writeHead(404).end();
    });
    expect(await update()).toMatchObject({ code: 0 });
  });

  it.each([
    ['another file', 'REGISTRY_MISBEHAVED', '{"catalog": 1}'],
    ['the other source', 'REGISTRY_MISBEHAVED', 'cve,epss,percentile\nCVE-2025-1000,0.1,0.1\n'],
    ['a list cut short', 'MALFORMED', kev('2026-01-05', 'CVE-2025-1').slice(0, -3)],
    ['nothing', 'REGISTRY_MISBEHAVED', ''],
  ])('%s in its place is %s, and what was there stays', async (_, code, body) => {
    await update();
    mirror.put('known_exploited_vulnerabilities.json', body);
    mirror.put('epss_scores-current.csv.gz', epss('2026-01-04', 0.7));
    const refused = await update('--format', 'json');
    expect(refused.code).toBe(3);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      threats: [{ kind: 'epss' }],
      failed: [{ target: 'known_exploited_vulnerabilities.json', code }],
    });
    expect(await scan(home)).toEqual([true, 0.7]);
  });
});

describe('A21: a signed index carries what is exploited', () => {
  it('from who pushed or packed it to who pulls it, and nothing older comes back', async () => {
    await update();
    await json(home, 'key', 'generate', '--subject', SUBJECT);
    const trust = async (client: string): Promise<void> => {
      const root = join(cwd, home, 'keys/default.root.crt');
      const whom = [
        '--certificate',
        root,
        '--store',
        'data',
        '--identity',
        `x509.subject: ${SUBJECT}`,
      ];
      const what = ['--repository', place, '--statement', 'advisories'];
      requireSuccess([], await call(client, 'trust', 'add', ...whom, ...what));
    };
    for (const client of [home, 'client', 'air', 'many']) await trust(client);
    const pushed = await json(home, 'advisories', 'push', place);
    expect(pushed.threats).toMatchObject([
      { kind: 'epss', count: 1 },
      { kind: 'kev', count: 1 },
    ]);
    expect(await json('client', 'advisories', 'pull', place)).toMatchObject({
      threats: [
        { kind: 'epss', isUsed: true },
        { kind: 'kev', isUsed: true },
      ],
    });
    expect(await scan('client')).toEqual([true, 0.5]);
    expect(await json('client', 'advisories', 'pull', place)).toMatchObject({ threats: [] });
    const newer = join(cwd, 'newer.json');
    writeFileSync(newer, kev('2026-01-09', 'CVE-2025-9000'));
    await json('client', 'advisories', 'import', newer);
    // Only the scores are new in the next index; its catalogue is older than the one here.
    mirror.put('epss_scores-current.csv.gz', epss('2026-01-04', 0.7));
    await update();
    await json(home, 'advisories', 'push', place);
    expect(await json('client', 'advisories', 'pull', place)).toMatchObject({
      ...{ updated: [{ how: 'changes' }], added: 0 },
      threats: [
        { kind: 'epss', isUsed: true },
        { kind: 'kev', isUsed: false },
      ],
    });
    expect(await scan('client')).toEqual([false, 0.7]);
    // How long systems are supported comes too.
    const list = join(cwd, 'debian.csv');
    const columns = 'version,codename,series,created,release,eol,eol-lts,eol-elts';
    writeFileSync(list, `${columns}\n10,Buster,buster,2017-06-17,2019-07-06,2022-09-10\n`);
    await json(home, 'advisories', 'import', list);
    await json(home, 'advisories', 'pack', place, '--to', join(cwd, 'data.tar'));
    const from = `oci-archive:${join(cwd, 'data.tar')}`;
    expect(await json('air', 'advisories', 'pull', from, '--as', place)).toMatchObject({
      threats: [{ kind: 'epss' }, { kind: 'kev' }],
    });
    expect(await scan('air')).toEqual([true, 0.7]);
    expect(await json('air', 'advisories', 'info')).toMatchObject({
      support: [{ os: 'debian', release: '10', endsOn: '2022-09-10' }],
    });
    // Anyone may have signed it: more blobs than there are sources are not read.
    const base = `http://${registry.registry}/v2/security/advisories/manifests`;
    const headers = { 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' };
    const asked = await fetch(`${base}/latest`, { headers: { Accept: headers['Content-Type'] } });
    const manifest = JSON.parse(await asked.text());
    manifest.layers.push(...new Array(9).fill(manifest.layers.at(-1)));
    await fetch(`${base}/many`, { method: 'PUT', headers, body: JSON.stringify(manifest) });
    requireSuccess([], await call(home, 'sign', `${place}:many`));
    const many = await call('many', 'advisories', 'pull', `${place}:many`);
    expect(many).toMatchObject({ code: 3, stderr: expect.stringContaining('11 blobs') });
  }, 60_000);
});
