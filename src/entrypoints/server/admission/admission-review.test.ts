import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { formatReview, parseReview } from './admission-review.ts';

const POD_SPEC = {
  initContainers: [{ name: 'init', image: 'registry.example.com/init:1' }],
  containers: [{ name: 'app', image: 'registry.example.com/app:1' }],
  ephemeralContainers: [{ name: 'debug', image: 'registry.example.com/debug:1' }],
  volumes: [
    { name: 'model', image: { reference: 'registry.example.com/model:1', pullPolicy: 'Always' } },
    { name: 'empty', emptyDir: {} },
  ],
};
const ALL_IMAGES = ['init', 'app', 'debug', 'model']
  .map((name) => `registry.example.com/${name}:1`)
  .sort();

const review = (kind: string, object: unknown, more: object = {}, group = 'apps'): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'u-1',
        kind: { group, version: 'v1', kind },
        operation: 'CREATE',
        namespace: 'shop',
        userInfo: { username: 'alice' },
        object,
        ...more,
      },
    }),
  );

const imagesIn = (bytes: Uint8Array): readonly string[] => {
  const read = parseReview(bytes);
  if (!read.ok) throw read.failure;
  return read.value.images.map((use) => use.image).sort();
};

const TEMPLATE = { template: { spec: POD_SPEC } };
const OBJECTS: readonly (readonly [string, string, unknown])[] = [
  ['Pod', '', { spec: POD_SPEC }],
  ['PodTemplate', '', TEMPLATE],
  ['ReplicationController', '', { spec: TEMPLATE }],
  ['Deployment', 'apps', { spec: TEMPLATE }],
  ['StatefulSet', 'apps', { spec: TEMPLATE }],
  ['DaemonSet', 'apps', { spec: TEMPLATE }],
  ['ReplicaSet', 'apps', { spec: TEMPLATE }],
  ['Job', 'batch', { spec: TEMPLATE }],
  ['CronJob', 'batch', { spec: { jobTemplate: { spec: TEMPLATE } } }],
];

