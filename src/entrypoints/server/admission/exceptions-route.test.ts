import fastify from 'fastify';
import { expect, it } from 'vitest';
import { buildDefaultPolicy, parsePolicy } from '../../../capabilities/policy/index.ts';
import { toFailure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { fail, orThrow } from '../../../core/result.ts';
import { addExceptions } from './exceptions-route.ts';

const GONE = fail('FILE_NOT_FOUND', '/srv/home/policy.yaml does not exist', 'x');
const POLICY = `${buildDefaultPolicy()}
exceptions:
  - rule: B23-no-critical-finding
    match: { finding: CVE-2026-0002 }
    owner: team-trips
    reason: a fix is on its way
    expires: 2027-03-01T00:00:00Z
  - rule: B23-no-critical-finding
    match: { component: "pkg:npm/lib@1.0.0" }
    owner: team-trips
    reason: not reachable
    expires: 2026-01-01T00:00:00Z
`;

it('exceptions are listed for readers, the first to expire first, and for no tenant', async () => {
  let tenant: string | null = null;
  let asked = 0;
  let isThere = true;
  const app = fastify();
  app.setErrorHandler((error, _request, reply) =>
    reply.code(404).send({ code: toFailure(error).code, message: toFailure(error).message }),
  );
  addExceptions(app, {
    reader: { onRequest: async () => void asked++ },
    findTenant: () => tenant,
    loadPolicy: async () => orThrow(isThere ? parsePolicy(POLICY) : GONE),
    now: () => toInstant(Date.parse('2026-12-01')),
  });
  const told = await app.inject({ url: '/v1/exceptions' });
  expect(told.json()).toMatchObject({
    exceptions: [
      { component: 'pkg:npm/lib@1.0.0', expired: true, expiresAt: '2026-01-01T00:00:00.000Z' },
      { finding: 'CVE-2026-0002', owner: 'team-trips', expired: false },
    ],
  });
  tenant = 'shop';
  expect((await app.inject({ url: '/v1/exceptions' })).json()).toMatchObject({ code: 'NOT_FOUND' });
  [tenant, isThere] = [null, false];
  expect((await app.inject({ url: '/v1/exceptions' })).json()).toEqual({
    ...{ code: 'FILE_NOT_FOUND', message: 'the policy of this server cannot be read' },
  });
  expect(asked).toBe(3);
  await app.close();
});
