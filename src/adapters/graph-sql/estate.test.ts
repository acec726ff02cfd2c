import { describe, expect, it } from 'vitest';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { recordInput } from '../../../test/support/graph-history.ts';
import { graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK as ALL } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { Estate, EstateImage } from '../../capabilities/graph/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';

const at = (minutes: number): Instant => toInstant(Date.UTC(2026, 0, 1) + minutes * 60_000);
const image = (name: string): Digest => sha256(name);

const graph = freshGraph(graphPorts);

function release(
  name: string,
  version: string,
  releasedAt: Instant,
  digest: Digest,
  members: readonly Digest[] = [],
): EvidenceInput {
  const platforms = members.map((member) => ({ digest: member, platform: null }));
  const images = [{ reference: `registry.example.com/shop/${name}:${version}`, digest, platforms }];
  return recordInput(
    'release',
    { name, version, releasedAt, owner: 'shop', source: null, build: null, images, artifacts: [] },
    digest,
  );
}

function observation(
  minutes: number,
  running: Readonly<Record<string, Digest>>,
  region: string | null = 'eu',
): EvidenceInput {
  const workloads = Object.entries(running).map(([name, digest]) => ({
    ...{ namespace: 'shop', kind: 'Deployment', name },
    images: [{ container: 'app', reference: `registry.example.com/shop/${name}:1`, digest }],
  }));
  return recordInput('deployment', {
    cluster: 'eu-1',
    region,
    observedAt: at(minutes),
    leaseMs: 3_600_000,
    workloads,
  });
}

async function append(...inputs: readonly EvidenceInput[]): Promise<void> {
  orThrow(await graph.writer.append(inputs, at(600)));
}

/** The smallest possible pages together give the same rows as one page. */
async function estate(): Promise<readonly EstateImage[]> {
  const images: EstateImage[] = [];
  let after: string | null = null;
  do {
    const page: Estate = orThrow(
      await graph.reader.ask({ name: 'estate', ...ALL, page: { rowsMax: 1, after } }),
    );
    images.push(...page.images);
    after = page.next;
  } while (after !== null);
  expect(orThrow(await graph.reader.ask({ name: 'estate', ...ALL })).images).toEqual(images);
  return images;
}

const told = ({ digest, release: of, deployments }: EstateImage) => [
  digest,
  of?.version ?? null,
  deployments.map(({ workload }) => workload.name),
];

describe('O5: everything that was released and everything that runs', () => {
  it('lists each image once: released and running, only released, only running', async () => {
    await append(
      release('trips', '1', at(0), image('trips')),
      release('idle', '1', at(0), image('idle')),
    );
    await append(observation(10, { trips: image('trips'), stray: image('stray') }));
    expect((await estate()).map(told)).toEqual([
      [image('trips'), '1', ['trips']],
      [image('idle'), '1', []],
      [image('stray'), null, ['stray']],
    ]);
  });

  it('an ended image runs nowhere, and an ended unreleased image is not listed', async () => {
    await append(release('trips', '1', at(0), image('trips')));
    await append(
      observation(10, { trips: image('trips'), stray: image('stray') }),
      observation(20, { other: image('other') }),
    );
    expect((await estate()).map(told)).toEqual([
      [image('trips'), '1', []],
      [image('other'), null, ['other']],
    ]);
  });

  it('P12: a running member of a released index is listed with the signed index', async () => {
    await append(release('trips', '1', at(0), image('index'), [image('amd64'), image('arm64')]));
    await append(observation(10, { trips: image('amd64') }));
    expect((await estate()).map(told)).toEqual([[image('index'), '1', ['trips']]]);
  });

  it('a member that was released by itself has a row of its own', async () => {
    await append(
      release('trips', '1', at(0), image('index'), [image('amd64')]),
      release('alone', '1', at(0), image('amd64')),
    );
    await append(observation(10, { trips: image('amd64') }));
    expect((await estate()).map(told)).toEqual([
      [image('index'), '1', []],
      [image('amd64'), '1', ['trips']],
    ]);
  });

  it('the newer of two releases names their common image', async () => {
    await append(
      release('trips', '2', at(60), image('trips')),
      release('trips', '1', at(0), image('trips')),
    );
    await append(release('shipped', '2', at(30), image('trips')));
    const found = await estate();
    expect(found.map(told)).toEqual([[image('trips'), '2', []]]);
    const references = ['trips:2', 'shipped:2', 'trips:1'];
    expect(found[0]).toMatchObject({
      reference: 'registry.example.com/shop/trips:2',
      references: references.map((name) => `registry.example.com/shop/${name}`),
    });
  });
});

describe('O10: the last observation of a cluster', () => {
  it('is found at a moment or before it, and for each region of the name', async () => {
    await append(
      observation(10, { a: image('a') }),
      observation(30, { b: image('b') }),
      observation(20, { c: image('c') }, 'us'),
    );
    const seen = async (minutes: number | null) =>
      orThrow(
        await graph.reader.ask({
          name: 'observations',
          cluster: 'eu-1',
          at: minutes === null ? null : at(minutes),
        }),
      ).map(({ region, workloads }) => [region, workloads[0]?.name]);
    expect(await seen(null)).toEqual([
      ['eu', 'b'],
      ['us', 'c'],
    ]);
    expect(await seen(29)).toEqual([
      ['eu', 'a'],
      ['us', 'c'],
    ]);
    expect(await seen(10)).toEqual([['eu', 'a']]);
    expect(await seen(9)).toEqual([]);
    expect(
      orThrow(await graph.reader.ask({ name: 'observations', cluster: 'another', at: null })),
    ).toEqual([]);
  });
});

describe('O2, G48: what is on record', () => {
  it('the last audit of each place counts, even after many equal decisions', async () => {
    const audit = (
      minutes: number,
      decision: 'allow' | 'deny',
      name: string | null,
      gate: 'audit' | 'admission' = 'audit',
    ) => {
      const workload =
        name === null
          ? null
          : { cluster: 'eu-1', region: null, namespace: 'shop', kind: 'Deployment', name };
      return recordInput(
        'decision',
        {
          subject: image('a'),
          gate,
          decision,
          workload,
          policy: image('p'),
          facts: image('f'),
          decidedAt: at(minutes),
          record: { minutes },
        },
        image('a'),
      );
    };
    await append(
      audit(1, 'deny', null),
      audit(2, 'deny', null),
      audit(3, 'allow', 'x'),
      audit(4, 'deny', 'x', 'admission'),
    );
    const last = orThrow(
      await graph.reader.ask({ name: 'last-audits', subjects: [image('a'), image('b')] }),
    );
    expect(last.map(({ workload, record: kept }) => [workload?.name ?? null, kept])).toEqual([
      [null, { minutes: 2 }],
      ['x', { minutes: 3 }],
    ]);
  });

  it('recorded violations are found by their ids', async () => {
    const workload = { cluster: 'eu-1', region: null, namespace: 'shop', kind: 'Pod', name: 'x' };
    await append(
      recordInput('violation', {
        id: 'one',
        at: at(0),
        workload,
        image: null,
        rule: 'r',
        severity: 'low',
        detail: '',
      }),
    );
    expect(
      orThrow(await graph.reader.ask({ name: 'known-violations', ids: ['one', 'two'] })),
    ).toEqual(['one']);
  });
});