describe('An AdmissionReview', () => {
  it('G5: a kind of another group with the name of a harmless kind is searched', () => {
    const evict = (group: string) =>
      review('Eviction', { spec: TEMPLATE }, { operation: 'UPDATE' }, group);
    expect(imagesIn(evict('policy'))).toEqual([]);
    expect(imagesIn(evict('evil.example.com'))).toEqual(ALL_IMAGES);
  });

  it('G5: a pod spec inside a pod spec is found too', () => {
    const inner = {
      sidecar: { containers: [{ name: 's', image: 'registry.example.com/sidecar:1' }] },
    };
    const found = imagesIn(
      review('Rollout', { spec: { ...POD_SPEC, ...inner } }, {}, 'evil.example.com'),
    );
    expect(found).toEqual([...ALL_IMAGES, 'registry.example.com/sidecar:1'].sort());
  });

  it.each(OBJECTS)(
    'P4, attack G1, attack G2, attack G3, attack G4: every image of a %s is found',
    (kind, group, object) => {
      expect(imagesIn(review(kind, object, {}, group))).toEqual(ALL_IMAGES);
    },
  );

  it('attack G2: the ephemeralcontainers subresource is judged like any Pod', () => {
    const bytes = review(
      'Pod',
      { spec: POD_SPEC },
      { operation: 'UPDATE', subResource: 'ephemeralcontainers' },
      '',
    );
    expect(imagesIn(bytes)).toEqual(ALL_IMAGES);
  });

  it('Istio’s image auto is known in a template that is injected, and never runs in a pod', () => {
    const spec = { containers: [{ name: 'istio-proxy', image: 'auto' }] };
    const metadata = { labels: { 'sidecar.istio.io/inject': 'true' } };
    const injected = { spec: { template: { metadata, spec } } };
    expect(imagesIn(review('Deployment', injected))).toEqual([]);
    const message = expect.stringContaining('Istio');
    for (const refused of [
      review('Deployment', { spec: { template: { spec } } }),
      review('Pod', { metadata, spec }, {}, ''),
    ])
      expect(parseReview(refused)).toMatchObject({ failure: { code: 'UNSUPPORTED', message } });
  });

  it('attack G5: a pod template embedded in a custom resource is found', () => {
    const object = { spec: { strategy: { canary: [{ template: { spec: POD_SPEC } }] } } };
    expect(imagesIn(review('Rollout', object, {}, 'argoproj.example'))).toEqual(ALL_IMAGES);
  });

  it('attack G6: a Deployment of a foreign API group is searched like an unknown kind', () => {
    const object = { odd: { spec: POD_SPEC } };
    expect(imagesIn(review('Deployment', object, {}, 'evil.example'))).toEqual(ALL_IMAGES);
  });

  it('G47: a kind without a pod spec is not admitted, and a kind that runs nothing is', () => {
    const unknown = parseReview(review('ConfigMap', { data: {} }, {}, ''));
    expect(unknown).toMatchObject({ ok: false, uid: 'u-1', failure: { code: 'UNSUPPORTED' } });
    expect(imagesIn(review('Eviction', {}, {}, 'policy'))).toEqual([]);
  });

  it('G47: a deletion runs nothing and is allowed, for any object', () => {
    expect(imagesIn(review('Pod', undefined, { operation: 'DELETE' }, ''))).toEqual([]);
  });

  it('attack G7: a change without new images or more pods passes; a hidden image is seen', () => {
    const replicaSet = (image: string, replicas: number, more: object = {}) => ({
      spec: { replicas, template: { ...more, spec: { containers: [{ name: 'app', image }] } } },
    });
    const seen = (object: object, oldObject: object, kind = 'ReplicaSet', group = 'apps') =>
      imagesIn(review(kind, object, { operation: 'UPDATE', oldObject }, group));
    expect(seen(replicaSet('old', 1), replicaSet('old', 3))).toEqual([]);
    expect(seen(replicaSet('evil', 1), replicaSet('old', 3))).toEqual(['evil']);
    expect(seen(replicaSet('old', 4), replicaSet('old', 3))).toEqual(['old']);
    expect(seen(replicaSet('old', 1, { metadata: {} }), replicaSet('old', 3))).toEqual(['old']);
    // An unknown kind may have the number of its copies anywhere.
    expect(seen(replicaSet('old', 1), replicaSet('old', 3), 'Deployment', 'example.com')).toEqual([
      'old',
    ]);
    const job = (suspend: boolean) => ({ spec: { ...replicaSet('old', 1).spec, suspend } });
    expect(seen(job(true), job(false), 'Job', 'batch')).toEqual([]);
    expect(seen(job(false), job(true), 'Job', 'batch')).toEqual(['old']);
  });

  it('attack G7: a pod may get labels and lose finalizers, but not get another image', () => {
    const pod = (first: string, second: string, labels = {}) => ({
      metadata: { labels },
      spec: {
        containers: [{ name: 'a', image: first }],
        initContainers: [{ name: 'b', image: second }],
      },
    });
    const seen = (object: object, more: object = {}) =>
      imagesIn(
        review('Pod', object, { operation: 'UPDATE', oldObject: pod('x', 'y'), ...more }, ''),
      );
    expect(seen(pod('x', 'y', { a: 'b' }))).toEqual([]);
    expect(seen(pod('y', 'x'))).toEqual(['x', 'y']);
    expect(seen(pod('x', 'y'), { operation: 'CREATE' })).toEqual(['x', 'y']);
    expect(seen(pod('x', 'y'), { oldObject: null })).toEqual(['x', 'y']);
  });

  it('attack G8: an object in deletion may lose its finalizers, but not change its image', () => {
    const ending = (image: string) => ({
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      spec: { containers: [{ image }] },
    });
    const update = (image: string) =>
      review('Pod', ending(image), { operation: 'UPDATE', oldObject: ending('a:1') }, '');
    expect(imagesIn(update('a:1'))).toEqual([]);
    expect(imagesIn(update('b:1'))).toEqual(['b:1']);
    const alive = { operation: 'UPDATE', oldObject: { spec: { containers: [{ image: 'a:1' }] } } };
    expect(imagesIn(review('Rollout', ending('a:1'), alive, 'example.com'))).toEqual(['a:1']);
  });

  it.each([
    ['a pod without a spec', { metadata: {} }],
    ['containers that are no list', { spec: { containers: { image: 'x' } } }],
    ['a container without an image', { spec: { containers: [{ name: 'app' }] } }],
    ['an image that is no text', { spec: { containers: [{ image: 7 }] } }],
    ['a volume image without a reference', { spec: { containers: [], volumes: [{ image: {} }] } }],
    ['no object', null],
  ])('G47: %s is a failure with the uid, so that the refusal can be addressed', (_, object) => {
    expect(parseReview(review('Pod', object, {}, ''))).toMatchObject({ ok: false, uid: 'u-1' });
  });

  it.each([
    ['nothing', ''],
    ['half a document', '{"apiVersion":"admission.k8s.io/v1","kind":"Admis'],
    [
      'another version',
      '{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview","request":{"uid":"u"}}',
    ],
    ['no uid', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{}}'],
    [
      'a key twice',
      '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","kind":"AdmissionReview"}',
    ],
  ])('A24, G47: %s is refused with a typed failure', (_, text) => {
    const read = parseReview(new TextEncoder().encode(text));
    expect(read.ok).toBe(false);
    expect(read.ok ? null : read.failure).toBeInstanceOf(Failure);
  });

  it('is bounded: read at the limit, and LIMIT_EXCEEDED one byte over it', () => {
    const body = review('Pod', { spec: POD_SPEC }, {}, '');
    const padded = new Uint8Array(LIMITS.admissionRequestBytesMax).fill(32);
    padded.set(body);
    expect(parseReview(padded).ok).toBe(true);
    const over = new Uint8Array(LIMITS.admissionRequestBytesMax + 1).fill(32);
    over.set(body);
    expect(parseReview(over)).toMatchObject({ ok: false, failure: { code: 'LIMIT_EXCEEDED' } });
  });

  it('never throws, for any request of an API server or an impostor', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.constantFrom('Pod', 'CronJob', 'Rollout', ''),
        (object, kind) => {
          const read = parseReview(review(kind, object, {}, kind === 'CronJob' ? 'batch' : ''));
          return read.ok || read.failure instanceof Failure;
        },
      ),
    );
  });
});

describe('The answer', () => {
  it('G40: echoes the uid, carries no patch, and no status when it allows', () => {
    const base = {
      uid: 'u-9',
      code: 403,
      message: 'no',
      warnings: ['w'],
      auditAnnotations: { decision: 'deny' },
    };
    const denied = JSON.parse(formatReview({ ...base, allowed: false }));
    expect(denied.response).toMatchObject({
      uid: 'u-9',
      allowed: false,
      status: { code: 403, message: 'no' },
    });
    expect(denied.response).not.toHaveProperty('patch');
    expect(JSON.parse(formatReview({ ...base, allowed: true })).response).not.toHaveProperty(
      'status',
    );
  });
});
