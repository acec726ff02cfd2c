import { FIXTURE_NOW } from '../../support/certificates.ts';
import { testInstance } from '../../support/sigstore-instance.ts';
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
  ];
}
