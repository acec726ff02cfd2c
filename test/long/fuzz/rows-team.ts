import { platformKey } from '../../support/job-tokens.ts';
import type { Row } from './target.ts';

const key = platformKey('ES256');
const DIGEST = `sha256:${'0'.repeat(64)}`;
const STANDING = {
  ...{ apiVersion: 'waybill.dev/v1', kind: 'StandingQuestion', name: 'gaps', digestMs: 0 },
  ...{ question: 'missing', parameters: { since: '1d' } },
  targets: [
    { kind: 'webhook', url: 'https://hooks.example.com/x', secret: 's'.repeat(20) },
    { kind: 'email', to: 'security@shop.example.com' },
  ],
};
const ENTRY = {
  ...{ id: '2026-a', kind: 'sbom', mediaType: 'application/json', poster: 'ci', subject: null },
  ...{ receivedAt: '2026-01-31T12:00:00.000Z', bytes: 1, digest: DIGEST, state: 'refused' },
  ...{ attempts: 1, reason: { code: 'MALFORMED', message: 'm', remedy: 'r' } },
};
const IDENTITIES = `apiVersion: waybill.dev/v1
kind: Identities
issuers:
  - issuer: https://login.example.com
    audience: waybill
    grants: [{ claim: groups, value: security, roles: [auditor] }]
`;
const LEAF = {
  ...{ apiVersion: 'waybill.dev/log/v1', kind: 'sbom', digest: DIGEST, subject: null },
  ...{ mediaType: 'application/json', recordedAt: '2026-01-31T12:00:00Z', size: 1 },
};

const ACCESS = `apiVersion: waybill.dev/v1
kind: RegistryAccess
grants: [{ repositories: ["shop/*"], users: [ci], rights: [pull, push] }]
tokens: [{ name: bot, sha256: ${'0'.repeat(64)}, expires: 2027-01-01T00:00:00Z }]
quotas: [{ repositories: ["*"], bytes: 10 }]
immutableTags: [{ repositories: ["shop/*"], tags: signed }]
`;

/** What people and programs send that share a graph. */
export const TEAM_ROWS: readonly Row[] = [
  {
    ...{ reader: 'entrypoints/server/standing/standing-document.ts parseStanding' },
    ...{ takes: 'bytes', form: 'json', samples: [STANDING] },
  },
  {
    ...{ reader: 'entrypoints/server/evidence/inbox-entry.ts parseInboxEntry' },
    ...{ takes: 'bytes', form: 'json', samples: [ENTRY] },
  },
  {
    ...{ reader: 'entrypoints/server/graphql/answer-query.ts readGraphqlRequest' },
    ...{ takes: 'bytes', form: 'json', samples: [{ query: '{ owners { next } }', variables: {} }] },
  },
  {
    ...{ reader: 'entrypoints/server/identities/identities-document.ts parseIdentities' },
    ...{ takes: 'bytes', form: 'text', samples: [IDENTITIES], args: ['$', '/identities.yaml'] },
  },
  {
    ...{ reader: 'entrypoints/compose/registry-access.ts parseRegistryAccess' },
    ...{ takes: 'text', form: 'text', samples: [ACCESS] },
  },
  {
    ...{ reader: 'adapters/oci-server/passwords.ts parseHtpasswd' },
    ...{ takes: 'text', form: 'text', samples: [`# team\nci:$2b$10$${'a'.repeat(53)}\n`] },
  },
  {
    ...{ reader: 'entrypoints/server/traces/traces.ts readTraceParent' },
    ...{ takes: 'text', form: 'text', samples: [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`] },
  },
  {
    ...{ reader: 'entrypoints/cli/verify-proof.ts readLeaf' },
    ...{ takes: 'text', form: 'json', samples: [LEAF], args: ['$', 0] },
  },
  {
    ...{ reader: 'capabilities/signing/jobs/job-issuer.ts readKeySet' },
    ...{ takes: 'bytes', form: 'json', samples: [{ keys: [key.jwk] }] },
  },
];
