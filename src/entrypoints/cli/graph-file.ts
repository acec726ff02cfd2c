import { readStatementSubjects } from '../../capabilities/attestation/index.ts';
import {
  EVIDENCE_KINDS,
  type EvidenceInput,
  type EvidenceKind,
  RECORD_KINDS,
  RECORD_MEDIA_TYPE,
} from '../../capabilities/evidence/index.ts';
import { listSbomGaps, readSbom, recogniseSbom } from '../../capabilities/inventory/index.ts';
import {
  readScanDocument,
  readVex,
  recogniseScan,
  recogniseVex,
  TRIVY_REPORT_TYPE,
} from '../../capabilities/scanning/index.ts';
import { refuseOtherVersion } from '../../core/api-version.ts';
import { parseDescriptor } from '../../core/descriptor.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { ok, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { readWithinBudget } from '../../system/processes/reading-budget.ts';

/** What the user says of the files of an import. */
export interface NamedKind {
  readonly kind: EvidenceKind | null;
  readonly subject: Digest | null;
}

/** A file that is to go into the log. */
export interface NamedDocument {
  readonly evidence: EvidenceInput;
  /** The digests that the document itself names for what it is about. */
  readonly about: DocumentSubjects;
  /** What a document of another tool does not say. */
  readonly lacks: readonly string[];
}

interface DocumentSubjects {
  /** Those under which registries know it. */
  readonly digests: readonly Digest[];
  /** That of its configuration, which tools without a registry write. */
  readonly configs: readonly Digest[];
}

/**
 * Reads a file for the log. An unreadable document is refused here, where the user can fix it: the
 * log accepts any document.
 */
export async function readDocument(path: string, named: NamedKind): Promise<NamedDocument> {
  const body = await readFileBounded(path, LIMITS.documentBytesMax);
  if (body.length === 0) throw new Failure('MALFORMED', `${path} is empty`, 'Name the document.');
  return describeBytes(path, body, named);
}

/** The same for bytes that are there already. */
export function describeBytes(name: string, body: Uint8Array, named: NamedKind): NamedDocument {
  return orThrow(readWithinBudget(body, () => ok(describeDocument(name, body, named))));
}

function describeDocument(path: string, body: Uint8Array, named: NamedKind): NamedDocument {
  const kind = named.kind ?? recogniseKind(path, body);
  // mutant import-of-verification by cli-bad-input: remove
  if (OWN_KINDS.has(kind)) throw createOwnKindFailure(path, kind);
  // mutant import-of-a-claim-about-feeds by cli-bad-input: remove
  if (kind === 'feeds') throw createFeedsFailure(path);
  const { about, lacks } = readClaims(kind, body);
  const [only, ...others] = about.digests;
  const subject = named.subject ?? (others.length === 0 ? (only ?? null) : null);
  const evidence = { kind, mediaType: chooseMediaType(kind, body), body, subject };
  return { evidence, about, lacks };
}

/** The bytes of a document of the log. */
type ReadBody = (digest: Digest) => Promise<Result<Uint8Array>>;

/**
 * Throws EVIDENCE_REJECTED if the document names another image than the one it is to be about. A
 * document about an index may be taken for a platform image that the index lists, where the log has
 * the index.
 */
export async function requireSubject(
  readBody: ReadBody,
  file: string,
  subject: Digest,
  { digests, configs }: DocumentSubjects,
): Promise<void> {
  if (digests.includes(subject) || configs.includes(subject)) return;
  for (const index of digests)
    if ((await listManifestDigests(readBody, index)).members.includes(subject)) return;
  if (digests.length === 0) {
    const { config } = await listManifestDigests(readBody, subject);
    // Without the manifest of the image nobody can tell which configuration it has.
    if (configs.length === 0 || config === null || configs.includes(config)) return;
  }
  const named = [...digests, ...configs].slice(0, 3).join(', ');
  // mutant import-about-another-image by graph-import: remove
  throw new Failure(
    'EVIDENCE_REJECTED',
    `${file} is about ${named}, and --subject says ${subject}`,
    'Leave --subject out, or name the document of that image. For a platform of an index, import ' +
      'the index first: waybill graph import INDEX --kind image.',
  );
}

/** What a manifest of the log names: the platform images of an index, or the configuration. */
async function listManifestDigests(
  readBody: ReadBody,
  digest: Digest,
): Promise<{ readonly members: readonly Digest[]; readonly config: Digest | null }> {
  const body = await readBody(digest);
  const json = body.ok ? parseJson(body.value, { bytesMax: LIMITS.manifestBytesMax }) : body;
  const manifest: JsonObject = json.ok && isJsonObject(json.value) ? json.value : {};
  const { manifests, config } = manifest;
  const listed = Array.isArray(manifests) ? manifests.map((one) => parseDescriptor(one)) : [];
  const named = parseDescriptor(config ?? null);
  return {
    members: listed.flatMap((one) => (one.ok ? [one.value.digest] : [])),
    config: named.ok ? named.value.digest : null,
  };
}

