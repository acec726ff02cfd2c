import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeReview } from '../../../../test/support/scene.ts';
import { parseReview } from './admission-review.ts';
import { SeenWorkloads } from './seen-workloads.ts';

const POD = { containers: [{ name: 'a', image: 'old' }] };
const GROUPS: Readonly<Record<string, string>> = { Pod: '', Job: 'batch', CronJob: 'batch' };

function read(kind: string, group: string, object: object, more: object) {
  const body = makeReview(kind, group, object, 'shop', { operation: 'UPDATE', ...more });
  return parseReview(Buffer.from(JSON.stringify(body)));
}

/** Whether a change of the specification of a workload is asked about. */
function isAsked(kind: string, now: object, before: object, metadata: object = {}): boolean {
  const make = (spec: object) => {
    if (kind === 'Pod') return { metadata, spec: { ...POD, ...spec } };
    const template = { template: { spec: POD } };
    const held = kind === 'CronJob' ? { jobTemplate: { spec: template } } : template;
    return { metadata, spec: { ...held, ...spec } };
  };
  const review = read(kind, GROUPS[kind] ?? 'apps', make(now), { oldObject: make(before) });
  if (!review.ok) throw review.failure;
  return review.value.images.length > 0;
}

const rolling = (partition: number, more: object = {}) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition, ...more } },
});
const onDelete = { updateStrategy: { type: 'OnDelete' } };

/** The first makes more run than the second; the other way round, less. */
const MORE: readonly (readonly [string, object, object])[] = [
  ['Deployment', { replicas: 4 }, { replicas: 3 }],
  ['Deployment', {}, { replicas: 0 }],
  ['Deployment', { paused: false }, { paused: true }],
  ['Deployment', {}, { paused: true }],
  ['StatefulSet', rolling(0), rolling(3)],
  ['StatefulSet', rolling(0), onDelete],
  ['DaemonSet', { updateStrategy: { type: 'RollingUpdate' } }, onDelete],
  ['CronJob', { suspend: false }, { suspend: true }],
  ['Job', { completions: 1_000 }, { completions: 1 }],
  ['Job', { parallelism: 50 }, { parallelism: 1 }],
  ['Job', { backoffLimit: 100 }, { backoffLimit: 0 }],
  ['Job', { suspend: false }, { suspend: true }],
  ['Job', {}, { activeDeadlineSeconds: 60 }],
];

/** Both directions may make more run. */
const OTHER: readonly (readonly [string, object, object])[] = [
  ['CronJob', { schedule: '* * * * *' }, { schedule: '0 0 1 1 *' }],
  ['CronJob', { concurrencyPolicy: 'Allow' }, { concurrencyPolicy: 'Forbid' }],
  ['CronJob', { timeZone: 'Asia/Tokyo' }, {}],
  ['CronJob', { startingDeadlineSeconds: 1_000 }, { startingDeadlineSeconds: 1 }],
  ['Deployment', { strategy: { type: 'Recreate' } }, {}],
  ['StatefulSet', rolling(3, { maxUnavailable: 9 }), rolling(3)],
  ['StatefulSet', { ordinals: { start: 5 } }, {}],
  ['DaemonSet', { selector: { matchLabels: { a: 'b' } } }, {}],
  ['Job', { podReplacementPolicy: 'Failed' }, {}],
  ['ReplicaSet', { aFieldOfTheNextVersion: true }, {}],
  ['Pod', { schedulingGates: [] }, { schedulingGates: [{ name: 'held' }] }],
];

/** Neither direction makes more run. */
const HARMLESS: readonly (readonly [string, object, object])[] = [
  ['Deployment', { revisionHistoryLimit: 3, minReadySeconds: 5 }, { progressDeadlineSeconds: 9 }],
  ['CronJob', { successfulJobsHistoryLimit: 1 }, { failedJobsHistoryLimit: 9 }],
  ['Job', { ttlSecondsAfterFinished: 1 }, {}],
  ['Pod', { activeDeadlineSeconds: 5 }, {}],
];

describe('A change of what a workload does', () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  it.each(MORE)('truth C5: of a %s from %j is asked in one direction only', (kind, now, before) => {
    expect([isAsked(kind, now, before), isAsked(kind, before, now)]).toEqual([true, false]);
    // Also while the object is being deleted, which its owner can delay for ever.
    expect(isAsked(kind, now, before, { deletionTimestamp })).toBe(true);
    expect(isAsked(kind, before, now, { deletionTimestamp })).toBe(false);
  });

  it.each(OTHER)('truth C5: of a %s to %j is asked', (kind, now, before) => {
    expect([isAsked(kind, now, before), isAsked(kind, before, now)]).toEqual([true, true]);
  });

  it.each(HARMLESS)('truth C5: of a %s to %j is not asked', (kind, now, before) => {
    expect([isAsked(kind, now, before), isAsked(kind, before, now)]).toEqual([false, false]);
  });

  it('truth C5: what a custom resource in deletion runs may not change either', () => {
    const rollout = (replicas: number, finalizers: readonly string[] = []) => ({
      metadata: { deletionTimestamp, finalizers },
      spec: { replicas, template: { spec: POD } },
    });
    const count = (object: object, oldObject: object) => {
      const review = read('Rollout', 'example.com', object, { oldObject });
      return review.ok ? review.value.images.length : -1;
    };
    expect(count(rollout(1), rollout(1, ['a']))).toBe(0);
    expect(count(rollout(50), rollout(1))).toBe(1);
  });
});

