import { parseJobIssuer } from '../../../src/capabilities/signing/index.ts';
import { orThrow } from '../../../src/core/result.ts';
import { FIXTURE_NOW } from '../../support/certificates.ts';
import { encodeEntryMessage } from '../../support/gitsign-commits.ts';
import { JOB_CLAIMS } from '../../support/job-tokens.ts';
import { testInstance } from '../../support/sigstore-instance.ts';
import { makeTufRepository } from '../../support/tuf-repository.ts';
import type { Row } from './target.ts';

const SIGSTORE = 'capabilities/signing/sigstore';
const STATEMENT = 'application/vnd.in-toto+json';

/** Bundles, trusted roots, notes, and the log entries of older layers of cosign. */
export function listSigstoreRows(): readonly Row[] {
  const instance = testInstance('fuzz');
  const artifact = Buffer.from('artifact');
  const bundles = [
    instance.sign(artifact, { stamped: true }),
    instance.sign(artifact, { payloadType: STATEMENT }),
    instance.sign(artifact, { log: 'v2' }),
  ];
  const [entry] = bundles[0].verificationMaterial.tlogEntries;
  const { envelope } = entry.inclusionProof.checkpoint;
  const promise = {
    SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
    Payload: {
      body: entry.canonicalizedBody,
      integratedTime: Math.floor(FIXTURE_NOW / 1_000),
      logIndex: 7,
      logID: Buffer.from(entry.logId.keyId, 'base64').toString('hex'),
    },
  };
  const bytes = { takes: 'bytes', form: 'json' } as const;
  return [
    { ...bytes, reader: `${SIGSTORE}/bundle.ts parseBundle`, samples: bundles },
    { ...bytes, reader: `${SIGSTORE}/trusted-root.ts parseTrustedRoot`, samples: [instance.root] },
    {
      ...bytes,
      reader: `${SIGSTORE}/cosign-layer.ts parseCosignEntry`,
      takes: 'text',
      samples: [promise],
    },
    {
      takes: 'bytes',
      form: 'der',
      reader: `${SIGSTORE}/certificate-chain.ts readLeaf`,
      samples: [Buffer.from(bundles[0].verificationMaterial.certificate.rawBytes, 'base64')],
      args: ['$', []],
    },
    { takes: 'bytes', form: 'text', reader: 'formats/log/note.ts readNote', samples: [envelope] },
    ...listSigningRows(bundles[2].verificationMaterial.tlogEntries[0]),
    ...listTufRows(),
  ];
}

/** A key of cosign that costs nothing to open: its passphrase is `secret`. */
const KEY_BODY = [
  'eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjoyLCJyIjoxLCJwIjoxfSwic2FsdCI6IkFRRUJBUU',
  'VCQVFFQkFRRUJBUUVCQVFFQkFRRUJBUUVCQVFFQkFRRUJBUUU9In0sImNpcGhlciI6eyJuYW1lIjoibmFjbC9zZWNy',
  'ZXRib3giLCJub25jZSI6IkFnSUNBZ0lDQWdJQ0FnSUNBZ0lDQWdJQ0FnSUNBZ0lDIn0sImNpcGhlcnRleHQiOiJsUD',
  'h2MjZHT0g2STByYVYzWTZCN1ZibDVYN3dVWWtPL1I5ckpIV2hoc0hZVzhxRTJSR2Q0QTY4WjVFdnRGZDhGcEUvYmxR',
  'RXhKVk9sRExicFJUTUdhN0JEYXRYZjNUUkJFMEh3aFh4c3hFcml3UGZLcHp6VGFITmprL0hFR3lVVmJPWVQvMjl4OU',
  'VSVmtCdW9PUm9LVG9sR21KcmJIRHBoOWJ3eU80VlpUZG9VYW5rUHpMQ0Y3OTg1RXVXcjVxTW4wd3VpWVBuSDhNaEZD',
  'QT09In0=',
].join('');
const KEY_LABEL = 'ENCRYPTED SIGSTORE PRIVATE KEY';
const ENCRYPTED_KEY = `-----BEGIN ${KEY_LABEL}-----\n${KEY_BODY}\n-----END ${KEY_LABEL}-----\n`;

