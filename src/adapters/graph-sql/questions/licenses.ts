import {
  type EvidenceAnswer,
  type LicenceAnswer,
  type Licenses,
  type Question,
  readStatedLicences,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { readDocumentBody } from './document-body.ts';
import { readEdgeEvidence } from './evidence.ts';
import { combineInventories, readImageSets } from './findings.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { nameImage, type ResolvedSubject, resolveSubject } from './subject.ts';

/** What the SBOMs of an image or a release state about licences, by licence. */
export async function answerLicenses(
  scope: Scope,
  { subject }: Question<'licenses'>,
): Promise<Licenses> {
  const meant = await resolveSubject(scope, subject);
  const { inventory, byPurl, ...read } = await readLicences(scope, meant);
  const all = groupByLicence(byPurl);
  const rowsMax = checkRowsMax(scope.ask.page);
  const after = parseCursor(scope.ask.page.after, ['string'])?.[0];
  const rest = all.filter(({ licence }) => after === undefined || (licence ?? '') > String(after));
  const shown = rest.slice(0, rowsMax);
  return {
    ...nameImage(subject),
    licenses: shown,
    unlicensed: all.find(({ licence }) => licence === null)?.components ?? 0,
    inventory,
    ...read,
    next: rest.length > rowsMax ? formatCursor([shown.at(-1)?.licence ?? '']) : null,
  };
}

export interface SubjectLicences
  extends Pick<Licenses, 'inventory' | 'documents' | 'unread' | 'more'> {
  /** The licences of each component; none: no SBOM states one. */
  readonly byPurl: ReadonlyMap<Purl, readonly string[]>;
}

/** The licences of the components of these images, as their SBOMs state them. */
export async function readLicences(
  scope: Scope,
  { families, all }: ResolvedSubject,
): Promise<SubjectLicences> {
  const sets = await readImageSets(scope, all);
  const said = await readEdgeEvidence(
    scope,
    'image_set',
    sets.map(({ id }) => id),
  );
  const wanted = [...new Set([...said.values()].flat().map(({ document }) => document))];
  const documents: Digest[] = [];
  const unread: Digest[] = [];
  const byPurl = new Map<Purl, Set<string>>();
  for (const document of wanted.slice(0, LIMITS.whyDocumentsMax)) {
    const stated = await readStated(scope, document);
    (stated === null ? unread : documents).push(document);
    for (const { purl, licences } of stated ?? []) {
      const known = byPurl.get(purl) ?? new Set();
      for (const licence of licences) if (licence !== '') known.add(licence);
      byPurl.set(purl, known);
    }
  }
  return {
    inventory: combineInventories(sets, families),
    documents,
    unread,
    more: isCut(wanted, said),
    byPurl: new Map([...byPurl].map(([purl, licences]) => [purl, [...licences].sort()])),
  };
}

/** Of one edge, no more documents are named than LIMITS.rowEvidenceMax. */
function isCut(
  wanted: readonly Digest[],
  said: ReadonlyMap<number, readonly EvidenceAnswer[]>,
): boolean {
  const isFull = [...said.values()].some(({ length }) => length >= LIMITS.rowEvidenceMax);
  // mutant licences-of-more-sboms by licenses: value -> false
  return isFull || wanted.length > LIMITS.whyDocumentsMax;
}

async function readStated(scope: Scope, document: Digest) {
  const body = await readDocumentBody(scope, document);
  return body === null ? null : readStatedLicences(body);
}

function groupByLicence(byPurl: ReadonlyMap<Purl, readonly string[]>): readonly LicenceAnswer[] {
  const groups = new Map<string, Purl[]>();
  for (const [purl, licences] of byPurl)
    for (const licence of licences.length === 0 ? [''] : licences) {
      const held = groups.get(licence);
      if (held === undefined) groups.set(licence, [purl]);
      else held.push(purl);
    }
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([licence, purls]) => ({
      licence: licence === '' ? null : licence,
      components: purls.length,
      examples: purls.sort().slice(0, LIMITS.releaseComponentsMax),
    }));
}
