import { type Facts, PartialList } from '../../capabilities/policy/index.ts';
import { type Digest, hashPieces } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import { buildImageFacts } from '../facts/facts.ts';
import type { ImageEvidence } from '../image-evidence/image-evidence.ts';
import { findValidUntil } from '../image-evidence/valid-until.ts';
import type { DocumentsInForce, GraphFacts } from './desk-ports.ts';

/** Evidence with the facts that it shows, and how long both may be cached. */
export interface WeighedEvidence {
  readonly evidence: ImageEvidence;
  readonly facts: Facts;
  readonly evidenceRevision: Digest;
  readonly findingsRevision: Digest;
  readonly advisoriesRevision: string;
  readonly gatheredAt: Instant;
  readonly life: number;
  /** When the first signature that counts expires. */
  readonly validUntil: Instant | null;
  /** Size in bytes of the documents behind it. */
  readonly weight: number;
}

export interface WeighingInput {
  readonly inForce: DocumentsInForce;
  readonly graph: GraphFacts;
  readonly gatheredAt: Instant;
  /** See ReadLimits. */
  readonly matchStepsMax?: number | undefined;
}

/** Turns evidence into facts by the documents that are in force. */
export async function weighEvidence(
  evidence: ImageEvidence,
  { inForce, graph, gatheredAt, matchStepsMax }: WeighingInput,
): Promise<Result<WeighedEvidence>> {
  const { trust, advisories, advisoriesRevision } = inForce;
  const limit = matchStepsMax === undefined ? {} : { matchStepsMax };
  const sources = { trust, advisories, ...graph, ...limit };
  const built = await buildImageFacts(evidence, gatheredAt, sources);
  if (!built.ok) return built;
  const facts = built.value;
  const { findings, advisories: data, ...rest } = facts;
  const validUntil = findValidUntil(evidence);
  return ok({
    evidence,
    facts,
    evidenceRevision: hashFacts({ ...rest, validUntil }),
    findingsRevision: hashFacts({ findings, data }),
    advisoriesRevision,
    gatheredAt,
    life: chooseLifetime(evidence),
    validUntil,
    weight: measureWeight(evidence),
  });
}

/** Evidence with a gap is read again soon: the gap may come from an outage. */
function chooseLifetime(evidence: ImageEvidence): number {
  const gaps: (Failure | null)[] = [evidence.signatures.missing, evidence.documents.missing];
  const open = evidence.documents.items.some(
    // mutant document-outage-cached-shortly by 5-the-desk: remove operand 2
    ({ standing, content }) => standing.kind === 'undetermined' || content.kind === 'unreadable',
  );
  const unsure = evidence.signatures.items.some((found) => found.result.kind === 'undetermined');
  // mutant evidence-outage-cached-shortly by 5-the-desk: condition -> $operand2
  return open || unsure || gaps.some((gap) => gap !== null)
    ? LIMITS.undeterminedCacheMs
    : LIMITS.verdictCacheMs;
}

/** Facts may contain failures, so their text is hashed; equal facts give equal text. */
function hashFacts(facts: object): Digest {
  return hashPieces(listPieces(facts));
}

function* listPieces(facts: object): Generator<string> {
  for (const [name, fact] of Object.entries(facts)) {
    const items = fact instanceof PartialList ? fact.items : fact;
    const form = Array.isArray(items) ? 'list' : 'one';
    yield `${name} ${form} ${fact instanceof PartialList ? encode(fact.rest) : ''}:`;
    for (const item of Array.isArray(items) ? items : [items]) yield `${encode(item)},`;
  }
}

function encode(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Error ? [part.name, part.message, 'code' in part ? part.code : null] : part,
  );
}

/** A clock that was set back proves nothing about what was seen at a later time. */
export function isFresh(weighed: WeighedEvidence, now: Instant): boolean {
  const { gatheredAt, life } = weighed;
  // mutant evidence-life by 5-the-desk: remove operand 2
  // mutant evidence-from-the-future by 5-the-desk: remove operand
  // mutant evidence-certificate-lapses by 5-the-desk: remove operand 3
  return now >= gatheredAt && now < gatheredAt + life && !isLapsed(weighed, now);
}

export function isLapsed({ validUntil }: WeighedEvidence, now: Instant): boolean {
  return validUntil !== null && now >= validUntil;
}

/** Whether any of `digests` is the image, one of its members or a document about them. */
export function mentionsAny(
  { subject, members, documents }: ImageEvidence,
  digests: ReadonlySet<Digest>,
): boolean {
  return (
    digests.has(subject.digest) ||
    members.some(({ descriptor }) => digests.has(descriptor.digest)) ||
    documents.items.some(({ manifest }) => digests.has(manifest.digest))
  );
}

const WEIGHT_OF_NOTHING = 16 * 1024;

function measureWeight({ documents }: ImageEvidence): number {
  const sizes = documents.items.map(({ content, document }) =>
    content.kind === 'unread' || content.kind === 'unreadable' ? 0 : (document?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, WEIGHT_OF_NOTHING);
}
