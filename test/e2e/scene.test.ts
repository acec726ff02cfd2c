import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toInstant } from '../../src/core/instant.ts';
import { HOUR_MS, makeReview, podReview, Scene, STRANGER } from '../support/scene.ts';

let scene: Scene;
const images: Record<'trips' | 'poi' | 'userprofile', string> = {
  trips: '',
  poi: '',
  userprofile: '',
};

beforeAll(async () => {
  scene = await Scene.open();
  const trips = await scene.publish('trips');
  const poi = await scene.push('poi', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
  const twoDaysAgo = toInstant(Date.now() - 48 * HOUR_MS);
  const userprofile = await scene.publish('userprofile', {
    imageKey: scene.stranger,
    documentKey: scene.stranger,
    at: twoDaysAgo,
  });
  const named = (name: string, digest: string) =>
    `${scene.registry.registry}/shop/${name}@${digest}`;
  images.trips = named('trips', trips.digest);
  images.poi = named('poi', poi.digest);
  images.userprofile = named('userprofile', userprofile.digest);
  await scene.serve();
});

afterAll(() => scene.close());

const template = (image: string) => ({
  template: { spec: { containers: [{ name: 'app', image }] } },
});
const WORKLOADS: readonly (readonly [string, string, (image: string) => object])[] = [
  ['Pod', '', (image) => ({ spec: { containers: [{ name: 'app', image }] } })],
  ['Deployment', 'apps', (image) => ({ spec: template(image) })],
  ['StatefulSet', 'apps', (image) => ({ spec: template(image) })],
  ['DaemonSet', 'apps', (image) => ({ spec: template(image) })],
  ['ReplicaSet', 'apps', (image) => ({ spec: template(image) })],
  ['Job', 'batch', (image) => ({ spec: template(image) })],
  ['CronJob', 'batch', (image) => ({ spec: { jobTemplate: { spec: template(image) } } })],
];
const NAMESPACES = ['shop', 'default', 'kube-system'];

describe('The scene, over HTTPS', () => {
  it.each(WORKLOADS)(
    'P2, P4, P5, P9, I17, I18, I19: trips, which is correct, is admitted as a %s everywhere',
    async (kind, group, object) => {
      for (const namespace of NAMESPACES) {
        expect(
          await scene.review(makeReview(kind, group, object(images.trips), namespace)),
        ).toMatchObject({
          allowed: true,
        });
      }
    },
  );

  it.each(WORKLOADS)(
    'P2, I17, I18: poi, which has no artifacts, is denied as a %s in every namespace',
    async (kind, group, object) => {
      for (const namespace of NAMESPACES) {
        const denied = await scene.review(makeReview(kind, group, object(images.poi), namespace));
        expect(denied).toMatchObject({ uid: 'uid-1', allowed: false, status: { code: 403 } });
        expect(denied.status?.message).toMatch(/I17-signed-image .*carries no signature/);
        expect(denied.status?.message).toMatch(/I18-signed-sbom .*no SBOM is attached/);
        expect(denied.status?.message).toMatch(/I18-scan-fresh .*no scan is attached/);
      }
    },
  );

  it.each(WORKLOADS)(
    'P8, X10, I18: userprofile is denied as a %s with both reasons: subject and age',
    async (kind, group, object) => {
      for (const namespace of NAMESPACES) {
        const denied = await scene.review(
          makeReview(kind, group, object(images.userprofile), namespace),
        );
        expect(denied).toMatchObject({ allowed: false, status: { code: 403 } });
        expect(denied.status?.message).toContain('CN=somebody-else');
        expect(denied.status?.message).toMatch(/I18-scan-fresh .*48 h old/);
      }
    },
  );

  it('A73, attack G2: an ephemeral container is judged like any other container', async () => {
    const pod = (image: string) => ({
      spec: {
        containers: [{ name: 'app', image: images.trips }],
        ephemeralContainers: [{ name: 'debug', image }],
      },
    });
    const update = { operation: 'UPDATE', subResource: 'ephemeralcontainers' };
    expect(
      await scene.review(makeReview('Pod', '', pod(images.trips), 'shop', update)),
    ).toMatchObject({ allowed: true });
    expect(
      await scene.review(makeReview('Pod', '', pod(images.poi), 'shop', update)),
    ).toMatchObject({ allowed: false });
  });

  it('attack G1, attack G3: an unproven init container or image volume is denied', async () => {
    const containers = [{ name: 'app', image: images.trips }];
    const init = { spec: { containers, initContainers: [{ name: 'init', image: images.poi }] } };
    const volume = {
      spec: { containers, volumes: [{ name: 'v', image: { reference: images.poi } }] },
    };
    for (const object of [init, volume]) {
      expect(await scene.review(makeReview('Pod', '', object))).toMatchObject({ allowed: false });
    }
  });

  it('A72, G11: an annotation that claims a verdict changes nothing', async () => {
    const object = {
      metadata: {
        annotations: {
          'waybill.dev/verified': 'true',
          'kyverno.io/image-verification-outcomes': '{}',
        },
      },
      spec: { containers: [{ name: 'app', image: images.poi }] },
    };
    expect(await scene.review(makeReview('Pod', '', object))).toMatchObject({ allowed: false });
  });

  it('A75, attack G13: a tag is resolved once, and the digest is named and judged', async () => {
    const answer = await scene.admit(`${scene.registry.registry}/shop/trips:1.0`);
    expect(answer.allowed).toBe(true);
    expect(answer.auditAnnotations?.['records']).toContain(images.trips.split('@')[1]);
  });

  it('G14, A1: a tag that moved to an unproven image is denied by the next request', async () => {
    const tagged = `${scene.registry.registry}/shop/moving:1.0`;
    await scene.publish('moving');
    expect((await scene.admit(tagged)).allowed).toBe(true);
    await scene.push('moving', [{ name: 'other', version: '1' }]);
    expect((await scene.admit(tagged)).allowed).toBe(false);
  });

  it('G40: a body that is not a review is answered and refused', async () => {
    for (const body of [
      null,
      [],
      {},
      { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
    ]) {
      expect(await scene.review(body)).toMatchObject({ allowed: false });
    }
    expect(await scene.review(podReview('not an image at all'))).toMatchObject({
      allowed: false,
      uid: 'uid-1',
    });
  });

  it('G34: a signer without trust is refused soon, without restart', async () => {
    const repositories = [`${scene.registry.registry}/shop/*`];
    scene.trust([{ repositories, identity: STRANGER }]);
    expect((await scene.admitUntil(images.trips, false)).allowed).toBe(false);
    scene.trust([{ repositories, identity: 'CN=release,O=Shop,ST=WA,C=US' }]);
    expect((await scene.admitUntil(images.trips, true)).allowed).toBe(true);
  });
});
