import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistryClient } from '../../src/adapters/oci-http/index.ts';
import { startRegistry } from '../../src/adapters/oci-server/index.ts';
import {
  buildImageManifest,
  EMPTY_CONTENT,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { orThrow } from '../../src/core/result.ts';
import { run as runCollect } from '../../src/entrypoints/cli/commands/collect.ts';
import { CommandHere } from '../support/command-line.ts';
import { writeAskedWorld } from '../support/question-world.ts';
import { testIo } from '../support/test-io.ts';

let folder: string;
let line: CommandHere;
const at = (...path: readonly string[]) => join(folder, ...path);
const sbom = (name: string) =>
  JSON.stringify({
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
    components: [{ type: 'library', name, version: '1', purl: `pkg:npm/${name}@1` }],
  });
/** Written a while ago: a file that is still written is left for the next look. */
function write(path: string, text: string): string {
  mkdirSync(join(at(path), '..'), { recursive: true });
  writeFileSync(at(path), text);
  utimesSync(at(path), 1_700_000_000, 1_700_000_000 + text.length);
  return at(path);
}
const RECORD = { apiVersion: 'waybill.dev/v1' };
/** A component that is an image of this digest, as CycloneDX names it. */
const NAMED = (digest: string) => ({
  ...{ type: 'container', name: 'shop/x', version: digest, purl: `pkg:oci/x@${digest}` },
});
interface CollectLine {
  readonly name: string;
  readonly outcome: string;
  readonly id: string | null;
}
async function collect(...args: readonly string[]) {
  const { code, stdout } = await line.run('collect', ...args, '--format', 'json');
  const lines = stdout.split('\n').filter((text) => text !== '');
  const said = lines.map((text) => JSON.parse(text) as CollectLine);
  return { code, said, outcomes: said.map(({ name, outcome }) => [name, outcome]) };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-collect-'));
  line = new CommandHere(folder);
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

describe('collectors', () => {
  it('a folder: each document once, what is broken is kept, the rest is left', async () => {
    write('sboms/a.json', sbom('a'));
    write('sboms/deep/b.json', sbom('b'));
    write('sboms/broken.json', '{');
    write('sboms/other.json', '{"some":"thing"}');
    write('sboms/readme.txt', 'text');
    const { code, outcomes } = await collect('sboms');
    expect([code, outcomes]).toEqual([
      3,
      [
        ['a.json', 'recorded'],
        ['broken.json', 'kept'],
        ['deep/b.json', 'recorded'],
        ['other.json', 'left'],
      ],
    ]);
    expect((await collect('sboms')).outcomes).toEqual([]);
    write('sboms/a.json', sbom('a2'));
    expect(await collect('sboms')).toMatchObject({ code: 0, outcomes: [['a.json', 'recorded']] });
  });

  it('the inbox lists what could not be read; it is tried again, and dropped', async () => {
    const { code, answer } = await line.json<{ documents: { id: string }[] }>('graph', 'inbox');
    expect([code, answer]).toMatchObject([
      3,
      { documents: [{ poster: 'collect', state: 'refused', reason: { code: 'MALFORMED' } }] },
    ]);
    const id = answer.documents[0]?.id ?? '';
    // It is as broken as before: nothing is recorded, and it stays.
    expect(await line.run('graph', 'inbox', '--retry', id)).toMatchObject({
      ...{ code: 3, stderr: expect.stringContaining('MALFORMED') },
    });
    expect(await line.json('graph', 'inbox')).toMatchObject({
      answer: { documents: [{ id, attempts: 2 }] },
    });
    expect(await line.json('graph', 'inbox', '--drop', id)).toMatchObject({
      ...{ code: 0, answer: { documents: [], recorded: null } },
    });
    expect((await line.run('graph', 'inbox', '--drop', id)).code).toBe(3);
  });

  it('a git repository: what is committed, and nothing else', async () => {
    write('repository/sbom.json', sbom('committed'));
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.example.com', ...args], {
        cwd: at('repository'),
        stdio: 'ignore',
      });
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'one');
    write('repository/late.json', sbom('late'));
    const { outcomes } = await collect('git:repository');
    expect(outcomes).toEqual([[expect.stringMatching(/^[0-9a-f]{12}:sbom\.json$/), 'recorded']]);
    expect((await collect('git:repository')).outcomes).toEqual([]);
  });

  it('truth A23: what cannot be read ends neither the others nor the next look', async () => {
    write('some/a.json', sbom('some-a'));
    truncateSync(write('some/big.json', ''), LIMITS.documentBytesMax + 1);
    utimesSync(at('some/big.json'), 1_700_000_000, 1_700_000_000);
    write('some/z.json', sbom('some-z'));
    const { code, outcomes } = await collect('git:some', 'some');
    expect([code, outcomes]).toEqual([
      3,
      [
        ['git:some', 'unread'],
        ['a.json', 'recorded'],
        ['big.json', 'unread'],
        ['z.json', 'recorded'],
      ],
    ]);
    rmSync(at('some/big.json'));
    expect(await collect('some')).toMatchObject({ code: 0, outcomes: [] });
  });

  it('truth A23: a database that is away does not end a watch', async () => {
    write('later/a.json', sbom('later'));
    const home = at('later-home');
    mkdirSync(home);
    const database = 'kind: Config\ndatabase: postgres://localhost:1/graph\n';
    writeFileSync(join(home, 'waybill.yaml'), `apiVersion: waybill.dev/v1\n${database}`);
    const end = new AbortController();
    const options = { watch: '1s', format: 'json', insecure: [], home } as const;
    const io = { ...testIo(), cwd: folder, env: {} };
    const report = await runCollect({ args: ['later'], options, io, signal: end.signal } as never);
    if (report.kind !== 'parts') throw new Error('one report of parts');
    const outcomes: unknown[] = [];
    for await (const { value } of report.parts) {
      outcomes.push((value?.json() as { outcome?: string } | undefined)?.outcome);
      if (outcomes.length === 2) end.abort();
    }
    expect(outcomes).toEqual(['unread', 'unread']);
    expect((report.exitCode as () => number)()).toBe(3);
  });

  it('truth B6: who can push to a registry states nothing in our name', async () => {
    const registry = orThrow(await startRegistry({ root: at('registry') }));
    const client = openRegistryClient();
    const name = `${registry.registry}/shop/trips`;
    const attach = async (type: string, ...bodies: readonly string[]) => {
      const layers = bodies.map((body) => toContent(type, Buffer.from(body)));
      for (const blob of layers) orThrow(await client.pushBlob(name, blob));
      const manifest = buildImageManifest({
        ...{ artifactType: type, config: EMPTY_CONTENT.descriptor, subject: image.descriptor },
        layers: layers.map(({ descriptor }) => descriptor),
      });
      orThrow(await client.pushManifest(name, manifest));
    };
    const image = buildImageManifest({ config: EMPTY_CONTENT.descriptor, layers: [] });
    try {
      orThrow(await client.pushBlob(name, EMPTY_CONTENT));
      orThrow(await client.pushManifest(name, image, '1'));
      const source = { kind: 'claimed', repository: 'https://git.example.com/a', commit: 'a' };
      const release = { name: 'trips', version: '9', source, owner: 'nobody', images: [] };
      await attach('x/record', JSON.stringify({ ...RECORD, kind: 'Ownership', ...release }));
      await attach('x/advisory', JSON.stringify({ ...RECORD, kind: 'Release', ...release }));
      await attach('application/vnd.cyclonedx+json', sbom('first'), sbom('second'));
      await attach('x/broken', '{');
      const { code, outcomes } = await collect(`registry:${name}`);
      expect([code, new Set(outcomes.map(([what, outcome]) => `${what} ${outcome}`))]).toEqual([
        3,
        new Set([
          '1 x/record left',
          '1 x/advisory left',
          '1 application/vnd.cyclonedx+json recorded',
          '1 x/broken kept',
        ]),
      ]);
      expect(outcomes).toHaveLength(5);
      const { stdout } = await line.run(
        'ask',
        'releases',
        '--component',
        'second',
        '--format',
        'json',
      );
      expect(stdout).not.toContain('nobody');
      expect((await collect(`registry:${name}`)).outcomes).toEqual([]);
    } finally {
      client.close();
      await registry.close();
    }
  });

  it('truth B6: what was collected is shown as claimed, not as recorded here', async () => {
    const subject = `sha256:${'a'.repeat(64)}`;
    const named = { ...JSON.parse(sbom('claimed')), metadata: { component: NAMED(subject) } };
    write('claims/a.json', JSON.stringify(named));
    expect((await collect('claims')).outcomes).toEqual([['a.json', 'recorded']]);
    const asked = ['ask', 'why', subject, 'claimed', '--format', 'json'] as const;
    expect((await line.run(...asked)).stdout).toContain('"claimedBy": "collect"');
  });

  it('a place that is not there is said before anything is collected', async () => {
    expect((await line.run('collect', 'absent')).code).toBe(2);
    expect((await line.run('collect', 'sboms', '--watch', '0s')).code).toBe(2);
    expect((await line.run('collect', 'registry:not a repository')).code).toBe(2);
  });
});

