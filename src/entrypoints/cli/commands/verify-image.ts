import { listSbomGaps } from '../../../capabilities/inventory/index.ts';
import { formatImageReference, formatRepository } from '../../../core/image-reference.ts';
import {
  type AnswerInstant,
  formatAnswerInstant,
  type Instant,
  shortenInstant,
  toInstant,
} from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { orThrow } from '../../../core/result.ts';
import {
  type AttachedDocument,
  askAhead,
  gatherImage,
  type ImageEvidence,
  judgeStanding,
  type SearchedPlace,
  type Standing,
  type Survey,
  surveyStorage,
  type TrustMaterial,
} from '../../../gates/image-evidence/index.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';
import { requireOwnBundle } from '../../compose/release-bundles.ts';
import { openImageTarget } from '../../compose/take-inventory.ts';
import type { Target } from '../../compose/targets.ts';
import { loadTrust } from '../../compose/trust.ts';
import type { Config } from '../../config/config.ts';
import { readTargetContext } from '../call-config.ts';
import type { VerifyCall } from '../options/signing.ts';
import { parsePredicateType } from '../predicate-type.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import {
  type EvidenceLine,
  findReason,
  formatStanding,
  showEvidence,
  toExitCode,
  toLine,
} from './standing-output.ts';

type ImageTarget = Target & { readonly kind: 'image' | 'layout' };

/**
 * Everything that is attached to an image: where it was found, who signed it, whether it counts,
 * and if not, why.
 */
export async function verifyImage(
  call: VerifyCall,
  config: Config,
  target: ImageTarget,
  patienceMs: number = LIMITS.verifyMs,
): Promise<Report> {
  const trust = narrowTrust(call, target, orThrow(await loadTrust(config)));
  const { source, reference, close } = await openImageTarget(
    target,
    readTargetContext(call, config),
  );
  try {
    // A registry that hangs is asked many times: this is the time for all requests together.
    // mutant verify-without-a-deadline by e2e/verify: argument -> [call.signal]
    const options = {
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(patienceMs)]),
    };
    const place = { kind: target.kind, source, reference };
    await requireOwnBundle(place, call.options.expectBundle, options.signal);
    const asked = target.kind === 'image' ? askAhead(source, reference, options) : source;
    const now = toInstant(Date.now());
    const ports = { source: asked, trust, reading: readWithinBudget, showsAll: true };
    const evidence = orThrow(await gatherImage(reference, now, ports, options));
    const survey = await surveyStorage(evidence, asked, options);
    const shown = buildReport(
      evidence,
      survey,
      { trust, now },
      hasRepository(call, target) ? null : NO_REPOSITORY,
      call.options.type === undefined ? null : parsePredicateType(call.options.type),
    );
    return {
      kind: 'result',
      exitCode: toExitCode(shown.standing),
      value: toValue('verify', () => shown),
      blocks: () => showReport(shown),
    };
  } finally {
    close();
  }
}

const NO_REPOSITORY =
  'an image on disk belongs to no repository, and trust is given by repository: name the ' +
  'repository with --as registry.example.com/team/app';

function hasRepository(call: VerifyCall, target: ImageTarget): boolean {
  return target.kind === 'image' || call.options.as !== undefined;
}

/**
 * If no repository is named, no signer is trusted to state anything about the image, even if a
 * pattern of the document would match.
 */
function narrowTrust(call: VerifyCall, target: ImageTarget, trust: TrustMaterial): TrustMaterial {
  return hasRepository(call, target)
    ? trust
    : { ...trust, document: { ...trust.document, rules: [] } };
}

interface ImageReport {
  readonly image: string;
  readonly digest: string;
  /** The standing of the image as a whole. */
  readonly standing: Standing['kind'];
  readonly reason: string | null;
  readonly searched: readonly {
    readonly about: string;
    readonly place: SearchedPlace['place'];
    readonly tag: string | null;
    readonly found: number;
    readonly missing: string | null;
  }[];
  readonly signatures: readonly SignatureLine[];
  readonly documents: readonly DocumentLine[];
  /** Found, but not read, and why: it never counts. */
  readonly unread: readonly {
    readonly digest: string;
    readonly about: string;
    readonly what: string;
    readonly why: string;
  }[];
  readonly missing: string | null;
}

interface SignatureLine extends EvidenceLine {
  readonly digest: string;
  /** Of its envelope, or of the place where it was found. */
  readonly format: string;
  /** Of the identity token; null for all others. */
  readonly issuer: string | null;
}

interface DocumentLine extends EvidenceLine {
  readonly digest: string;
  readonly kind: string;
  readonly mediaType: string;
  readonly predicateType: string | null;
  readonly about: string;
  readonly createdAt: AnswerInstant | null;
  /** What a document that could be read does not say. */
  readonly lacks: readonly string[];
}

