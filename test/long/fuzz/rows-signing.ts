import { parseAllowedSigners } from '../../../src/capabilities/signing/git/allowed-signers.ts';
import { encodeWireString } from '../../../src/capabilities/signing/git/ssh-wire.ts';
import {
  buildNotarySignatureArtifact,
  signNotary,
} from '../../../src/capabilities/signing/index.ts';
import { orThrow } from '../../../src/core/result.ts';
import { FIXTURE_NOW, type TestKey, testKey } from '../../support/certificates.ts';
import { testCmsSigner } from '../../support/cms-commits.ts';
import { forgeEnvelope, SUBJECT } from '../../support/notary.ts';
import {
  armourPgp,
  exportKey,
  packet,
  pgpSignature,
  testPgpKey,
} from '../../support/openpgp-keys.ts';
import { certificateSection, certify, serials, writeKrl } from '../../support/ssh-certificates.ts';
import {
  armoured,
  signedCommit,
  sshSignature,
  type TestSshKey,
  testSshKey,
} from '../../support/ssh-commits.ts';
import { testStamper } from '../../support/timestamps.ts';
import { DSSE, golden, TRUST_POLICY } from './documents.ts';
import type { Row } from './target.ts';

const DIRECTORY = 'capabilities/signing';

const BASE64_AND_DSSE_ROWS: readonly Row[] = [
  {
    reader: `${DIRECTORY}/envelopes/base64.ts decodeBase64`,
    takes: 'text',
    form: 'text',
    samples: ['AAECAw==', 'e30='],
    reads: [`${DIRECTORY}/envelopes/base64.ts decodeAnyBase64`],
  },
  {
    reader: `${DIRECTORY}/envelopes/base64.ts decodeBase64Url`,
    takes: 'text',
    form: 'text',
    samples: ['AAEC_w', 'e30'],
  },
  {
    reader: `${DIRECTORY}/envelopes/base64.ts decodeAnyBase64`,
    takes: 'text',
    form: 'text',
    samples: ['AAEC_w==', 'e30'],
  },
  {
    reader: `${DIRECTORY}/envelopes/dsse.ts parseDsse`,
    takes: 'bytes',
    form: 'json',
    samples: [DSSE],
  },
  {
    reader: `${DIRECTORY}/envelopes/dsse.ts verifyDsse`,
    takes: 'bytes',
    form: 'json',
    samples: [DSSE],
    args: ['$', { keys: [], payloadType: DSSE.payloadType }],
  },
];

/** Envelopes, certificates, commits and trust. */
export async function makeSigningRows(): Promise<readonly Row[]> {
  const key = await testKey({ subject: 'CN=release,O=Shop,ST=WA,C=US' });
  const envelope = await forgeEnvelope(key);
  const signing = { subject: SUBJECT, key, signedAt: FIXTURE_NOW, form: 'cose' } as const;
  const cose = orThrow(await signNotary(signing));
  return [
    ...BASE64_AND_DSSE_ROWS,
    ...listEnvelopeRows(key, envelope),
    ...listCoseRows(cose),
    ...listGitRows(),
    ...listTrustRows(key),
  ];
}

function listCoseRows(cose: Uint8Array): readonly Row[] {
  const options = { bytesMax: 100_000, tags: [1, 18] };
  return [
    {
      reader: 'formats/cbor/cbor.ts parseCbor',
      takes: 'bytes',
      form: 'bytes',
      samples: [cose],
      args: ['$', options],
    },
    {
      reader: `${DIRECTORY}/timestamps/read-token.ts readTimestampToken`,
      takes: 'bytes',
      form: 'bytes',
      samples: [testStamper('fuzz').stamp(cose, FIXTURE_NOW, { accuracy: 1 })],
    },
    {
      reader: `${DIRECTORY}/timestamps/verify-token.ts verifyTimestamp`,
      takes: 'bytes',
      form: 'bytes',
      samples: [testStamper('fuzz').stamp(cose, FIXTURE_NOW, { accuracy: 1 })],
      args: ['$', cose, []],
    },
    {
      reader: `${DIRECTORY}/envelopes/cose.ts readCoseSign1`,
      takes: 'bytes',
      form: 'bytes',
      samples: [cose],
    },
  ];
}