describe('D21, G8: the develop phase uses the graph', () => {
  it('deps and scan --explain name releases, owners, clusters and decisions', async () => {
    const known = new CommandHere(mkdtempSync(join(folder, 'known-')));
    await writeAskedWorld(join(known.home, 'waybill.db'));
    const purl = 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1';
    const metadata = { component: { type: 'application', name: 'app' } };
    const core = { type: 'library', name: 'log4j-core', version: '2.14.1', purl };
    const document = { bomFormat: 'CycloneDX', specVersion: '1.6', metadata, components: [core] };
    writeFileSync(join(known.folder, 'app.json'), JSON.stringify(document));
    const { stdout } = await known.run('scan', 'sbom:app.json', '--explain');
    expect(stdout).toMatch(/trips 1\.4 \(team-a\), runs in eu-1; admission: allow/);
    writeFileSync(
      join(known.folder, 'pom.xml'),
      '<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId>' +
        '<version>1</version><dependencies><dependency><groupId>org.apache.logging.log4j</groupId>' +
        '<artifactId>log4j-core</artifactId><version>2.14.1</version></dependency></dependencies>' +
        '</project>',
    );
    const { answer } = await known.json<{
      targets: { dependencies: { name: string; carried: object | null }[] }[];
    }>('deps', '.');
    const [found] = answer.targets[0]?.dependencies ?? [];
    expect(found?.carried).toMatchObject({
      package: 'pkg:maven/org.apache.logging.log4j/log4j-core',
      releases: expect.arrayContaining([
        expect.objectContaining({
          ...{ name: 'trips', owner: 'team-a', clusters: ['eu-1'] },
          components: [purl],
          decided: expect.objectContaining({ gate: 'admission', decision: 'allow' }),
        }),
      ]),
    });
    await known.close();
  });
});
