import { readDer } from '../../src/formats/der/der.ts';
import { buildCmsAttributes, type CmsChange } from './cms-commits.ts';
import type { Json, SignOptions, TestInstance } from './sigstore-instance.ts';
import { der, derOid } from './timestamps.ts';

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  sha256: '2.16.840.1.101.3.4.2.1',
  ecdsa: '1.2.840.10045.4.3.2',
  entry: '1.3.6.1.4.1.57264.3.1',
} as const;

export interface GitsignChange extends CmsChange {
  readonly options?: SignOptions;
  /** Changes the log entry in place before it is put beside the signature. */
  readonly entry?: (entry: Json) => void;
  readonly withoutEntry?: boolean;
}

/** A signature of gitsign in its offline mode: CMS, with the entry of the log beside it. */
export function signWithGitsign(
  instance: TestInstance,
  payload: Uint8Array,
  change: GitsignChange = {},
): Buffer {
  const attributes = buildCmsAttributes(payload, change);
  const bundle = instance.sign(der(0x31, ...attributes), change.options);
  const { certificate, tlogEntries } = bundle.verificationMaterial;
  const leaf = Buffer.from(certificate.rawBytes, 'base64');
  const [entry] = tlogEntries;
  change.entry?.(entry);
  const [tbs] = readDer(leaf)?.children ?? [];
  const [serial, issuer] = [tbs?.children[1], tbs?.children[3]].map((node) => node?.bytes);
  if (serial === undefined || issuer === undefined) throw new Error('a certificate has both');
  const beside = der(0x30, derOid(OID.entry), der(0x31, der(0x04, encodeEntryMessage(entry))));
  const algorithm = der(0x30, derOid(OID.sha256));
  const signer = der(
    0x30,
    der(0x02, Buffer.of(1)),
    der(0x30, issuer, serial),
    algorithm,
    der(0xa0, ...attributes),
    der(0x30, derOid(OID.ecdsa)),
    der(0x04, Buffer.from(bundle.messageSignature.signature, 'base64')),
    ...(change.withoutEntry === true ? [] : [der(0xa1, beside)]),
  );
  const signedData = der(
    0x30,
    der(0x02, Buffer.of(1)),
    der(0x31, algorithm),
    der(0x30, derOid(OID.data)),
    der(0xa0, leaf),
    der(0x31, signer),
  );
  return der(0x30, derOid(OID.signedData), der(0xa0, signedData));
}

/** TransparencyLogEntry in binary form, without its body, as gitsign keeps it. */
export function encodeEntryMessage(entry: Json): Buffer {
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  const { inclusionProof: proof, inclusionPromise: promise } = entry;
  return Buffer.concat([
    number(1, entry.logIndex),
    field(2, field(1, bytes(entry.logId.keyId))),
    field(
      3,
      field(1, Buffer.from(entry.kindVersion.kind)),
      field(2, Buffer.from(entry.kindVersion.version)),
    ),
    ...(entry.integratedTime === undefined ? [] : [number(4, entry.integratedTime)]),
    ...(promise === undefined ? [] : [field(5, field(1, bytes(promise.signedEntryTimestamp)))]),
    field(
      6,
      number(1, proof.logIndex),
      field(2, bytes(proof.rootHash)),
      number(3, proof.treeSize),
      ...proof.hashes.map((hash: string) => field(4, bytes(hash))),
      field(5, field(1, Buffer.from(proof.checkpoint.envelope))),
    ),
  ]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
}

const number = (name: number, value: string): Buffer =>
  Buffer.concat([varint(name * 8), varint(Number(value))]);

function field(name: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([varint(name * 8 + 2), varint(content.length), content]);
}
