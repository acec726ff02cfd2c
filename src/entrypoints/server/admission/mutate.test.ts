import { describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { createUndeterminedVerdict, type ImageVerdict } from '../../../gates/desk/index.ts';
import type { AdmissionDesk } from './admit.ts';
import { answerMutation } from './mutate.ts';
import { SeenWorkloads } from './seen-workloads.ts';

const HEX = 'a'.repeat(64);
const TRIPS = 'registry.example.com/shop/trips:1.4';
const PINNED = `${TRIPS}@sha256:${HEX}`;
const workloads = await SeenWorkloads.open(null);

function makeDesk(decide: (image: string) => Partial<ImageVerdict> = () => ({})) {
  const asked: string[] = [];
  const desk: AdmissionDesk = {
    cluster: 'eu-1',
    decide: async (image, { dryRun }) => {
      asked.push(`${image} ${dryRun === true ? 'dry run' : ''}`);
      const away = new Failure('REGISTRY_UNREACHABLE', 'away', 'Wait.');
      const resolved = image.includes('@') ? image : `${image}@sha256:${HEX}`;
      return { ...createUndeterminedVerdict(image, away, true), resolved, ...decide(image) };
    },
    isObserving: () => false,
    counted: () => undefined,
    workloads,
  };
  return { desk, asked };
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: string;
}

async function mutate(kind: object, object: object, desk = makeDesk().desk, more: object = {}) {
  const request = { uid: 'u-1', kind, operation: 'CREATE', object, ...more };
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
  const text = await answerMutation(Buffer.from(JSON.stringify(review)), 1_000, desk);
  const { response } = JSON.parse(text) as {
    response: { uid: string; allowed: boolean; patch?: string; patchType?: string };
  };
  const { patch } = response;
  const operations =
    patch === undefined
      ? []
      : (JSON.parse(Buffer.from(patch, 'base64').toString()) as readonly Operation[]);
  return { response, operations };
}

const POD = { group: '', version: 'v1', kind: 'Pod' };
const CRON_JOB = { group: 'batch', version: 'v1', kind: 'CronJob' };
const makePod = (...images: readonly string[]) => ({
  spec: { containers: images.map((image, at) => ({ name: `c${at}`, image })) },
});

describe('P5: the webhook that writes digests behind tags', () => {
  it('names the digest of each tag at its place, and keeps the tag (C27)', async () => {
    const pod = {
      spec: {
        initContainers: [{ name: 'i', image: TRIPS }],
        containers: [{ name: 'c', image: 'registry.example.com/shop/poi' }],
        volumes: [
          { name: 'v', image: { reference: TRIPS } },
          { name: 'e', emptyDir: {} },
        ],
      },
    };
    const { response, operations } = await mutate(POD, pod);
    expect(response).toMatchObject({ uid: 'u-1', allowed: true, patchType: 'JSONPatch' });
    expect(operations).toEqual([
      { op: 'replace', path: '/spec/initContainers/0/image', value: PINNED },
      {
        ...{ op: 'replace', path: '/spec/containers/0/image' },
        value: `registry.example.com/shop/poi:latest@sha256:${HEX}`,
      },
      { op: 'replace', path: '/spec/volumes/0/image/reference', value: PINNED },
    ]);
  });

  it('finds the pod in a CronJob, asks once for each image, and records nothing', async () => {
    const { desk, asked } = makeDesk();
    const template = makePod(TRIPS, TRIPS);
    const object = { spec: { jobTemplate: { spec: { template } } } };
    const { operations } = await mutate(CRON_JOB, object, desk);
    expect(operations.map(({ path }) => path)).toEqual([
      '/spec/jobTemplate/spec/template/spec/containers/0/image',
      '/spec/jobTemplate/spec/template/spec/containers/1/image',
    ]);
    expect(asked).toEqual([`${TRIPS} dry run`]);
  });

  it('changes nothing a second time, so that it may be asked again (IfNeeded)', async () => {
    const { desk, asked } = makeDesk();
    const { response, operations } = await mutate(POD, makePod(PINNED), desk);
    expect([operations, asked, 'patch' in response, 'patchType' in response]).toEqual([
      ...[[], [], false, false],
    ]);
  });

  it('leaves what it cannot resolve to the webhook that decides', async () => {
    const unresolved = makeDesk((image) => ({ resolved: image })).desk;
    expect((await mutate(POD, makePod(TRIPS), unresolved)).response).toEqual({
      ...{ uid: 'u-1', allowed: true },
    });
    const other = makeDesk(() => ({ resolved: `registry.example.com/evil@sha256:${HEX}` })).desk;
    expect((await mutate(POD, makePod(TRIPS), other)).operations).toEqual([]);
    const foreign = { group: 'argoproj.io', version: 'v1alpha1', kind: 'Rollout' };
    const rollout = { spec: { template: makePod(TRIPS) } };
    expect((await mutate(foreign, rollout)).operations).toEqual([]);
    expect(await answerMutation(Buffer.from('{'), 1_000, unresolved)).toContain('"allowed":true');
  });

  it('does not touch an update that starts nothing', async () => {
    const old = { metadata: { labels: { a: '1' } }, ...makePod(TRIPS) };
    const now = { metadata: { labels: { a: '2' } }, ...makePod(TRIPS) };
    const more = { operation: 'UPDATE', oldObject: old };
    expect((await mutate(POD, now, makeDesk().desk, more)).operations).toEqual([]);
  });
});
