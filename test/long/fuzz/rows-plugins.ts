import { selectKeySpec } from '../../../src/capabilities/signing/plugins/protocol.ts';
import { writeRatifyResources } from '../../support/ratify.ts';
import { regoAnswer } from '../../support/rego.ts';
import type { Row } from './target.ts';

const PROTOCOL = 'capabilities/signing/plugins/protocol.ts';
const ASKED = { plugin: 'p', keyId: 'k' };

const RATIFY = 'capabilities/signing/ratify';
const RATIFY_ROW: Row = {
  reader: `${RATIFY}/import-ratify.ts readRatify`,
  takes: 'text',
  form: 'text',
  samples: [writeRatifyResources()],
  args: [
    '$',
    {
      ...{ repositories: ['registry.example.com/shop/*'], identities: ['CN=a,O=b,ST=c,C=US'] },
      ...{ statements: [], trustedRoot: 'public' },
    },
  ],
  reads: [
    `${RATIFY}/resources.ts parseRatifyResources`,
    `${RATIFY}/scopes.ts readScope`,
    `${RATIFY}/providers.ts readOwnProviders`,
    ...['readRepositories', 'readStatement', 'readTexts', 'readMap', 'readMaps'].map(
      (reader) => `${RATIFY}/draft.ts ${reader}` as const,
    ),
  ],
};

/** What plugins of notation and OPA answer, and what Ratify is told. */
export const PLUGIN_ROWS: readonly Row[] = [
  RATIFY_ROW,
  {
    reader: 'capabilities/policy/rego/read-answers.ts readRegoAnswers',
    takes: 'object',
    form: 'json',
    samples: [regoAnswer(['a', 'allow'], ['a', 'deny', 'm'])],
    args: ['$', [{ id: 'a' }]],
  },
  {
    reader: 'entrypoints/config/database-server.ts parseDatabaseServer',
    takes: 'text',
    form: 'text',
    samples: [
      'postgres://waybill@db.example.com:5432/graph?sslmode=verify-full&sslrootcert=ca.pem',
      'postgresql://localhost/graph?host=%2Frun%2Fpostgresql',
      'postgres://[::1]:6000/gr%40ph',
    ],
    args: ['$', '/etc/waybill'],
  },
  {
    reader: `${PROTOCOL} readPluginMetadata`,
    takes: 'object',
    form: 'json',
    samples: [
      {
        ...{ name: 'p', description: 'd', version: '1.0.0', url: 'https://example.com' },
        supportedContractVersions: ['1.0'],
        capabilities: ['SIGNATURE_GENERATOR.RAW'],
      },
    ],
    args: ['$', 'p'],
  },
  {
    reader: `${PROTOCOL} readKeyDescription`,
    takes: 'object',
    form: 'json',
    samples: [{ keyId: 'k', keySpec: 'EC-256' }],
    args: ['$', ASKED],
  },
  {
    reader: `${PROTOCOL} readGeneratedSignature`,
    takes: 'object',
    form: 'json',
    samples: [
      {
        ...{ keyId: 'k', signature: 'AAAA', signingAlgorithm: 'ECDSA-SHA-256' },
        certificateChain: ['AAAA', 'AAAA'],
      },
    ],
    args: ['$', { ...ASKED, spec: selectKeySpec('ES256') }],
  },
  {
    reader: `${PROTOCOL} readGeneratedEnvelope`,
    takes: 'object',
    form: 'json',
    samples: [{ signatureEnvelope: 'AAAA', signatureEnvelopeType: 'application/cose' }],
    args: ['$', { plugin: 'p', mediaType: 'application/cose' }],
  },
  {
    reader: `${PROTOCOL} readPluginVerdict`,
    takes: 'object',
    form: 'json',
    samples: [
      {
        verificationResults: {
          'SIGNATURE_VERIFIER.REVOCATION_CHECK': { success: false, reason: 'revoked' },
        },
        processedAttributes: ['com.example.profile'],
      },
    ],
  },
];
