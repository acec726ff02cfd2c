import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kubectlList, makeDeployment, makeNode, makePod } from '../../../test/support/estate.ts';
import { encodeRecord, parseRecord } from '../../capabilities/evidence/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow, type Result } from '../../core/result.ts';
import { findConflict } from './cluster-identity.ts';
import { readClusterList } from './cluster-list.ts';
import { buildObservation, type ClusterObservation, type WatchOptions } from './observation.ts';

const NOON = toInstant(Date.UTC(2026, 0, 1, 12));
const ONE = `sha256:${'1'.repeat(64)}`;
const IMAGE = 'registry.example.com/shop/trips:1.0';
const running = (image = IMAGE, imageId = `registry.example.com/shop/trips@${ONE}`) =>
  makePod('trips', image, { imageId });

const WATCHED: WatchOptions = {
  cluster: 'eu-1',
  region: undefined,
  clusterUid: null,
  observedAt: NOON,
  leaseMs: 60_000,
  mayBeEmpty: false,
};

function seen(
  text: string | Uint8Array,
  watched: Partial<WatchOptions> = {},
): Result<ClusterObservation> {
  const list = readClusterList(typeof text === 'string' ? Buffer.from(text) : text);
  return list.ok ? buildObservation(list.value, { ...WATCHED, ...watched }) : list;
}

function makeRecord(...items: readonly object[]): ClusterObservation['record'] {
  return orThrow(seen(kubectlList(makeNode(), ...items))).record;
}

function toCode(result: Result<unknown>): string | null {
  return result.ok ? null : result.failure.code;
}

const owned = (kind: string, name: string) => ({
  ownerReferences: [{ kind, name, controller: true }],
});

/** A pod with other metadata, spec or status. */
function changed(
  pod: object,
  parts: { metadata?: object; spec?: object; status?: object },
): object {
  const { metadata, spec, status, ...rest } = pod as Record<string, object>;
  return {
    ...rest,
    metadata: { ...metadata, ...parts.metadata },
    spec: { ...spec, ...parts.spec },
    status: { ...status, ...parts.status },
  };
}

describe('P11, P12: what kubectl lists', () => {
  it('becomes workloads in a region and zones, with pods, containers and digests', () => {
    const record = makeRecord(makeDeployment('trips'), running());
    expect(record).toMatchObject({
      cluster: 'eu-1',
      region: 'eu-west',
      nodes: [{ name: 'node-1', uid: 'uid-1', zone: 'eu-west-1a' }],
    });
    expect(record.workloads).toEqual([
      {
        namespace: 'shop',
        kind: 'Deployment',
        name: 'trips',
        images: [
          { container: 'app', reference: IMAGE, digest: ONE, kind: 'container', settings: [] },
        ],
        zones: ['eu-west-1a'],
        pods: [{ name: 'trips-5d4f9c-abcde', node: 'node-1' }],
      },
    ]);
    expect(orThrow(parseRecord('deployment', encodeRecord('deployment', record)))).toMatchObject(
      record,
    );
  });

  it('gives equal results for one List, several lists and an object on each line', () => {
    const items = [makeNode(), makeDeployment('trips'), running()];
    const whole = orThrow(seen(kubectlList(...items))).record;
    const several = items.map((item) => kubectlList(item)).join('\n');
    const bare = (item: object) =>
      Object.fromEntries(
        Object.entries(item).filter(([key]) => key !== 'kind' && key !== 'apiVersion'),
      );
    const typed = JSON.stringify({
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: {},
      items: [bare(running())],
    });
    const lines = items.map((item) => JSON.stringify(item)).join('\n');
    const mixed = `${kubectlList(makeNode(), makeDeployment('trips'))}${typed}`;
    for (const text of [several, lines, mixed, `\uFEFF${lines}`, `${lines}\r\n`])
      expect(orThrow(seen(text)).record).toEqual(whole);
  });

  it.each([
    ['docker-pullable://registry.example.com/shop/trips@', ONE],
    ['registry.example.com/shop/trips@', ONE],
    ['registry.example.com:5000/shop/trips@', ONE],
    ['docker://', null],
    ['', null],
    ['docker.io/library/trips:', null],
  ])('P12: an imageID %s… names a manifest only after a repository', (prefix, digest) => {
    const { workloads } = makeRecord(running(IMAGE, `${prefix}${ONE}`));
    expect(workloads[0]?.images[0]?.digest).toBe(digest);
  });

  it('the id of a configuration is never taken for a manifest, and a note says so', () => {
    const told = orThrow(
      seen(kubectlList(makeNode(), running(IMAGE, '1'.repeat(64)), makePod('poi', IMAGE))),
    );
    expect(
      told.record.workloads.flatMap(({ images }) => images.map(({ digest }) => digest)),
    ).toEqual([null, null]);
    expect(told.notes.join()).toMatch(
      /id of a configuration.*before it starts|before it starts.*id of a configuration/,
    );
  });

  it('a digest in the specification counts only after something was pulled', () => {
    const pinned = `registry.example.com/shop/trips@${ONE}`;
    expect(makeRecord(running(pinned, ONE)).workloads[0]?.images[0]?.digest).toBe(ONE);
    expect(makeRecord(running(pinned, '')).workloads[0]?.images[0]?.digest).toBeNull();
  });

  it('records init, ephemeral and mounted images, but no ended ephemeral container', () => {
    const spec = {
      initContainers: [{ name: 'init', image: 'init:1' }],
      ephemeralContainers: [
        { name: 'debug', image: 'debug:1' },
        { name: 'over', image: 'over:1' },
      ],
      volumes: [{ name: 'model', image: { reference: `registry.example.com/model@${ONE}` } }],
    };
    const ended = [{ name: 'over', imageID: '', state: { terminated: { exitCode: 0 } } }];
    const [workload] = makeRecord(
      changed(running(), { spec, status: { ephemeralContainerStatuses: ended } }),
    ).workloads;
    expect(
      workload?.images.map(({ container, kind, digest }) => [container, kind, digest]),
    ).toEqual([
      ['app', 'container', ONE],
      ['debug', 'ephemeral', null],
      ['init', 'init', null],
      ['model', 'volume', ONE],
    ]);
  });

  it.each(['Succeeded', 'Failed'])('a pod that has %s does not run', (phase) => {
    const { workloads } = makeRecord(makePod('over', IMAGE, { phase }), running());
    expect(workloads.map(({ name }) => name)).toEqual(['trips']);
  });
});