function listEnvelopeRows(key: TestKey, envelope: Uint8Array): readonly Row[] {
  const notary = { subject: SUBJECT, envelope, chain: key.chain, createdAt: FIXTURE_NOW };
  const manifest = buildNotarySignatureArtifact(notary).manifest.bytes;
  const rules = { bytesMax: 100_000, malformed: 'envelope-malformed' };
  const payload = Buffer.from(JSON.stringify({ targetArtifact: SUBJECT }));
  return [
    {
      reader: `${DIRECTORY}/envelopes/json-object.ts readJsonObject`,
      takes: 'bytes',
      form: 'json',
      samples: [payload],
      args: ['$', rules],
    },
    {
      reader: `${DIRECTORY}/envelopes/jws.ts readJws`,
      takes: 'bytes',
      form: 'json',
      samples: [envelope],
    },
    {
      reader: `${DIRECTORY}/notary/envelope.ts readEnvelope`,
      takes: 'bytes',
      form: 'json',
      samples: [envelope],
    },
    {
      reader: `${DIRECTORY}/notary/blob.ts readEnvelopeClaim`,
      takes: 'bytes',
      form: 'json',
      samples: [envelope],
      reads: [`${DIRECTORY}/notary/envelope.ts readTarget`],
    },
    {
      reader: `${DIRECTORY}/notary/envelope.ts readPayload`,
      takes: 'bytes',
      form: 'json',
      samples: [payload],
    },
    {
      reader: `${DIRECTORY}/notary/envelope.ts readTarget`,
      takes: 'bytes',
      form: 'json',
      samples: [payload],
    },
    {
      reader: `${DIRECTORY}/notary/manifest.ts parseSignatureManifest`,
      takes: 'bytes',
      form: 'json',
      samples: [manifest],
    },
    {
      reader: `${DIRECTORY}/notary/manifest.ts readThumbprints`,
      takes: 'value',
      form: 'json',
      samples: [{ 'io.cncf.notary.x509chain.thumbprint#S256': '["aa"]' }],
    },
    {
      reader: `${DIRECTORY}/notary/manifest.ts readSignatureManifest`,
      takes: 'bytes',
      form: 'json',
      samples: [manifest],
      args: ['$', SUBJECT, envelope],
    },
  ];
}

function listGitRows(): readonly Row[] {
  const ssh = testSshKey('ed25519');
  const signers =
    'alice@example.com,*@shop.example.com namespaces="git",valid-after="20260101" ' +
    `${ssh.line}\n# c\n`;
  const allowed = orThrow(parseAllowedSigners(signers));
  return [
    {
      reader: `${DIRECTORY}/git/allowed-signers.ts parseAllowedSigners`,
      takes: 'text',
      form: 'text',
      samples: [signers],
      reads: [`${DIRECTORY}/git/validity.ts readBound`],
    },
    {
      reader: `${DIRECTORY}/git/allowed-signers.ts addRevokedKeys`,
      takes: 'bytes',
      form: 'text',
      samples: [ssh.line],
      args: [allowed, '$'],
    },
    {
      reader: `${DIRECTORY}/git/validity.ts readBound`,
      takes: 'text',
      form: 'text',
      samples: ['20260101120000Z', '20260101'],
    },
    {
      reader: `${DIRECTORY}/git/commit.ts parseCommit`,
      takes: 'bytes',
      form: 'text',
      samples: [signedCommit(ssh)],
      args: ['$', 'sha1'],
      reads: [
        `${DIRECTORY}/git/object-headers.ts readFields`,
        `${DIRECTORY}/git/object-headers.ts readSubject`,
      ],
    },
    ...listObjectRows(ssh),
    ...listOpenPgpRows(),
  ];
}

/** Tags, pushes, and what SSH adds to a plain key. */
function listObjectRows(ssh: TestSshKey): readonly Row[] {
  return [
    {
      reader: 'gates/source/pushed-refs.ts readReceivedRefs',
      takes: 'text',
      form: 'text',
      samples: [`${'0'.repeat(40)} ${'a'.repeat(40)} refs/heads/main\n`],
    },
    {
      reader: `${DIRECTORY}/git/ssh-key.ts readSshKey`,
      takes: 'bytes',
      form: 'bytes',
      samples: (['ed25519', 'p256', 'rsa3072'] as const).map((kind) => testSshKey(kind).blob),
    },
    {
      reader: `${DIRECTORY}/cms/signed-data.ts readDetachedSignature`,
      takes: 'bytes',
      form: 'bytes',
      samples: [true, false].map((openLengths) =>
        testCmsSigner('fuzz').sign(Buffer.from('x'), { openLengths }),
      ),
    },
    {
      reader: `${DIRECTORY}/git/tag.ts parseTag`,
      takes: 'bytes',
      form: 'text',
      samples: [
        `object ${'a'.repeat(40)}\ntype commit\ntag v1\ntagger A <a@example.com> 1 +0000\n\nx\n` +
          armoured(sshSignature(ssh, Buffer.from('x'))),
      ],
      args: ['$', 'sha1'],
    },
    {
      reader: `${DIRECTORY}/git/ssh-certificate.ts readSshCertificate`,
      takes: 'bytes',
      form: 'bytes',
      samples: [certify(ssh, testSshKey('p256')).blob],
    },
    {
      reader: `${DIRECTORY}/git/krl.ts parseKrl`,
      takes: 'bytes',
      form: 'bytes',
      samples: [
        writeKrl([[2, encodeWireString(ssh.blob)]]),
        writeKrl([certificateSection(ssh.blob, [[0x21, serials(1n, 9n)]])]),
      ],
    },
    {
      reader: `${DIRECTORY}/git/sshsig.ts parseSshSignature`,
      takes: 'bytes',
      form: 'text',
      samples: [armoured(sshSignature(ssh, Buffer.from('x')))],
    },
  ];
}

