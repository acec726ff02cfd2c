import {
  type Material,
  type ProvenOrigin,
  readProvenOrigin,
} from '../../capabilities/attestation/index.ts';
import {
  type Facts,
  type MaterialFact,
  makeUnknownFact,
  type UnknownFact,
} from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { getOwn } from '../../core/own.ts';
import type { AttachedDocument, ImageEvidence } from '../image-evidence/image-evidence.ts';
import { createMissingFailure, removeDuplicates } from './fact-lists.ts';
import { readOrigin, type SourceOrigin } from './gated-source.ts';
import { AGREE, ATTACH, PROVE } from './remedies.ts';

/** The commit that trusted provenance proves, with its repository; null: none. */
export function findOrigin(evidence: ImageEvidence): SourceOrigin | null {
  return readOrigin(buildProvenanceFact(evidence));
}

/**
 * What the trusted provenances of an image state together. One that is silent contradicts no other:
 * what `waybill release` states beside that of the builder.
 */
export function buildProvenanceFact(evidence: ImageEvidence): NonNullable<Facts['provenance']> {
  const counting = evidence.documents.items.filter(
    ({ kind, standing }) => kind === 'provenance' && standing.kind === 'counts',
  );
  // What was built as one index has one provenance.
  const about = (member: Digest): readonly AttachedDocument[] =>
    counting.filter((found) => found.about === member || found.about === evidence.subject.digest);
  const members = evidence.members.map(({ descriptor }) => descriptor.digest);
  const bare = members.find((member) => about(member).length === 0);
  if (evidence.documents.missing !== null) return makeUnknownFact(evidence.documents.missing);
  if (bare !== undefined)
    return makeUnknownFact(
      createMissingFailure(`no trusted provenance of ${bare} was found`, ATTACH),
    );
  const origins = members.map((member) => about(member).flatMap(readOrigins));
  const agree = (what: keyof ProvenOrigin) =>
    findAgreedValue(
      what,
      origins.map((stated) => stated.flatMap((one) => one[what] ?? [])),
    );
  return {
    builder: agree('builder'),
    repository: agree('repository'),
    commit: agree('commit'),
    materials: removeDuplicates(
      counting.flatMap(({ content }) =>
        content.kind === 'provenance' ? content.provenance.materials.map(toMaterialFact) : [],
      ),
      ({ uri }) => uri,
    ),
  };
}

function readOrigins({ content }: AttachedDocument): readonly ProvenOrigin[] {
  return content.kind === 'provenance' ? [readProvenOrigin(content.provenance)] : [];
}

/** The one value that is proven for every member. */
function findAgreedValue(
  what: string,
  values: readonly (readonly string[])[],
): string | UnknownFact {
  const [first, ...others] = [...new Set(values.flat())];
  // mutant provenance-of-one-member by provenance-fact: remove operand 2
  if (first === undefined || values.some((stated) => stated.length === 0))
    return makeUnknownFact(createMissingFailure(`no trusted provenance proves the ${what}`, PROVE));
  // mutant provenances-that-disagree by provenance-fact: condition -> true
  if (others.length === 0) return first;
  return makeUnknownFact(
    createMissingFailure(`the trusted provenances disagree about the ${what}`, AGREE),
  );
}

function toMaterialFact({ uri, name, digest }: Material): MaterialFact {
  const place = uri ?? name ?? 'unnamed';
  const first = chooseDigest(digest ?? {});
  return {
    uri: place,
    digest:
      first === undefined
        ? makeUnknownFact(
            createMissingFailure(
              `${place} has no digest`,
              'Let the builder record the digest of each material.',
            ),
          )
        : first,
  };
}

/**
 * One of several digests of the same thing. They are a set (in-toto "DigestSet"), so the order in
 * which a builder wrote them decides nothing. `gitCommit` says more than its equal `sha1`.
 */
const PREFERRED = ['sha256', 'sha384', 'sha512', 'gitCommit'];

function chooseDigest(digests: Readonly<Record<string, string>>): string | undefined {
  // mutant digest-set-is-a-set by provenance-fact: call -> $receiver
  const others = Object.keys(digests).sort();
  const algorithm = [...PREFERRED, ...others].find((name) => Object.hasOwn(digests, name));
  return algorithm === undefined ? undefined : `${algorithm}:${getOwn(digests, algorithm)}`;
}
