import {
  type AffectedComponent,
  type EvidenceAnswer,
  type ExcusedComponent,
  type ExposedRelease,
  readVex,
  type VexStatement,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { matchesPackage, parsePackagePurl } from '../../../core/package-purl.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readEvidenceAt } from './evidence.ts';
import { readDigests, readKin } from './kin.ts';
import { isBelieved, type Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';

export interface VexOutcome {
  readonly exposed: readonly ExposedRelease[];
  readonly excused: readonly ExcusedComponent[];
}

/** A statement, the image of its document, the related images, and the document. */
interface VexClaim {
  readonly statement: VexStatement;
  readonly evidence: EvidenceAnswer;
}

/**
 * What trusted VEX statements exclude from these releases. A statement counts if its document is
 * about the image, its signature was found trusted, and it was made by the moment of the question.
 * If there are several, the last one counts; of equal ones, the one that excludes nothing
 * (foundation 2: only trusted evidence proves absence).
 */
export async function applyVex(
  scope: Scope,
  names: readonly string[],
  releases: readonly ExposedRelease[],
): Promise<VexOutcome> {
  const images = [
    ...new Set(releases.flatMap(({ components }) => components.map(({ image }) => image))),
  ];
  const said = await readImageClaims(scope, images);
  if (said.size === 0) return { exposed: releases, excused: [] };
  const wanted = new Set(names.map((name) => name.toUpperCase()));
  const excused: ExcusedComponent[] = [];
  const exposed = releases.flatMap((release): readonly ExposedRelease[] => {
    const left: AffectedComponent[] = [];
    for (const component of release.components) {
      const about = said.get(component.image) ?? { kin: [], said: [] };
      const last = findLastClaim(
        about.said,
        wanted,
        component,
        [component.image, ...about.kin],
        scope.moment,
      );
      if (last === null) left.push(component);
      else excused.push(toExcusedComponent(last, release, component));
    }
    return replaceComponents(release, left);
  });
  return { exposed, excused };
}

/**
 * A release whose components are not all shown stays exposed: a statement cannot cover hidden
 * components.
 */
function replaceComponents(
  release: ExposedRelease,
  components: readonly AffectedComponent[],
): readonly ExposedRelease[] {
  if (components.length === release.components.length || release.componentsMore)
    return [{ ...release, components }];
  if (!components.some(({ status }) => status === 'affected')) return [];
  const images = new Set(components.map(({ image }) => image));
  const deployments = release.deployments.flatMap((deployment) => {
    const affected = deployment.affected.filter((image) => images.has(image));
    return affected.length === 0 ? [] : [{ ...deployment, affected }];
  });
  return [{ ...release, components, deployments }];
}

function toExcusedComponent(
  { statement, evidence }: VexClaim,
  { name, version }: ExposedRelease,
  { purl, image }: AffectedComponent,
): ExcusedComponent {
  const status = statement.status === 'fixed' ? 'fixed' : 'not_affected';
  return {
    release: { name, version },
    ...{ purl, image, status, justification: statement.justification, evidence: [evidence] },
  };
}

function findLastClaim(
  said: readonly VexClaim[],
  names: ReadonlySet<string>,
  { purl }: AffectedComponent,
  images: readonly Digest[],
  moment: number,
): VexClaim | null {
  let last: VexClaim | null = null;
  for (const one of said) {
    const { statement } = one;
    if (statement.at > moment || !statement.names.some((name) => names.has(name.toUpperCase())))
      continue;
    if (!isAbout(statement, purl, images)) continue;
    const stands =
      last === null ||
      statement.at > last.statement.at ||
      (statement.at === last.statement.at && !removesFinding(statement));
    if (stands) last = one;
  }
  return last !== null && removesFinding(last.statement) ? last : null;
}

function removesFinding({ status }: VexStatement): boolean {
  return status === 'not_affected' || status === 'fixed';
}

/** The whole image, or the component: as a product of its own or as a part of the image. */
function isAbout({ products }: VexStatement, purl: string, images: readonly Digest[]): boolean {
  return products.some(({ purl: product, digests, subcomponents }) => {
    const isImage = digests.some((digest) => images.includes(digest));
    if (subcomponents.length > 0)
      return isImage && subcomponents.some((part) => isPackage(part, purl));
    return isImage || (digests.length === 0 && product !== null && isPackage(product, purl));
  });
}

function isPackage(said: string, purl: string): boolean {
  const [meant, found] = [parsePackagePurl(said), parsePackagePurl(purl)];
  return meant.ok && found.ok && matchesPackage(meant.value, found.value);
}

interface ImageClaims {
  readonly said: readonly VexClaim[];
  readonly kin: readonly Digest[];
}

async function readImageClaims(
  scope: Scope,
  images: readonly Digest[],
): Promise<ReadonlyMap<Digest, ImageClaims>> {
  const found = new Map<Digest, ImageClaims>();
  if (images.length === 0) return found;
  const subjects = await readSubjects(scope, images);
  const bodies = await queryDocuments(scope, [...new Set([...subjects.values()].flat())]);
  if (bodies.length === 0) return found;
  const documents = await readEvidenceAt(
    scope,
    bodies.map(({ position }) => position),
  );
  const bySubject = new Map<string, VexClaim[]>();
  for (const { position, subject, body } of bodies) {
    const evidence = documents.get(position);
    const read = body.length > LIMITS.vexDocumentBytesMax ? null : readVex(body);
    if (evidence === undefined || read?.ok !== true) continue;
    const said = read.value.map((statement) => ({ statement, evidence }));
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), ...said]);
  }
  for (const [image, kin] of subjects)
    found.set(image, { said: kin.flatMap((one) => bySubject.get(one) ?? []), kin });
  return found;
}