function listOpenPgpRows(): readonly Row[] {
  const kinds = ['ed25519-legacy', 'p256', 'rsa3072'] as const;
  const keys = kinds.map((kind) => testPgpKey(kind));
  const [first = testPgpKey('ed25519')] = keys;
  const subkeys = keys.slice(1).map((key) => ({ key }));
  const rings = [exportKey(first, { subkeys }), exportKey(testPgpKey('ed25519', { version: 6 }))];
  const signature = pgpSignature(first, [Buffer.from('x')]);
  return [
    {
      reader: `${DIRECTORY}/openpgp/keyring.ts parseKeyring`,
      takes: 'bytes',
      form: 'bytes',
      samples: rings,
      reads: [
        `${DIRECTORY}/openpgp/packets.ts readPackets`,
        `${DIRECTORY}/openpgp/packets.ts readLength`,
        `${DIRECTORY}/openpgp/public-key.ts readPgpKey`,
        `${DIRECTORY}/openpgp/armour.ts splitKeyBlocks`,
      ],
    },
    {
      reader: `${DIRECTORY}/openpgp/armour.ts readArmour`,
      takes: 'text',
      form: 'text',
      samples: [armourPgp(packet(2, signature))],
      args: ['$', 'SIGNATURE'],
    },
    {
      reader: `${DIRECTORY}/openpgp/signature.ts readPgpSignature`,
      takes: 'bytes',
      form: 'bytes',
      samples: [signature],
    },
    {
      reader: `${DIRECTORY}/openpgp/user-id.ts readAddress`,
      takes: 'text',
      form: 'text',
      samples: ['Alice <alice@example.com>', 'alice@example.com'],
    },
  ];
}

function listTrustRows(key: TestKey): readonly Row[] {
  const [leaf = new Uint8Array()] = key.chain;
  return [
    {
      reader: `${DIRECTORY}/keys/signing-key.ts parseSigningKey`,
      takes: 'text',
      form: 'text',
      samples: [key.chainPem],
      args: [key.privateKey.export({ format: 'pem', type: 'pkcs8' }), '$'],
    },
    {
      reader: `${DIRECTORY}/trust/trust-document.ts parseTrust`,
      takes: 'text',
      form: 'text',
      samples: [golden('trust.yaml')],
    },
    {
      reader: `${DIRECTORY}/trust/trust-policy.ts parseTrustPolicy`,
      takes: 'bytes',
      form: 'json',
      samples: [TRUST_POLICY],
    },
    {
      reader: `${DIRECTORY}/trust/trust-policy.ts parseBlobTrustPolicy`,
      takes: 'bytes',
      form: 'json',
      samples: [
        {
          version: '1.0',
          trustPolicies: [
            { ...TRUST_POLICY.trustPolicies[0], registryScopes: undefined, globalPolicy: true },
          ],
        },
      ],
    },
    {
      reader: `${DIRECTORY}/x509/certificate.ts parseCertificate`,
      takes: 'bytes',
      form: 'der',
      samples: [leaf],
      reads: [`${DIRECTORY}/x509/extensions.ts readExtension`, 'formats/der/der.ts readDer'],
    },
    {
      reader: `${DIRECTORY}/x509/certificate.ts parseCertificates`,
      takes: 'bytes',
      form: 'der',
      samples: [key.chain.at(-1) ?? new Uint8Array()],
    },
    {
      reader: `${DIRECTORY}/x509/distinguished-name.ts parseNameText`,
      takes: 'text',
      form: 'text',
      samples: ['CN=release\\, x,O=Shop,ST=WA,C=US'],
    },
    {
      reader: 'formats/der/der.ts readDer',
      takes: 'bytes',
      form: 'der',
      samples: [leaf],
    },
  ];
}
