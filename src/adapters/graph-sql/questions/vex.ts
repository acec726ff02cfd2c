import { parseRecord } from '../../../capabilities/evidence/index.ts';
import type {
  AffectedComponent,
  EvidenceAnswer,
  ExcusedComponent,
  ExposedRelease,
} from '../../../capabilities/graph/index.ts';
import type { VexClaim, VexClaims } from '../../../capabilities/scanning/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readEvidenceAt } from './evidence.ts';
import { readDigests, readIndexes, readMembers } from './kin.ts';
import { isBelieved, type Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';

export interface VexOutcome {
  readonly exposed: readonly ExposedRelease[];
  readonly excused: readonly ExcusedComponent[];
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
  const { kin, claims } = await readImageClaims(scope, images);
  if (claims === null || claims.isEmpty) return { exposed: releases, excused: [] };
  const excused: ExcusedComponent[] = [];
  const exposed = releases.flatMap((release): readonly ExposedRelease[] => {
    const left: AffectedComponent[] = [];
    for (const component of release.components) {
      const { purl, image } = component;
      const target = { purl, image, ...(kin.get(image) ?? NO_KIN) };
      const last = claims.findExcuse(names, target, scope.moment);
      if (last === null) left.push(component);
      else excused.push(toExcusedComponent(last, release, component));
    }
    return replaceComponents(release, left);
  });
  return { exposed, excused };
}

/** The statement that excludes a vulnerability of these names from a component of an image. */
export type FindExcuse = (
  names: readonly string[],
  purl: string,
  image: Digest,
) => VexClaim<EvidenceAnswer> | null;

/** What trusted VEX statements exclude from these images; null: no such statement is known. */
export async function readExcuses(
  scope: Scope,
  images: readonly Digest[],
): Promise<FindExcuse | null> {
  const { kin, claims } = await readImageClaims(scope, images);
  if (claims === null || claims.isEmpty) return null;
  return (names, purl, image) =>
    claims.findExcuse(names, { purl, image, ...(kin.get(image) ?? NO_KIN) }, scope.moment);
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
  { statement, source }: VexClaim<EvidenceAnswer>,
  { name, version }: ExposedRelease,
  { purl, image }: AffectedComponent,
): ExcusedComponent {
  const status = statement.status === 'fixed' ? 'fixed' : 'not_affected';
  return {
    release: { name, version },
    ...{ purl, image, status, justification: statement.justification, evidence: [source] },
  };
}

/** The indexes that list an image, and the images that an index lists. */
export interface Kin {
  readonly indexes: readonly Digest[];
  readonly members: readonly Digest[];
}

const NO_KIN: Kin = { indexes: [], members: [] };

async function readImageClaims(scope: Scope, images: readonly Digest[]) {
  const kin = await readDigestKin(scope, images);
  return { kin, claims: await readVexClaims(scope, kin) };
}

/** The trusted statements about these images and what is related to them; null if none. */
export async function readVexClaims(
  scope: Scope,
  kin: ReadonlyMap<Digest, Kin>,
): Promise<VexClaims<EvidenceAnswer> | null> {
  const subjects = [...kin].flatMap(([image, { indexes, members }]) => [
    image,
    ...indexes,
    ...members,
  ]);
  const bodies = await queryDocuments(scope, [...new Set(subjects)]);
  if (bodies.length === 0) return null;
  // Most graphs have no such document: no thread needs these modules then.
  const scanning = await import('../../../capabilities/scanning/index.ts');
  const documents = await readEvidenceAt(
    scope,
    bodies.map(({ position }) => position),
  );
  const claims = bodies.flatMap(({ position, subject, body }): VexClaim<EvidenceAnswer>[] => {
    const source = documents.get(position);
    const read = body.length > LIMITS.vexDocumentBytesMax ? null : scanning.readVex(body);
    if (source === undefined || read?.ok !== true) return [];
    return read.value.map((statement) => ({ statement, about: subject as Digest, source }));
  });
  return new scanning.VexClaims(claims);
}

async function readDigestKin(
  scope: Scope,
  images: readonly Digest[],
): Promise<ReadonlyMap<Digest, Kin>> {
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
  const above = await readIndexes(scope, [...ids.keys()]);
  const below = await readMembers(scope, [...ids.keys()]);
  const near = [...above.values(), ...below.values()].flat();
  const digests = await readDigests(scope, [...new Set(near)]);
  const toDigests = (found: readonly number[] | undefined): readonly Digest[] =>
    (found ?? []).flatMap((id) => digests.get(id) ?? []);
  return new Map(
    [...ids].map(([id, digest]) => [
      digest,
      { indexes: toDigests(above.get(id)), members: toDigests(below.get(id)) },
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
        .select(['log_entry.position', 'log_entry.digest', 'log_entry.subject', 'document.body'])
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
  const newest = rows.slice(0, LIMITS.vexDocumentsMax);
  const digests = [...new Set(newest.map(({ digest }) => digest))];
  const mandated = await readMandated(scope, digests, 'vex');
  return newest.flatMap(({ position, digest, subject, body }) =>
    subject === null || !mandated.has(digest) ? [] : [{ position, subject, body }],
  );
}

/**
 * The documents with a trusted signature whose signer may state this, as the verification recorded
 * it. An older record does not say what the signer may state: it counts as it did.
 */
export async function readMandated(
  scope: Scope,
  digests: readonly string[],
  kind: 'vex' | 'sbom',
): Promise<ReadonlySet<string>> {
  const mandated = new Set<string>();
  for (const some of splitIntoChunks(digests)) {
    const rows = await scope.db
      .selectFrom('verification')
      .innerJoin('log_entry as entry', (on) =>
        on
          .onRef('entry.shard', '=', 'verification.shard')
          .onRef('entry.position', '=', 'verification.known_from'),
      )
      .innerJoin('document', (on) =>
        on
          .onRef('document.shard', '=', 'entry.shard')
          .onRef('document.digest', '=', 'entry.digest'),
      )
      .select(['verification.document as about', 'document.body'])
      .where('verification.shard', '=', scope.shard)
      .where('verification.document', 'in', some)
      .where('verification.outcome', '=', 'trusted')
      .where((inner) => isBelieved(inner, 'verification', scope))
      .execute();
    for (const { about, body } of rows) if (mayState(kind, body, scope)) mandated.add(about);
  }
  return mandated;
}

function mayState(kind: 'vex' | 'sbom', body: Uint8Array, { ask }: Scope): boolean {
  const record = parseRecord('verification', body);
  if (!record.ok) return false;
  const { statements, signer } = record.value;
  if (ask.signedBy !== null && signer?.identity !== ask.signedBy) return false;
  // mutant vex-question-by-any-signer by question-runtime: value -> true
  return statements === undefined || statements.includes(kind);
}