/** Each image with its indexes and members. */
async function readSubjects(
  scope: Scope,
  images: readonly Digest[],
): Promise<ReadonlyMap<Digest, readonly Digest[]>> {
  const ids = new Map<number, Digest>();
  for (const some of splitIntoChunks(images)) {
    const rows = await scope.db
      .selectFrom('image')
      .select(['id', 'digest'])
      .where('shard', '=', scope.shard)
      .where('digest', 'in', some)
      .execute();
    for (const { id, digest } of rows) ids.set(id, digest as Digest);
  }
  const kin = await readKin(scope, [...ids.keys()]);
  const digests = await readDigests(scope, [...new Set([...kin.values()].flat())]);
  return new Map(
    [...ids].map(([id, digest]) => [
      digest,
      [digest, ...(kin.get(id) ?? []).flatMap((near) => digests.get(near) ?? [])],
    ]),
  );
}

/**
 * Statements about these subjects with a signature that was found trusted, as believed then. The
 * newest, up to a limit.
 */
async function queryDocuments(scope: Scope, subjects: readonly Digest[]) {
  const rows = [];
  for (const some of splitIntoChunks(subjects)) {
    rows.push(
      ...(await scope.db
        .selectFrom('log_entry')
        .innerJoin('document', (on) =>
          on
            .onRef('document.shard', '=', 'log_entry.shard')
            .onRef('document.digest', '=', 'log_entry.digest'),
        )
        .select(['log_entry.position', 'log_entry.subject', 'document.body'])
        .where('log_entry.shard', '=', scope.shard)
        .where('log_entry.subject', 'in', some)
        .where('log_entry.kind', '=', 'statement')
        .where('log_entry.size', '<=', LIMITS.vexDocumentBytesMax)
        .where('log_entry.position', '<=', scope.known)
        .where((row) =>
          row.exists(
            row
              .selectFrom('verification')
              .select('verification.id')
              .where('verification.shard', '=', scope.shard)
              .whereRef('verification.document', '=', 'log_entry.digest')
              .where('verification.outcome', '=', 'trusted')
              .where((inner) => isBelieved(inner, 'verification', scope)),
          ),
        )
        .$if(scope.ask.signedBy !== null, (query) =>
          query.where((row) => isSignedDocument(scope, row, 'log_entry.digest')),
        )
        .orderBy('log_entry.position', 'desc')
        .limit(LIMITS.vexDocumentsMax)
        .execute()),
    );
  }
  return rows
    .slice(0, LIMITS.vexDocumentsMax)
    .flatMap(({ position, subject, body }) =>
      subject === null ? [] : [{ position, subject, body }],
    );
}