describe('A change of the scale', () => {
  const resource = { group: 'apps', version: 'v1', resource: 'deployments' };
  const scale = (now: number, before: number) => {
    const make = (replicas: number) => ({ metadata: { name: 'poi' }, spec: { replicas } });
    const more = { name: 'poi', resource, subResource: 'scale', oldObject: make(before) };
    const review = read('Scale', 'autoscaling', make(now), more);
    return review.ok ? review.value.scaled : review.failure.code;
  };

  it('truth C5: is about the images of its workload, if more of them shall run', () => {
    expect(scale(50, 1)).toBe('shop/apps/deployments/poi');
    expect([scale(1, 50), scale(3, 3)]).toEqual([null, null]);
    const made = (image: string) => ({
      metadata: { name: 'poi' },
      spec: { template: { spec: { containers: [{ name: 'a', image }] } } },
    });
    const seen = read('Deployment', 'apps', made('new'), { resource, oldObject: made('old') });
    expect(seen.ok ? seen.value.seen : null).toEqual({
      workload: 'shop/apps/deployments/poi',
      images: ['new', 'old'],
    });
  });

  it('truth C5: of a workload that was never seen is not admitted', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-seen-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'workloads.json');
    const first = await SeenWorkloads.open(path);
    expect(first.find('shop/apps/deployments/poi')).toMatchObject({
      failure: { code: 'FACT_UNKNOWN' },
    });
    first.remember('shop/apps/deployments/poi', ['a', 'b']);
    await first.close();
    const second = await SeenWorkloads.open(path);
    expect(second.find('shop/apps/deployments/poi')).toEqual({ ok: true, value: ['a', 'b'] });
    second.remember('shop/apps/deployments/poi', ['x'.repeat(5_000)]);
    expect(second.find('shop/apps/deployments/poi').ok).toBe(false);
  });
});

describe('A custom resource with a part that nobody read', () => {
  const known = { template: { spec: POD } };
  it.each([
    ['an image', { ...known, image: 'evil' }],
    ['an image below a list', { ...known, steps: [{ name: 'x', image: 'evil' }] }],
    ['an image by another name', { ...known, runner: { baseImage: 'evil' } }],
    ['the name of an image', { ...known, imageName: 'evil' }],
    ['a reference of an image', { ...known, runner: { sidecarImageRef: 'evil' } }],
    ['a repository of images', { ...known, imageRepository: 'evil' }],
    ['a list of images', { ...known, images: ['evil'] }],
    ['images by name', { ...known, runner: { images: { main: 'evil' } } }],
    ['one container', { ...known, main: { container: { name: 'x' } } }],
    ['a list of other containers', { ...known, extraContainers: [{ name: 'x' }] }],
    ['another list in its pod spec', { template: { spec: { ...POD, jobContainers: [{}] } } }],
    ['a host network', { ...known, pod: { hostNetwork: true } }],
    ['an image beside containers', { ...POD, image: 'evil' }],
    ['a base image beside containers', { ...POD, baseImage: 'evil' }],
    ['containers as a map', { ...known, containers: { main: { name: 'x' } } }],
    ['an image with another spelling', { ...known, runner: { 'worker_image-uri': 'evil' } }],
    ['a numbered image', { ...known, image2: 'evil' }],
    ['a list with another spelling', { ...known, init_containers: [{ name: 'x' }] }],
    ['an image below labels', { ...known, labels: { main: { image: 'evil' } } }],
    ['a pod as text', { ...known, podSpecPatch: '{"containers":[]}' }],
  ])('truth C5: is refused: %s', (_, spec) => {
    expect(read('Rollout', 'example.com', { spec }, { operation: 'CREATE' })).toMatchObject({
      ok: false,
      failure: { code: 'UNSUPPORTED' },
    });
  });

  it('truth C5: a pod with a list of containers of a later Kubernetes is refused', () => {
    const readPod = (spec: object) => read('Pod', '', { spec }, { operation: 'CREATE' });
    expect(readPod({ ...POD, jobContainers: [{ image: 'evil' }] })).toMatchObject({
      failure: { code: 'UNSUPPORTED' },
    });
    expect(readPod({ ...POD, jobs: [{ image: 'evil' }] })).toMatchObject({ ok: true });
  });

  it('truth C5: is admitted where only what is read names images', () => {
    const object = {
      metadata: { managedFields: [{ fieldsV1: { 'f:image': {} } }], annotations: { image: 'x' } },
      spec: {
        ...known,
        ...{ image: '', images: [], imageName: '', imagePullPolicy: 'Always' },
        imagePullSecrets: [{ name: 'x' }],
        nested: { labels: { image: 'x' }, container: 'a', podTemplate: 'by-name' },
        pod: { ...POD, restartPolicy: 'Never', hostNetwork: false },
      },
      status: { image: 'old' },
    };
    const review = read('Rollout', 'example.com', object, { operation: 'CREATE' });
    expect(review.ok ? review.value.images.map(({ image }) => image) : review).toEqual([
      'old',
      'old',
    ]);
  });
});
