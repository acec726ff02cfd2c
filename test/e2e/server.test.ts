import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeRecord } from '../../src/capabilities/evidence/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { makeReview, nowInstant, Scene } from '../support/scene.ts';
import { CRITICAL_TZDATA } from '../support/scene-advisories.ts';

const TOKEN = 'a-token-of-sufficient-length';
let scene: Scene;
let trips = '';

beforeAll(async () => {
  scene = await Scene.open();
  const { digest } = await scene.publish('trips');
  trips = `${scene.registry.registry}/shop/trips@${digest}`;
  await scene.serve({ token: TOKEN });
});

afterAll(() => scene.close());

const counter = async (name: string): Promise<number> => {
  const { body } = await scene.http('GET', '/metrics');
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? ([0-9.]+)$`, 'm').exec(body)?.[1] ?? 0);
};

describe('The server', () => {
  it('G24, G36: eight containers with one digest need one verification', async () => {
    const before = await counter('waybill_image_verifications_total');
    const containers = Array.from({ length: 8 }, (_, index) => ({
      name: `c${index}`,
      image: trips,
    }));
    const pod = makeReview('Pod', '', { spec: { containers } });
    const answers = await Promise.all([scene.review(pod), scene.review(pod)]);
    expect(answers.map((answer) => answer.allowed)).toEqual([true, true]);
    expect((await counter('waybill_image_verifications_total')) - before).toBe(1);
  });

  it('answers /healthz and /readyz without a token', async () => {
    expect(await scene.http('GET', '/healthz')).toMatchObject({ status: 200 });
    expect(await scene.http('GET', '/readyz')).toMatchObject({ status: 200 });
  });

  it('writing and reading evidence needs the token, and a wrong one is no token', async () => {
    for (const headers of [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: TOKEN },
      { authorization: 'Bearer ' },
    ]) {
      expect(await scene.http('POST', '/v1/evidence?kind=sbom', '{}', headers)).toMatchObject({
        status: 401,
      });
      expect(
        await scene.http('GET', '/v1/ask/releases?component=tzdata', undefined, headers),
      ).toMatchObject({
        status: 401,
      });
    }
    const authorization = `Bearer ${TOKEN}`;
    expect(
      await scene.http('GET', '/v1/ask/status-of-nothing', undefined, { authorization }),
    ).toMatchObject({
      status: 404,
    });
  });

  it('a stranger is refused before the body is read; a token admits a large body', async () => {
    const large = Buffer.alloc(8 * 1024 * 1024 + 3, ' ');
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect(await scene.http('POST', '/v1/evidence?kind=gossip', large)).toMatchObject({
      status: 401,
    });
    const taken = await scene.http('POST', '/v1/evidence?kind=sbom', large, headers);
    expect(taken.status).toBe(201);
    expect(JSON.parse(taken.body)).toMatchObject({ digest: sha256(large) });
  });

  it('P11, P12: a release and its deployment are stored, acknowledged and answered', async () => {
    const authorization = `Bearer ${TOKEN}`;
    const digest = trips.split('@')[1] ?? '';
    const release = encodeRecord('release', {
      name: 'trips',
      version: '1.0',
      releasedAt: nowInstant(),
      owner: 'shop',
      source: {
        host: 'git.example.com',
        repository: 'https://git.example.com/shop/trips',
        commit: 'c'.repeat(40),
      },
      build: null,
      images: [{ reference: trips, digest: digest as never, platforms: [] }],
      artifacts: [],
    });
    const stored = await scene.http(
      'POST',
      `/v1/evidence?kind=release&subject=${digest}`,
      release,
      { authorization },
    );
    expect(stored).toMatchObject({ status: 201 });
    expect(JSON.parse(stored.body)).toMatchObject({ fresh: true });
    const where = await scene.http('GET', `/v1/ask/where?image=${digest}`, undefined, {
      authorization,
    });
    expect(JSON.parse(where.body).releases).toMatchObject([
      { name: 'trips', version: '1.0', owner: 'shop' },
    ]);
    // truth B6: what was posted is marked, and a posted verification signs nothing.
    const said = await scene.http('GET', `/v1/ask/provenance?image=${digest}`, undefined, {
      authorization,
    });
    expect(JSON.parse(said.body)).toMatchObject({
      releases: [{ evidence: [{ kind: 'release', claimedBy: 'token', signers: [] }] }],
      documents: expect.arrayContaining([
        expect.objectContaining({ kind: 'release', claimedBy: 'token' }),
      ]),
    });
  });

  it('truth B6: a verification that somebody posts is refused, and signs nothing', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const digest = trips.split('@')[1] as never;
    const forged = encodeRecord('verification', {
      signature: sha256('no signature'),
      subject: digest,
      covers: [],
      outcome: 'trusted',
      signer: { format: 'notary.x509', identity: 'CN=security-lead', thumbprint: null },
      reasons: [],
      trust: { revision: 1, digest: sha256('no trust') },
      verifiedAt: nowInstant(),
    });
    const path = `/v1/evidence?kind=verification&subject=${digest}`;
    const posted = await scene.http('POST', path, forged, headers);
    expect([posted.status, JSON.parse(posted.body).error.code]).toEqual([422, 'EVIDENCE_REJECTED']);
    const asked = await scene.http(
      'GET',
      '/v1/ask/releases?component=tzdata&signedBy=CN%3Dsecurity-lead',
      undefined,
      headers,
    );
    expect(asked).toMatchObject({ status: 404 });
  });

  it.each([
    ['an unknown kind', '/v1/evidence?kind=gossip', '{}', 400, 'USAGE'],
    ['an empty document', '/v1/evidence?kind=sbom', '', 400, 'MALFORMED'],
    [
      'a record with an unknown key',
      '/v1/evidence?kind=release',
      '{"apiVersion":"waybill.dev/v1","kind":"Release","extra":1}',
      422,
      'EVIDENCE_REJECTED',
    ],
    [
      'a subject that is not a digest',
      '/v1/evidence?kind=sbom&subject=latest',
      '{}',
      400,
      'MALFORMED',
    ],
  ])('refuses %s with a typed error', async (_, path, body, status, code) => {
    const answer = await scene.http('POST', path, body, { authorization: `Bearer ${TOKEN}` });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).error.code).toBe(code);
  });

  it('bounds the body of a review: one byte over is refused, and the server goes on', async () => {
    const over = Buffer.alloc(LIMITS.admissionRequestBytesMax + 1, 32);
    expect((await scene.http('POST', '/admit', over)).status).toBe(413);
    expect(await scene.admit(trips)).toMatchObject({ allowed: true });
  });

  it('G44, G47: a broken policy admits nothing and fails /readyz until it is fixed', async () => {
    scene.policy({}, () => 'apiVersion: waybill.dev/v1\nkind: Policy\nrules: [');
    const refused = await scene.admitUntil(trips, false);
    expect(refused).toMatchObject({ allowed: false });
    expect(refused.status?.message).toContain('POLICY_INVALID');
    expect(await scene.http('GET', '/readyz')).toMatchObject({ status: 503 });
    scene.policy();
    expect(await scene.admitUntil(trips, true)).toMatchObject({ allowed: true });
  });

  it.each([
    ['observe', { mode: 'observe' as const }],
    [
      'observe only for the admission gate',
      { mode: { release: 'enforce' as const, admission: 'observe' as const } },
    ],
  ])(
    'decision 9: in mode %s nothing is refused, and each refusal becomes a warning',
    async (_, mode) => {
      scene.policy(mode);
      const poi = await scene.push('poi', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
      const image = `${scene.registry.registry}/shop/poi@${poi.digest}`;
      const observed = await scene.admitUntil(image, true);
      expect(observed).toMatchObject({ allowed: true, auditAnnotations: { decision: 'deny' } });
      expect(observed.warnings?.join('\n')).toContain('would be refused');
      scene.policy();
      expect((await scene.admitUntil(image, false)).allowed).toBe(false);
    },
  );

  it('a missing policy refuses and never admits', async () => {
    expect(await scene.admit(trips)).toMatchObject({ allowed: true });
    writeFileSync(scene.config.policy, '');
    expect(await scene.admitUntil(trips, false)).toMatchObject({ allowed: false });
    scene.policy();
    expect(await scene.admitUntil(trips, true)).toMatchObject({ allowed: true });
  });

  it('X4, O9: a new advisory denies soon, without the registry', async () => {
    expect(await scene.admit(trips)).toMatchObject({ allowed: true });
    const before = await counter('waybill_image_verifications_total');
    await scene.advisories([CRITICAL_TZDATA]);
    const denied = await scene.admitUntil(trips, false);
    expect(denied.allowed).toBe(false);
    expect(denied.status?.message).toContain('CVE-2026-0009');
    expect((await counter('waybill_image_verifications_total')) - before).toBe(0);
  });
});
