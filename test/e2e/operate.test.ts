import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWriter } from '../../src/adapters/graph-sql/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import type { Digest } from '../../src/core/digest.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import { CommandHere } from '../support/command-line.ts';
import { packFeed } from '../support/dated-feed.ts';
import {
  kubectlList,
  makeCommit,
  makeDeployment,
  makeNode,
  makePod,
  makeRelease,
} from '../support/estate.ts';
import { policyText, ruleText } from '../support/policy-facts.ts';
import { nowInstant, Scene } from '../support/scene.ts';
import { ADVISORIES, CRITICAL_TZDATA } from '../support/scene-advisories.ts';

/** What happens to a release after its publication, by the real command line. */
let scene: Scene;
let line: CommandHere;
const digests = new Map<string, Digest>();
const manifests = new Map<string, Descriptor>();

interface AuditAnswer {
  readonly counts: { readonly allow: number; readonly deny: number; readonly undetermined: number };
  readonly recorded: number;
  readonly audited: readonly {
    readonly image: string;
    readonly reference: string;
    readonly owner: string | null;
    readonly running: {
      readonly cluster: string;
      readonly namespace: string;
      readonly kind: string;
      readonly name: string;
    } | null;
    readonly decision: string;
    readonly results: readonly { readonly rule: string; readonly outcome: string }[];
    readonly changes: readonly { readonly kind: string; readonly [key: string]: unknown }[];
  }[];
  readonly undigested: readonly object[];
  readonly undigestedMore: boolean;
}

interface ViolationAnswer {
  readonly violations: readonly object[];
  readonly replays: number;
  readonly broken: readonly { readonly line: number }[];
}

const image = (name: string) => `${scene.registry.registry}/shop/${name}`;
const pullable = (name: string) => `docker-pullable://${image(name)}@${digests.get(name)}`;
const audit = (...args: readonly string[]) => line.json<AuditAnswer>('audit', ...args);

interface TrialAnswer {
  readonly newlyDenied: readonly object[];
  readonly newlyUndetermined: readonly {
    readonly before: string;
    readonly rules: readonly { readonly fix: string | null }[];
  }[];
}

/** What a policy would change that admits one of the two running images. */
async function tryPolicy() {
  const rule = ruleText("components.exists(c, c.name == 'tzdata')", '{ admission: deny }');
  writeFileSync(join(scene.folder, 'stricter.yaml'), policyText(rule));
  return line.json<TrialAnswer>('ask', 'what-if', '--policy', 'stricter.yaml');
}

async function importAdvisories(...records: readonly object[]): Promise<void> {
  writeFileSync(join(scene.folder, 'news.ndjson'), packFeed(records));
  await line.output('advisories', 'import', 'news.ndjson', '--covers', 'npm,Debian');
}

beforeAll(async () => {
  scene = await Scene.open();
  line = new CommandHere(scene.folder);
  for (const name of ['trips', 'poi', 'idle']) {
    const packages =
      name === 'trips'
        ? [{ name: 'tzdata', version: '2024a-0+deb12u1' }]
        : [{ name: 'base-files', version: `12.4${name.length}` }];
    const descriptor = await scene.publish(name, { packages });
    digests.set(name, descriptor.digest);
    manifests.set(name, descriptor);
  }
  const writer = orThrow(await openWriter({ path: scene.config.database, ports: graphPorts }));
  for (const [name, descriptor] of manifests) {
    const { digest } = descriptor;
    const documents = await scene.documents(name, descriptor);
    const sboms = documents.flatMap(({ kind, mediaType, bytes }) =>
      kind === 'sbom' ? [{ kind, mediaType, body: bytes, subject: digest } as const] : [],
    );
    const inputs = [
      makeRelease(scene, name, digest),
      makeCommit(name, 'Ada <ada@example.com>'),
      ...sboms,
    ];
    orThrow(await writer.append(inputs, nowInstant()));
  }
  await writer.close();
  await importAdvisories(...ADVISORIES);
}, 60_000);

afterAll(async () => {
  await line.close();
  await scene.close();
});