describe('P12: the workload of a pod', () => {
  const findOwner = (...items: readonly object[]) => {
    const [workload] = makeRecord(...items).workloads;
    return `${workload?.kind}/${workload?.name}`;
  };

  it.each([
    ['Deployment/trips', [makeDeployment('trips'), running()]],
    ['Deployment/trips', [running()]],
    ['ReplicaSet/trips-5d4f9c', [makeDeployment('another'), running()]],
    ['StatefulSet/db', [changed(running(), { metadata: owned('StatefulSet', 'db') })]],
    ['DaemonSet/agent', [changed(running(), { metadata: owned('DaemonSet', 'agent') })]],
    ['Rollout/canary', [changed(running(), { metadata: owned('Rollout', 'canary') })]],
    ['Pod/trips-5d4f9c-abcde', [changed(running(), { metadata: { ownerReferences: [] } })]],
    ['Pod/trips-5d4f9c-abcde', [changed(running(), { metadata: owned('Node', 'node-1') })]],
  ] as const)('%s, as far as the list shows', (owner, items) => {
    expect(findOwner(...items)).toBe(owner);
  });

  it('is a CronJob if its Job says so, or by the minute in the name of the Job', () => {
    const born = new Date(29_384_720 * 60_000 + 5_000).toISOString();
    const pod = (job: string, creationTimestamp = born) =>
      changed(running(), { metadata: { ...owned('Job', job), creationTimestamp } });
    expect(findOwner(pod('nightly-29384720'))).toBe('CronJob/nightly');
    expect(findOwner(pod('nightly-29384720', '2020-01-01T00:00:00Z'))).toBe('Job/nightly-29384720');
    expect(findOwner(pod('release-20260101'))).toBe('Job/release-20260101');
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'once', namespace: 'shop', ...owned('CronJob', 'often') },
    };
    expect(findOwner(job, pod('once'))).toBe('CronJob/often');
  });

  it('ends where owners own each other in a circle', () => {
    const set = (name: string, owner: string) => ({
      kind: 'Set',
      metadata: { name, namespace: 'shop', ...owned('Set', owner) },
    });
    expect(
      findOwner(set('a', 'b'), set('b', 'a'), changed(running(), { metadata: owned('Set', 'a') })),
    ).toBe('Set/b');
  });
});