/** RFC 7515 appendix A.3.1: the public half of its example key. */
const JOB_KEY = {
  ...{ kty: 'EC', crv: 'P-256', kid: 'one' },
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

/** The token of a job, and the keys that are pinned for its platform. */
function listJobRows(part: (value: object) => string): readonly Row[] {
  const { iss: issuer, aud: audience } = JOB_CLAIMS['github-actions'];
  const pinned = { platform: 'github-actions', issuer, audience, keys: [JOB_KEY] };
  const head = part({ alg: 'ES256', kid: 'one' });
  return [
    {
      ...{ takes: 'bytes', form: 'json', args: ['$'] },
      reader: 'capabilities/signing/jobs/job-issuer.ts parseJobIssuer',
      samples: [pinned],
    },
    {
      ...{ takes: 'text', form: 'text' },
      args: ['$', orThrow(parseJobIssuer(Buffer.from(JSON.stringify(pinned)))), FIXTURE_NOW],
      reader: 'capabilities/signing/jobs/verify-job-token.ts verifyJobToken',
      samples: [`${head}.${part(JOB_CLAIMS['github-actions'])}.${'A'.repeat(86)}`],
    },
  ];
}

/** What who signs reads: where services are, a token, the answer of a log, and an encrypted key. */
function listSigningRows(entry: unknown): readonly Row[] {
  const validFor = { start: '2026-01-01T00:00:00Z' };
  const service = { url: 'https://a.example.com', majorApiVersion: 1, validFor, operator: 'a' };
  const claims = { iss: 'https://a.example.com', aud: 'sigstore', exp: 9_999_999_999 };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [
    {
      ...{ takes: 'bytes', form: 'json', args: ['$', FIXTURE_NOW] },
      reader: `${SIGSTORE}/signing-config.ts parseSigningConfig`,
      samples: [
        {
          mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
          caUrls: [service],
          rekorTlogUrls: [service, { ...service, majorApiVersion: 2 }],
          rekorTlogConfig: { selector: 'EXACT', count: 1 },
        },
      ],
    },
    {
      ...{ takes: 'text', form: 'text', args: ['$', FIXTURE_NOW] },
      reader: `${SIGSTORE}/identity-token.ts readIdentityToken`,
      samples: [`${part({ alg: 'ES256' })}.${part(claims)}.c2ln`],
    },
    ...listJobRows(part),
    {
      ...{ takes: 'bytes', form: 'bytes', args: ['$', Buffer.from('{}')] },
      reader: `${SIGSTORE}/entry-message.ts readEntryMessage`,
      samples: [encodeEntryMessage(entry)],
    },
    {
      ...{ takes: 'object', form: 'json', args: [2, '$'] },
      reader: `${SIGSTORE}/log-proposal.ts readEntryAnswer`,
      samples: [entry as object],
    },
    {
      ...{ takes: 'text', form: 'text', args: ['$', 'secret'] },
      reader: 'capabilities/signing/keys/sigstore-key.ts decryptSigstoreKey',
      samples: [ENCRYPTED_KEY],
    },
  ];
}

/** The documents of a TUF repository, and its targets. */
function listTufRows(): readonly Row[] {
  const files = makeTufRepository({ files: { 'a.json': Buffer.from('{}') } });
  const take = (name: string) => [files.get(name) ?? new Uint8Array()];
  const tuf = 'capabilities/signing/tuf/metadata.ts';
  const bytes = { takes: 'bytes', form: 'json' } as const;
  return [
    { ...bytes, reader: `${tuf} parseTufRoot`, samples: take('1.root.json') },
    { ...bytes, reader: `${tuf} parseTufTargets`, samples: take('1.targets.json') },
    {
      ...bytes,
      reader: `${tuf} parseTufMeta`,
      samples: take('1.snapshot.json'),
      args: ['$', 'snapshot'],
    },
  ];
}