function buildReport(
  evidence: ImageEvidence,
  survey: Survey,
  { trust, now }: { readonly trust: TrustMaterial; readonly now: Instant },
  unscoped: string | null,
  wantedType: string | null,
): ImageReport {
  const { reference, subject, signatures } = evidence;
  const { missing } = evidence.documents;
  const items = evidence.documents.items.filter(
    ({ content }) => wantedType === null || content.predicateType === wantedType,
  );
  const documents = { items, missing };
  const about = { repository: formatRepository(reference), trust, now };
  const whole =
    wantedType === null
      ? judgeStanding(about, 'image', signatures.items, signatures.missing)
      : judgeType(wantedType, documents);
  const lies = whole.kind === 'does-not-count' && signatures.items.length > 0 ? unscoped : null;
  return {
    image: formatImageReference({ ...reference, digest: subject.digest }),
    digest: subject.digest,
    standing: whole.kind,
    reason: lies ?? findReason(whole),
    searched: survey.searched.map((one) => ({ ...one, missing: one.missing?.message ?? null })),
    signatures: signatures.items.map((found) => ({
      digest: found.manifest,
      ...describeForm(found),
      ...toLine(judgeStanding(about, 'image', [found], null), [found.result]),
    })),
    documents: documents.items.map(toDocumentLine),
    unread: survey.unread.map(({ about: of, manifest, what, why }) => ({
      digest: manifest.digest,
      about: of,
      what,
      why,
    })),
    missing: (signatures.missing ?? documents.missing)?.message ?? null,
  };
}

/** A46: a statement of this type and of no other, by a signer who is trusted for it. */
function judgeType(type: string, { items, missing }: ImageEvidence['documents']): Standing {
  const standings = items.map(({ standing }) => standing);
  const [first] = standings;
  const counting = standings.find(({ kind }) => kind === 'counts');
  // mutant statement-of-the-type-that-counts by attest: condition -> first !== undefined
  if (counting !== undefined) return counting;
  const open = standings.find(({ kind }) => kind === 'undetermined');
  if (open !== undefined) return open;
  if (missing !== null) return { kind: 'undetermined', cause: missing };
  const why = `no statement of the type ${type} was found`;
  return first ?? { kind: 'does-not-count', signer: null, why };
}

function describeForm({ format, result }: ImageEvidence['signatures']['items'][number]) {
  const signer = result.kind === 'undetermined' ? null : result.signer;
  const issuer = signer !== null && 'issuer' in signer ? signer.issuer : null;
  return { format: signer?.format ?? format, issuer };
}

function toDocumentLine(found: AttachedDocument): DocumentLine {
  const unreadable = found.content.kind === 'unreadable' ? found.content.cause.message : null;
  const line = toLine(
    found.standing,
    found.signatures.map(({ result }) => result),
  );
  return {
    digest: found.manifest.digest,
    kind: found.kind === 'other' ? 'other statement' : found.kind,
    mediaType: found.document?.mediaType ?? 'unknown',
    predicateType: found.content.predicateType ?? null,
    about: found.about,
    createdAt: found.createdAt === null ? null : formatAnswerInstant(found.createdAt),
    lacks: listLacks(found),
    ...line,
    reason: unreadable ?? line.reason,
  };
}

/** A scan that states its own completeness was made by Waybill and has no other gaps. */
function listLacks({ content, outcome }: AttachedDocument): readonly string[] {
  if (content.kind === 'sbom') return listSbomGaps(content.sbom);
  return content.kind === 'scan' && outcome === null ? content.scan.lacks : [];
}

/** The usual form is not named again in each line; JSON has it. */
function formatLabel(format: string): string {
  return format.startsWith('notary') ? 'signature' : `${toOneLine(format, 200)} signature`;
}

function describeTime(at: AnswerInstant | null): string {
  return at === null ? 'unknown time' : shortenInstant(at);
}

function showReport(shown: ImageReport): readonly Block[] {
  return [
    showLine(...formatStanding(shown.image, shown)),
    ...shown.signatures.flatMap((one) => showEvidence(formatLabel(one.format), one.digest, one)),
    ...shown.documents.flatMap((one) => [
      ...showEvidence(
        `${one.kind} of ${describeTime(one.createdAt)}, ${one.mediaType}`,
        one.digest,
        one,
      ),
      ...one.lacks.map((lack) => showLine(`    lacks: ${lack}`)),
    ]),
    ...shown.unread.map((one) => showLine(`  not read: ${one.what}: ${one.why} (${one.digest})`)),
    ...(shown.missing === null ? [] : [showLine(`  incomplete: ${shown.missing}`)]),
    ...shown.searched.map((one) => showLine(formatPlace(one, shown))),
  ];
}

const PLACES: Readonly<Record<SearchedPlace['place'], string>> = {
  api: 'the referrers API',
  'fallback-tag': 'the referrers tag',
  layout: 'the layout',
  referrers: 'the referrers',
  tag: 'the tag',
};

function formatPlace(
  { about, place, tag, found, missing }: ImageReport['searched'][number],
  shown: ImageReport,
): string {
  const of = about === shown.digest ? '' : ` of ${about}`;
  const outcome = missing === null ? `${found} found` : `could not be searched: ${missing}`;
  return (
    `  searched ${PLACES[place]}${tag === null ? '' : ` ${tag}`}${tag === null ? of : ''}: ` +
    `${outcome}`
  );
}