describe('O11: how a workload is configured', () => {
  const settings = (container: object) =>
    makeRecord(makePod('trips', IMAGE, { container })).workloads[0]?.images[0]?.settings;

  it('is in the words of the specification; a missing setting counts as unsafe', () => {
    expect(settings({})).toEqual([]);
    expect(settings({ securityContext: {} })).toEqual([
      'runAsNonRoot: not set',
      'allowPrivilegeEscalation: not set',
      'capabilities.drop: not ALL',
      'seccompProfile: not set',
    ]);
    expect(
      settings({
        securityContext: {
          privileged: true,
          runAsUser: 0,
          allowPrivilegeEscalation: true,
          capabilities: { add: ['SYS_ADMIN', 'NET_BIND_SERVICE'] },
        },
      }),
    ).toEqual([
      'privileged: true',
      'runAsUser: 0',
      'runAsNonRoot: not set',
      'allowPrivilegeEscalation: true',
      'capabilities.drop: not ALL',
      'capabilities.add: SYS_ADMIN',
      'seccompProfile: not set',
    ]);
  });

  it('names what a container can see of the host, but not what only another one mounts', () => {
    const pod = makePod('trips', IMAGE, { container: { volumeMounts: [{ name: 'sock' }] } });
    const volumes = [
      { name: 'sock', hostPath: { path: '/var/run' } },
      { name: 'other', hostPath: { path: '/' } },
    ];
    const init = { name: 'init', volumeMounts: [{ name: 'other' }] };
    const [workload] = makeRecord(
      changed(pod, {
        spec: { hostPID: true, hostNetwork: true, volumes, initContainers: [init] },
      }),
    ).workloads;
    expect(workload?.images[0]?.settings).toEqual([
      'hostPID: true',
      'hostNetwork: true',
      'hostPath: /var/run',
    ]);
  });
});

describe('an observation that would end what still runs is refused', () => {
  const text = kubectlList(makeNode(), makeDeployment('trips'), running());

  it('kubectl output that was cut off anywhere is an error; the whole output is read', () => {
    expect(toCode(seen(text))).toBeNull();
    for (let end = 1; end < text.length; end += 37)
      expect([end, toCode(seen(text.slice(0, end)))]).toEqual([end, 'MALFORMED']);
    const two = [kubectlList(makeNode()), kubectlList(running())] as const;
    expect(toCode(seen(two.join('\n')))).toBeNull();
    expect(toCode(seen(two.join('\n').slice(0, -2)))).toBe('MALFORMED');
    expect(toCode(seen(`${text}\n${two[1].slice(0, -2)}`))).toBe('MALFORMED');
  });

  it.each([{ continue: 'abc' }, { remainingItemCount: 3 }])(
    'a list that says that it continues: %o',
    (metadata) => {
      const list = { ...(JSON.parse(text) as object), metadata };
      expect(toCode(seen(JSON.stringify(list)))).toBe('EVIDENCE_REJECTED');
      const ended = {
        ...(JSON.parse(text) as object),
        metadata: { continue: '', remainingItemCount: 0 },
      };
      expect(toCode(seen(JSON.stringify(ended)))).toBeNull();
    },
  );

  it('a list without nodes or without pods, unless the option says that this is right', () => {
    const podless = kubectlList(makeNode());
    const nodeless = kubectlList(running());
    expect([toCode(seen(nodeless)), toCode(seen(nodeless, { region: 'eu-west' }))]).toEqual([
      'EVIDENCE_REJECTED',
      null,
    ]);
    expect([toCode(seen(podless)), toCode(seen(podless, { mayBeEmpty: true }))]).toEqual([
      'EVIDENCE_REJECTED',
      null,
    ]);
    expect(toCode(seen(''))).toBe('MALFORMED');
  });

  it('nodes of two regions, unless one is named; nodes without a region have none', () => {
    const two = kubectlList(makeNode(), makeNode('node-2', 'uid-2', 'us-east'), running());
    expect([toCode(seen(two)), orThrow(seen(two, { region: 'eu-west' })).record.region]).toEqual([
      'EVIDENCE_REJECTED',
      'eu-west',
    ]);
    const bare = { kind: 'Node', metadata: { name: 'node-1', uid: 'uid-1' } };
    expect(orThrow(seen(kubectlList(bare, running()))).record.region).toBeNull();
    const legacy = {
      kind: 'Node',
      metadata: { name: 'n', labels: { 'failure-domain.beta.kubernetes.io/region': 'old' } },
    };
    expect(orThrow(seen(kubectlList(legacy, running()))).record.region).toBe('old');
  });

  it('more bytes than the limit', () => {
    const long = { length: LIMITS.clusterListBytesMax + 1 } as Uint8Array;
    expect(toCode(readClusterList(long))).toBe('LIMIT_EXCEEDED');
  });
});