describe('what was released and what runs, watched and audited', { timeout: 60_000 }, () => {
  it('P11, P12: a kubectl list becomes the places where each release runs', async () => {
    const pods = ['trips', 'poi'].flatMap((name) => [
      makeDeployment(name),
      makePod(name, `${image(name)}:1.0`, { imageId: pullable(name) }),
    ]);
    writeFileSync(join(scene.folder, 'eu-1.json'), kubectlList(makeNode(), ...pods));
    const { code, answer } = await line.json<{ started: readonly object[]; region: string }>(
      'watch',
      '--from',
      'eu-1.json',
      '--cluster',
      'eu-1',
    );
    expect([code, answer.region, answer.started.length]).toEqual([0, 'eu-west', 2]);
    const { answer: where } = await line.json<{ deployments: readonly object[] }>(
      'ask',
      'where',
      digests.get('trips') ?? '',
    );
    expect(where.deployments).toMatchObject([
      {
        cluster: 'eu-1',
        region: 'eu-west',
        namespace: 'shop',
        workload: { kind: 'Deployment', name: 'trips' },
      },
    ]);
  });

  it('truth A15: what-if names the command that records the facts of what runs', async () => {
    const { code, answer } = await tryPolicy();
    expect([code, answer.newlyUndetermined.map(({ before }) => before)]).toEqual([
      1,
      ['never-judged', 'never-judged'],
    ]);
    for (const { rules } of answer.newlyUndetermined)
      expect(rules[0]?.fix).toMatch(/: waybill audit[.]$/);
  });

  it('O2, O5, O6: the first audit judges every release, running ones first', async () => {
    const { code, answer } = await audit();
    expect([code, answer.counts, answer.recorded]).toEqual([
      0,
      { allow: 3, deny: 0, undetermined: 0 },
      3,
    ]);
    expect(answer.audited.map(({ running }) => running?.name ?? null)).toEqual([
      'poi',
      'trips',
      null,
    ]);
    expect(answer.audited.every(({ owner }) => owner === 'shop')).toBe(true);
    const again = await audit('--since-last');
    expect([again.code, again.answer.audited, again.answer.recorded]).toEqual([0, [], 0]);
  });

  it('truth A15: after the audit, a policy can be tried on what runs', async () => {
    const { answer } = await tryPolicy();
    expect(answer).toMatchObject({ newlyUndetermined: [], unchanged: { allow: 1 }, examined: 2 });
    expect(answer.newlyDenied).toMatchObject([
      { before: 'allow', decidedBy: 'audit', running: { workload: { name: 'poi' } } },
    ]);
  });

  it('O1, O4, O7, O8: a new advisory names the affected release, place and owner', async () => {
    await importAdvisories(CRITICAL_TZDATA);
    const { code, answer } = await audit('--since-last');
    expect(code).toBe(1);
    const [one, ...others] = answer.audited;
    expect([others, one?.decision, one?.owner, one?.running]).toMatchObject([
      [],
      'deny',
      'shop',
      { cluster: 'eu-1', namespace: 'shop', kind: 'Deployment', name: 'trips' },
    ]);
    const text = JSON.stringify(one?.changes);
    expect(text).toContain('new: CVE-2026-0009 (critical)');
    const exposure = await line.json<{
      releases: readonly {
        readonly name: string;
        readonly components: readonly { readonly purl: string }[];
      }[];
    }>('ask', 'exposure', 'CVE-2026-0009');
    expect(
      exposure.answer.releases.map(({ name, components }) => [
        name,
        components[0]?.purl.includes('tzdata'),
      ]),
    ).toEqual([['trips', true]]);
  });

  it('O2: a withdrawn advisory restores the verdict, and the audit says why', async () => {
    await importAdvisories({
      ...CRITICAL_TZDATA,
      modified: '2026-03-01T00:00:00Z',
      withdrawn: '2026-03-01T00:00:00Z',
    });
    const { code, answer } = await audit('--since-last');
    expect([code, answer.audited.map(({ decision }) => decision)]).toEqual([0, ['allow']]);
    expect(JSON.stringify(answer.audited[0]?.changes)).toContain('does not apply any more');
  });

  it('O2: withdrawn trust denies what needs it, and the audit names the revision', async () => {
    scene.trust([
      {
        repositories: [`${scene.registry.registry}/shop/trips`],
        identity: 'CN=release,O=Shop,ST=WA,C=US',
      },
    ]);
    const { code, answer } = await audit('--since-last');
    expect([
      code,
      answer.audited.map(({ reference, decision }) => [reference.includes('/trips:'), decision]),
    ]).toEqual([
      1,
      [
        [false, 'deny'],
        [false, 'deny'],
      ],
    ]);
    expect(JSON.stringify(answer.audited[0]?.changes)).toContain(
      'trust changed: revision 1 then, 2 now',
    );
    scene.trust([
      {
        repositories: [`${scene.registry.registry}/shop/*`],
        identity: 'CN=release,O=Shop,ST=WA,C=US',
      },
    ]);
    expect((await audit()).answer.counts).toEqual({ allow: 3, deny: 0, undetermined: 0 });
  });

  it('O2: a tag that names another image is reported; the digest is what is judged', async () => {
    await scene.push('idle', [{ name: 'tzdata', version: '2099' }]);
    const { answer } = await audit('--since-last');
    expect(
      answer.audited.map(({ decision, changes }) => [decision, changes.map(({ kind }) => kind)]),
    ).toEqual([['allow', ['tag']]]);
  });

  it('O2: a changed policy is named with its revisions', async () => {
    scene.policy({}, (text) =>
      text.replace('revision: 1', 'revision: 2').replace('/shop"]', '/other"]'),
    );
    const { code, answer } = await audit('--since-last');
    expect([code, answer.counts.deny]).toEqual([1, 3]);
    expect(JSON.stringify(answer.audited[0]?.changes)).toContain(
      'revision 1 then, scene revision 2 now',
    );
    scene.policy();
    await audit();
  });

  it('truth A1, A13: a container without a digest is named, and no audit is clean', async () => {
    const list = kubectlList(makeNode(), makePod('new', 'registry.example.com/shop/new:1'));
    writeFileSync(join(scene.folder, 'us-1.json'), list);
    const watch = ['watch', '--from', 'us-1.json', '--cluster', 'us-1'];
    expect((await line.json(...watch)).code).toBe(0);
    const { code, answer } = await audit('--since-last');
    expect([code, answer.audited, answer.undigestedMore]).toEqual([3, [], false]);
    expect(answer.undigested).toMatchObject([
      { container: 'app', reference: 'registry.example.com/shop/new:1', running: { name: 'new' } },
    ]);
    expect((await line.run('audit')).stdout).toMatch(/not judged, because no digest says what/);
    const where = await line.run('ask', 'where', '--cluster', 'us-1');
    expect([where.code, where.stdout]).toEqual([3, expect.stringContaining('may also run it')]);
    writeFileSync(join(scene.folder, 'us-1.json'), kubectlList(makeNode()));
    expect((await line.json(...watch, '--empty')).code).toBe(0);
    expect((await audit('--since-last')).code).toBe(0);
  });

  it('O10, X6: a runtime event is joined to workload, release, commit and author', async () => {
    const event = {
      uuid: 'c0ffee',
      output: 'Privilege escalation by sudo',
      priority: 'Critical',
      rule: 'Launch Privileged Container',
      time: new Date().toISOString(),
      output_fields: {
        'container.image.repository': image('trips'),
        'container.image.digest': '<NA>',
        'k8s.ns.name': 'shop',
        'k8s.pod.name': 'trips-5d4f9c-abcde',
        'proc.cmdline': 'sudo -s',
      },
      hostname: 'node-1',
    };
    const again = { ...event, uuid: 'c0ffee-2' };
    const lines = [event, again].map((one) => JSON.stringify(one));
    writeFileSync(
      join(scene.folder, 'falco.ndjson'),
      [...lines, '{"rule":"cut', 'Falco initialized'].join('\n'),
    );
    const { code, answer } = await line.json<ViolationAnswer>(
      'violation',
      'ingest',
      'falco.ndjson',
      '--cluster',
      'eu-1',
    );
    expect([code, answer.replays, answer.broken.map((one) => one.line)]).toEqual([3, 1, [3, 4]]);
    expect(answer.violations).toMatchObject([
      {
        workload: {
          cluster: 'eu-1',
          region: 'eu-west',
          namespace: 'shop',
          kind: 'Deployment',
          name: 'trips',
        },
        image: digests.get('trips'),
        zone: 'eu-west-1a',
        release: 'trips 1.0',
        commit: 'c'.repeat(40),
        author: 'Ada <ada@example.com>',
        cause: { kind: 'unknown' },
      },
    ]);
    const replayed = await line.json<ViolationAnswer>(
      'violation',
      'ingest',
      'falco.ndjson',
      '--cluster',
      'eu-1',
    );
    expect([replayed.answer.violations, replayed.answer.replays]).toEqual([[], 2]);
  });

  it('O2: missing evidence makes everything undetermined, and the audit says so', async () => {
    await scene.registry.close();
    const { code, answer } = await audit('--since-last');
    expect([code, answer.counts]).toEqual([3, { allow: 0, deny: 0, undetermined: 3 }]);
    expect(JSON.stringify(answer.audited[0]?.changes)).toMatch(/the evidence could not be read/);
  });
});
