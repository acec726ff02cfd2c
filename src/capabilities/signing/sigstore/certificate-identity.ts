import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import type { Certificate } from '../x509/certificate.ts';

/** Whom an authority of sigstore says that it saw, and by whose token. */
export interface CertificateIdentity {
  /** The one subject alternative name: a URI, an e-mail address or a user name. */
  readonly identity: string;
  /** Of the identity token. */
  readonly issuer: string;
  /** What else the token said, by the names of `CLAIMS`. */
  readonly claims: ReadonlyMap<string, string>;
}

const SUBJECT_ALT_NAME = '2.5.29.17';
/** The arc of Fulcio (oid-info.md). */
const FULCIO = '1.3.6.1.4.1.57264.1';
const ISSUER_V1 = `${FULCIO}.1`;
const ISSUER = `${FULCIO}.8`;
const USER_NAME = `${FULCIO}.7`;

/** Fulcio's extensions in DER, by the last number of their OID. */
export const CLAIMS: ReadonlyMap<string, string> = new Map([
  ['buildSignerUri', '9'],
  ['buildSignerDigest', '10'],
  ['runnerEnvironment', '11'],
  ['sourceRepositoryUri', '12'],
  ['sourceRepositoryDigest', '13'],
  ['sourceRepositoryRef', '14'],
  ['sourceRepositoryIdentifier', '15'],
  ['sourceRepositoryOwnerUri', '16'],
  ['sourceRepositoryOwnerIdentifier', '17'],
  ['buildConfigUri', '18'],
  ['buildConfigDigest', '19'],
  ['buildTrigger', '20'],
  ['runInvocationUri', '21'],
  ['sourceRepositoryVisibility', '22'],
]);

/**
 * Reads the identity of a leaf; null where it has not one name and one issuer. Nothing in it is
 * trusted before its chain is.
 */
export function readIdentity({ extensions }: Certificate): CertificateIdentity | null {
  const names = readDer(extensions.get(SUBJECT_ALT_NAME)?.value ?? new Uint8Array());
  const [name, ...others] = names?.tag === TAG.sequence ? names.children : [];
  // mutant certificate-of-two-names: condition -> name === undefined
  if (name === undefined || others.length > 0) return null;
  const identity = readName(name);
  const stated = extensions.get(ISSUER_V1)?.value;
  const older = readText(stated);
  const newer = readDerText(extensions.get(ISSUER)?.value);
  const issuer = newer ?? older;
  // mutant certificate-of-two-issuers: condition -> false
  if (stated !== undefined && older !== issuer) return null;
  if (identity === null || issuer === null) return null;
  const claims = [...CLAIMS].flatMap(([claim, last]) => {
    const text = readDerText(extensions.get(`${FULCIO}.${last}`)?.value);
    return text === null ? [] : [[claim, text] as const];
  });
  return { identity, issuer, claims: new Map(claims) };
}

function readName({ tag, content, children }: DerNode): string | null {
  if (tag === 0x81 || tag === 0x86) return readText(content);
  const [type, value] = tag === 0xa0 ? children : [];
  const text = value?.tag === 0xa0 ? value.children[0] : undefined;
  if (formatOid(type) !== USER_NAME || text?.tag !== TAG.utf8String) return null;
  return readText(text.content);
}

function readDerText(value: Uint8Array | undefined): string | null {
  const node = readDer(value ?? new Uint8Array());
  return node?.tag === TAG.utf8String ? readText(node.content) : null;
}

/** Text without control characters: what is compared is what people read. */
function readText(bytes: Uint8Array | undefined): string | null {
  const text = bytes === undefined || bytes.length === 0 ? null : decodeUtf8(bytes);
  if (text === null || !text.ok || text.value.length > 2_048) return null;
  return /[\p{Cc}\p{Cf}]/u.test(text.value) ? null : text.value;
}