describe('two clusters with one name', () => {
  const later = toInstant(NOON + 60_000);
  const taking = { now: later, isDated: false, isRebuilt: false };
  const first = {
    apiVersion: 'waybill.dev/v1',
    kind: 'Deployment',
    ...makeRecord(running()),
  } as const;
  const second = (node: object, watched: Partial<WatchOptions> = {}) =>
    orThrow(seen(kubectlList(node, running()), { observedAt: later, ...watched })).record;
  const conflict = (
    record: ClusterObservation['record'],
    more: Partial<typeof taking> = {},
    before = [first],
  ) => findConflict(record, before, { ...taking, ...more });

  it('are distinguished by their nodes; one common node makes it the same cluster', () => {
    expect(conflict(second(makeNode()))).toBeNull();
    expect(conflict(second(makeNode('node-1', 'uid-2')))?.message).toContain('another cluster');
    expect(conflict(second(makeNode('node-1', 'uid-2')))?.remedy).toContain('--cluster');
    expect(conflict(second(makeNode('node-1', 'uid-2')), { isRebuilt: true })).toBeNull();
  });

  it('are distinguished first by the uid of kube-system, from the list or from the option', () => {
    const uid = (clusterUid: string) => [{ ...first, clusterUid }];
    const system = { kind: 'Namespace', metadata: { name: 'kube-system', uid: 'one' } };
    const told = orThrow(
      seen(kubectlList(makeNode(), system, running()), { observedAt: later }),
    ).record;
    expect(told.clusterUid).toBe('one');
    expect(conflict(told, {}, uid('two'))?.message).toContain('kube-system');
    expect(
      conflict(second(makeNode('node-9', 'uid-9'), { clusterUid: 'one' }), {}, uid('one')),
    ).toBeNull();
  });

  it('in two regions are two clusters, and neither ends anything of the other', () => {
    expect(conflict(second(makeNode('node-9', 'uid-9', 'us-east')))).toBeNull();
  });

  it('reports a clock that jumped back, unless the time was given; refuses the future', () => {
    const early = second(makeNode(), { observedAt: toInstant(NOON - 60_000) });
    expect(conflict(early, { now: toInstant(NOON - 60_000) })?.message).toContain(
      'but this clock says',
    );
    expect(conflict(early, { isDated: true })).toBeNull();
    const late = second(makeNode(), { observedAt: toInstant(later + LIMITS.clockSkewMs + 1) });
    expect(conflict(late, { isDated: true })?.message).toContain('is in the future');
    expect(
      conflict(second(makeNode(), { observedAt: toInstant(later + LIMITS.clockSkewMs) }), {
        isDated: true,
      }),
    ).toBeNull();
  });
});

describe('P11: for any bytes, reading them', () => {
  const read = (bytes: Uint8Array) => {
    const result = seen(bytes);
    if (!result.ok) expect(result.failure).toBeInstanceOf(Failure);
    else encodeRecord('deployment', result.value.record);
  };
  const whole = Buffer.from(kubectlList(makeNode(), makeDeployment('trips'), running()));

  it('gives an observation that can be recorded, or a Failure, and throws nothing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), read), { numRuns: 500 });
    const mutation = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), (mutations) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, byte] of mutations) bytes[at] = byte;
        read(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('accepts any JSON in the place of any member', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom('metadata', 'spec', 'status', 'kind'),
        (value, member) => {
          read(Buffer.from(kubectlList(makeNode(), { ...running(), [member]: value })));
          read(Buffer.from(kubectlList({ ...makeNode(), [member]: value }, running())));
        },
      ),
      { numRuns: 300 },
    );
  });
});