/** What an installation verified or decided is recorded when it does so; a file only claims it. */
const OWN_KINDS: ReadonlySet<EvidenceKind> = new Set(['verification', 'decision', 'facts']);

function createOwnKindFailure(path: string, kind: EvidenceKind): Failure {
  return new Failure(
    'EVIDENCE_REJECTED',
    `${path} is a ${kind} of another installation, which nothing here verified`,
    'Import the documents and the signatures; waybill release and audit verify them here.',
  );
}

/** Which ecosystems are covered is known to an import that read the feeds. */
function createFeedsFailure(path: string): Failure {
  return new Failure(
    'EVIDENCE_REJECTED',
    `${path} says what feeds of another installation cover, which were not read here`,
    'Import the feeds themselves: waybill advisories import FILE.',
  );
}

function recogniseKind(path: string, body: Uint8Array): EvidenceKind {
  const json = parseJson(body, { bytesMax: LIMITS.documentBytesMax });
  // CycloneDX is the form of both: what states analyses alone is no inventory (C28).
  // mutant vex-taken-for-an-inventory by graph-import: condition -> false
  if (json.ok && recogniseVex(json.value) !== null) return 'statement';
  if (recogniseSbom(body) !== null) return 'sbom';
  if (!json.ok) throw json.failure;
  const document = isJsonObject(json.value) ? json.value : {};
  const record = Object.entries(RECORD_KINDS).find(
    ([, name]) => document['apiVersion'] === 'waybill.dev/v1' && document['kind'] === name,
  );
  if (record !== undefined) return record[0] as EvidenceKind;
  const other = refuseOtherVersion(document, 'UNSUPPORTED', path);
  if (other !== null) orThrow(other);
  if (recogniseScan(body) !== null) return 'scan';
  if (typeof document['payloadType'] === 'string') return 'statement';
  if (`${document['_type']}`.startsWith('https://in-toto.io/Statement/')) return 'statement';
  throw new Failure(
    'UNSUPPORTED',
    `${path} is not a known kind of document`,
    `Name its kind: --kind ${Object.keys(EVIDENCE_KINDS).join('|')}.`,
  );
}

function readClaims(
  kind: EvidenceKind,
  body: Uint8Array,
): { readonly about: DocumentSubjects; readonly lacks: readonly string[] } {
  const about = (digests: readonly Digest[], configs: readonly Digest[] = []) => ({
    digests,
    configs,
  });
  // A manifest is about itself.
  if (kind === 'image') return { about: about([sha256(body)]), lacks: [] };
  const images = listVexImages(body);
  if (kind === 'sbom') {
    // mutant vex-imported-as-an-inventory by graph-import: remove
    if (images !== null) throw createVexFailure();
    const sbom = orThrow(readSbom(body));
    const named = sbom.subject === null ? [] : [sbom.subject];
    return { about: about(named), lacks: listSbomGaps(sbom) };
  }
  if (kind === 'statement') {
    const named = readStatementSubjects(body);
    if (named.length > 0 || images === null) return { about: about(named), lacks: [] };
    const lacks = images.length > 1 ? [SEVERAL_IMAGES] : [];
    return { about: about(images), lacks };
  }
  if (kind !== 'scan') return { about: about([]), lacks: [] };
  const { registryDigests, subjects, lacks } = orThrow(readScanDocument(body));
  const configs = subjects.filter((digest) => !registryDigests.includes(digest));
  return { about: about(registryDigests, configs), lacks };
}

const SEVERAL_IMAGES =
  'it is about several images; to count for one of them, import it with --subject DIGEST';

/** The images that a bare VEX document names; null for every other document. */
function listVexImages(body: Uint8Array): readonly Digest[] | null {
  if (body.length > LIMITS.vexDocumentBytesMax) return null;
  const json = parseJson(body, { bytesMax: LIMITS.vexDocumentBytesMax });
  if (!json.ok || recogniseVex(json.value) === null) return null;
  const read = readVex(body);
  if (!read.ok) throw read.failure;
  const products = read.value.flatMap((statement) => statement.products ?? []);
  return [...new Set(products.flatMap(({ digests }) => digests))];
}

function createVexFailure(): Failure {
  return new Failure(
    'EVIDENCE_REJECTED',
    'it states analyses of vulnerabilities (VEX), and no inventory',
    'Leave --kind out: it is imported as a statement.',
  );
}

function chooseMediaType(kind: EvidenceKind, body: Uint8Array): string {
  if (kind in RECORD_KINDS) return RECORD_MEDIA_TYPE;
  if (kind === 'sbom') return recogniseSbom(body)?.mediaType ?? 'application/json';
  if (kind !== 'scan') return 'application/json';
  return getOwn(SCAN_TYPES, recogniseScan(body) ?? '') ?? 'application/json';
}

const SCAN_TYPES: Readonly<Record<string, string>> = {
  'trivy-json': TRIVY_REPORT_TYPE,
  sarif: 'application/sarif+json',
};
