import { resolve } from 'node:path';
import {
  EVIDENCE_KINDS,
  type EvidenceInput,
  type EvidenceKind,
  isEvidenceKind,
  RECORD_KINDS,
  RECORD_MEDIA_TYPE,
} from '../../../capabilities/evidence/index.ts';
import { listSbomGaps, readSbom, recogniseSbom } from '../../../capabilities/inventory/index.ts';
import {
  readScanDocument,
  recogniseScan,
  TRIVY_REPORT_TYPE,
} from '../../../capabilities/scanning/index.ts';
import { refuseOtherVersion } from '../../../core/api-version.ts';
import { type Digest, parseDigest, sha256 } from '../../../core/digest.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { catchUpAdvisories } from '../../compose/advisory-catch-up.ts';
import { openLedger } from '../../compose/graph.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import type { GraphImportCall } from '../options/graph.ts';
import { type Block, showLine, showNote } from '../report/block.ts';
import { type Part, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/**
 * A file is acknowledged when it is on the disk and in the graph; only then its line is printed.
 */
export async function run(call: GraphImportCall): Promise<Report> {
  const inputs: Input[] = [];
  for (const file of call.args) inputs.push(await readNamed(call, resolve(call.io.cwd, file)));
  const config = await loadCallConfig(call);
  const ledger = await openLedger(config);
  return { kind: 'parts', exitCode: 0, parts: importInputs(call, ledger, inputs, config) };
}

async function* importInputs(
  call: GraphImportCall,
  ledger: Awaited<ReturnType<typeof openLedger>>,
  inputs: readonly Input[],
  config: Config,
): AsyncGenerator<Part> {
  try {
    for (const [index, { evidence, lacks }] of inputs.entries()) {
      call.signal.throwIfAborted();
      const [receipt] = orThrow(await ledger.log.append([evidence], toInstant(Date.now())));
      if (receipt === undefined) continue;
      const { kind, subject } = evidence;
      const shown = { file: call.args[index] ?? '', kind, subject, ...receipt, lacks };
      yield {
        value: toValue('graph-import', () => shown),
        blocks: () => showReceipt(shown),
        hints:
          (kind === 'sbom' || kind === 'scan') && subject === null
            ? [
                `it is unknown which image this ${kind} is about, so no question finds it. ` +
                  'Name the image: --subject',
              ]
            : [],
      };
    }
  } finally {
    await ledger.close();
    // mutant graph-import-without-catch-up by server-advisories: remove
    if (inputs.some(({ evidence }) => evidence.kind === 'advisories'))
      await catchUpAdvisories(config);
  }
}

function showReceipt({
  file,
  kind,
  digest,
  position,
  fresh,
  lacks,
}: SchemaValue<'graph-import'>): readonly Block[] {
  const known = fresh ? '' : ', known already';
  return [
    showLine(`${file}: ${kind} ${digest} at position ${position}${known}`),
    ...lacks.map((lack) => showNote(`  lacks: ${lack}`)),
  ];
}

interface Input {
  readonly evidence: EvidenceInput;
  readonly lacks: readonly string[];
}

/** One of several may be the bad one, so a failure names its file. */
async function readNamed(call: GraphImportCall, path: string): Promise<Input> {
  try {
    return await readInput(call, path);
  } catch (thrown) {
    const { code, message, remedy, cause } = toFailure(thrown);
    if (code === 'INTERNAL' || code === 'USAGE' || message.includes(path)) throw thrown;
    throw new Failure(code, `${path}: ${message}`, remedy, { cause });
  }
}

async function readInput(call: GraphImportCall, path: string): Promise<Input> {
  const body = await readFileBounded(path, LIMITS.documentBytesMax);
  if (body.length === 0) throw new Failure('MALFORMED', `${path} is empty`, 'Name the document.');
  const stated = call.options.kind;
  if (stated !== undefined && !isEvidenceKind(stated)) {
    throw new Failure(
      'USAGE',
      `unknown kind ${stated}`,
      `Use one of ${Object.keys(EVIDENCE_KINDS).join(', ')}.`,
    );
  }
  const kind = (stated as EvidenceKind | undefined) ?? recogniseKind(path, body);
  // mutant import-of-verification by cli-bad-input: remove
  if (OWN_KINDS.has(kind)) throw createOwnKindFailure(path, kind);
  // mutant import-of-a-claim-about-feeds by cli-bad-input: remove
  if (kind === 'feeds') throw createFeedsFailure(path);
  const text = call.options.subject;
  const { subject: named, lacks } = readClaims(kind, body);
  const subject = text === undefined ? named : orThrow(parseDigest(text));
  return { evidence: { kind, mediaType: chooseMediaType(kind, body), body, subject }, lacks };
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
  if (recogniseSbom(body) !== null) return 'sbom';
  const json = parseJson(body, { bytesMax: LIMITS.documentBytesMax });
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
  throw new Failure(
    'UNSUPPORTED',
    `${path} is not a known kind of document`,
    `Name its kind: --kind ${Object.keys(EVIDENCE_KINDS).join('|')}.`,
  );
}

interface DocumentClaims {
  readonly subject: Digest | null;
  /** What a document of another tool does not say. */
  readonly lacks: readonly string[];
}

/**
 * An unreadable document is refused here, where the user can fix it: the log accepts any document.
 */
function readClaims(kind: EvidenceKind, body: Uint8Array): DocumentClaims {
  if (kind === 'image') return { subject: sha256(body), lacks: [] }; // a manifest is about itself
  if (kind === 'sbom') {
    const sbom = orThrow(readSbom(body));
    return { subject: sbom.subject, lacks: listSbomGaps(sbom) };
  }
  if (kind !== 'scan') return { subject: null, lacks: [] };
  const { registryDigests, lacks } = orThrow(readScanDocument(body));
  const [only, ...others] = registryDigests;
  return { subject: others.length === 0 ? (only ?? null) : null, lacks };
}

function chooseMediaType(kind: EvidenceKind, body: Uint8Array): string {
  if (kind in RECORD_KINDS) return RECORD_MEDIA_TYPE;
  if (kind === 'sbom')
    return Buffer.from(body.subarray(0, 4_096)).includes('SPDX')
      ? 'application/spdx+json'
      : 'application/vnd.cyclonedx+json';
  if (kind !== 'scan') return 'application/json';
  return recogniseScan(body) === 'trivy-json' ? TRIVY_REPORT_TYPE : 'application/sarif+json';
}
