import type { Digest } from '../../../core/digest.ts';
import { type Instant, parseInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { readDer, TAG } from '../../../formats/der/der.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import { type EnclosedSignature, readEnclosedSignature } from '../cms/enclosed-data.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import { isIdentified, isSignedBy } from '../timestamps/verify-token.ts';
import type { MachineCloud } from '../trust/trust-rule.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { checkPath, type ValidatedChain } from '../x509/chain.ts';
import { findPath } from '../x509/find-path.ts';

/** A virtual machine, as the cloud that runs it signed (Azure: attested data of the metadata). */
export interface AttestedMachine {
  readonly cloud: MachineCloud;
  readonly id: string;
  /** In lower case. */
  readonly subscription: string;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  /** Up to a root of the trust store; when it was valid is another question. */
  readonly chain: ValidatedChain;
}

const NONCE_DIGITS = 32;

/** What binds a document to one image: the service takes 32 letters and digits at most. */
export function toMachineNonce(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1).slice(0, NONCE_DIGITS);
}

/** The signed document in an answer of `/metadata/attested/document`, as DER. */
export function readMachineAnswer(bytes: Uint8Array): Result<Uint8Array> {
  const text = decodeUtf8(bytes);
  const json = text.ok ? parseJson(text.value, { bytesMax: LIMITS.machineDocumentBytesMax }) : text;
  if (!json.ok) return json;
  const { encoding, signature } = isJsonObject(json.value) ? json.value : {};
  const der = encoding === 'pkcs7' ? decodeBase64(signature) : null;
  return der === null
    ? fail(
        'MALFORMED',
        'the answer of the metadata service holds no document of encoding pkcs7',
        'Ask /metadata/attested/document of a machine of Azure.',
      )
    : ok(der);
}

const NAMES: Readonly<Record<MachineCloud, string>> = {
  azure: 'metadata.azure.com',
  'azure-us': 'metadata.azure.us',
  'azure-china': 'metadata.azure.cn',
};

/** Whose document it must be. */
export interface MachineTerms {
  readonly digest: Digest;
  readonly cloud: MachineCloud;
  /** Who issues the certificates of the cloud: the document holds only the leaf. */
  readonly authorities: readonly Certificate[];
}

/**
 * The machine of a signed document: its nonce is of this image, its signer is named as the metadata
 * service of the cloud, and its chain ends at a root among the authorities.
 */
export function verifyAttestedDocument(
  bytes: Uint8Array,
  terms: MachineTerms,
): Result<AttestedMachine> {
  if (bytes.length > LIMITS.machineDocumentBytesMax) return refuse('it is too long');
  const signed = readEnclosedSignature(bytes);
  if (typeof signed === 'string') return refuse(`it cannot be read: ${signed}`);
  const chain = findChain(signed, terms);
  if (!chain.ok) return chain;
  const json = parseJson(signed.content, { bytesMax: LIMITS.machineDocumentBytesMax });
  if (!json.ok || !isJsonObject(json.value)) return refuse('its content is no object');
  const { nonce, vmId, subscriptionId, timeStamp } = json.value;
  // mutant machine-document-of-another-image by attested-document: condition -> false
  if (nonce !== toMachineNonce(terms.digest)) return refuse('its nonce is of something else');
  const id = readGuid(vmId);
  const subscription = readGuid(subscriptionId);
  if (id === null || subscription === null) return refuse('it names no machine or no subscription');
  const times: JsonObject = isJsonObject(timeStamp) ? timeStamp : {};
  const [createdAt, expiresAt] = [readTime(times['createdOn']), readTime(times['expiresOn'])];
  if (createdAt === null || expiresAt === null || createdAt >= expiresAt)
    return refuse('its times cannot be read');
  return ok({ cloud: terms.cloud, id, subscription, createdAt, expiresAt, chain: chain.value });
}

function findChain(
  signed: EnclosedSignature,
  { cloud, authorities }: MachineTerms,
): Result<ValidatedChain> {
  const known: Certificate[] = [];
  for (const der of signed.certificates) {
    const certificate = parseCertificate(der);
    if (!certificate.ok) return refuse(certificate.failure.message);
    known.push(certificate.value);
  }
  const leaf = known.find((one) => isIdentified(one, signed.identifier));
  if (leaf === undefined) return refuse('it does not hold the certificate of its signer');
  // mutant machine-document-signature by attested-document: condition -> false
  if (!isSignedBy(signed, leaf)) return refuse('its signature is not over it, or not by its key');
  const names = listHosts(leaf);
  const wanted = NAMES[cloud];
  // mutant machine-document-by-any-server by attested-document: condition -> false
  if (!names.some((name) => name === wanted || name.endsWith(`.${wanted}`)))
    return refuse(`its signer ${leaf.subjectText} is not ${wanted}`);
  const path = findPath(leaf, [...authorities, ...known]);
  const root = path.at(-1);
  // mutant machine-document-by-any-authority by attested-document: condition -> false
  if (!authorities.some(({ thumbprint }) => thumbprint === root?.thumbprint))
    return refuse(`no authority of ${leaf.subjectText} up to its root is in the trust store`);
  const checked = checkPath(
    path.map(({ der }) => der),
    'machine',
  );
  return checked.ok ? ok(checked.chain) : refuse(checked.message);
}

const SUBJECT_ALT_NAME = '2.5.29.17';
const DNS_NAME = 0x82;

/** The alternative names of a server, or its common name where it has none (RFC 6125 §6.4.4). */
function listHosts({ extensions, subject }: Certificate): readonly string[] {
  const found = extensions.get(SUBJECT_ALT_NAME);
  if (found === undefined)
    return subject.flatMap(({ type, value }) => (type === 'CN' && value !== null ? [value] : []));
  const names = readDer(found.value);
  return (names?.tag === TAG.sequence ? names.children : []).flatMap(({ tag, content }) =>
    tag === DNS_NAME ? [Buffer.from(content).toString('latin1').toLowerCase()] : [],
  );
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function readGuid(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && GUID.test(value) ? value.toLowerCase() : null;
}

/** `11/30/20 21:19:19 -0000`: month, day and year, in UTC. */
const TIME = /^(\d\d)\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d) -0000$/;

function readTime(value: JsonValue | undefined): Instant | null {
  const parts = typeof value === 'string' && value.length <= 32 ? TIME.exec(value) : null;
  if (parts === null) return null;
  const [, month, day, year, time] = parts;
  const read = parseInstant(`20${year}-${month}-${day}T${time}Z`);
  return read.ok ? read.value : null;
}

function refuse(why: string): Result<never> {
  return fail(
    'EVIDENCE_REJECTED',
    `the document of the machine does not count: ${why}`,
    'Ask the metadata service of the machine again, with the nonce of this image.',
  );
}
