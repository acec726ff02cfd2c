import {
  type AffectedMatcher,
  type Chain,
  type EvidenceAnswer,
  findDependencyChain,
  type Question,
  type WhyAnswer,
  type WhyComponent,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readDocumentBody } from './document-body.ts';
import { readEdgeEvidence } from './evidence.ts';
import { combineInventories, type ImageSet, readImageSets } from './findings.ts';
import { matchVersions } from './packages.ts';
import type { Scope } from './scope.ts';
import { resolveSubject } from './subject.ts';

/** Why a component is in an image or release: layer, place, and the path to it in each SBOM. */
export async function answerWhy(
  scope: Scope,
  { subject, component }: Question<'why'>,
  { matcher }: { readonly matcher: AffectedMatcher },
): Promise<WhyAnswer> {
  const { families, all } = await resolveSubject(scope, subject);
  const { packages, more, versions, unclear } = await matchVersions(scope, component, matcher);
  const sets = await readImageSets(scope, all);
  const notCompared = (await queryMemberRows(scope, sets, unclear)).map(({ purl }) => purl as Purl);
  const rows = await queryMemberRows(scope, sets, versions);
  const shown = rows.slice(0, LIMITS.whyComponentsMax);
  const said = await readEdgeEvidence(
    scope,
    'image_set',
    shown.map(({ edge }) => edge),
  );
  const chains = new Chains(scope);
  const components: WhyComponent[] = [];
  for (const row of shown) components.push(await explainRow(row, said.get(row.edge) ?? [], chains));
  return {
    matched: packages,
    matchedMore: more,
    notCompared: [...new Set(notCompared)].slice(0, LIMITS.notComparedMax),
    components,
    inventory: combineInventories(sets, families),
    more: rows.length > shown.length,
  };
}

type Row = Awaited<ReturnType<typeof queryMemberRows>>[number];

async function explainRow(
  row: Row,
  evidence: readonly EvidenceAnswer[],
  chains: Chains,
): Promise<WhyComponent> {
  const chosen = [];
  for (const { document } of evidence)
    chosen.push({ document, chain: await chains.find(document, row.purl as Purl) });
  return {
    purl: row.purl as Purl,
    image: row.image_digest as Digest,
    layer: row.layer_digest as Digest | null,
    path: row.path,
    paths: row.paths,
    development: row.development === 1,
    chains: chosen,
    evidence,
  };
}

async function queryMemberRows(
  { db, shard }: Scope,
  sets: readonly ImageSet[],
  versions: readonly number[],
) {
  const ids = [...new Set(sets.map((set) => set.component_set))];
  const images = [...new Set(sets.map(({ image }) => image))];
  const rows = [];
  for (const some of splitIntoChunks(versions)) {
    if (ids.length === 0) break;
    rows.push(
      ...(await db
        .selectFrom('set_member')
        .innerJoin('image_set', (on) =>
          on
            .onRef('image_set.shard', '=', 'set_member.shard')
            .onRef('image_set.component_set', '=', 'set_member.component_set'),
        )
        .innerJoin('image', (on) =>
          on.onRef('image.shard', '=', 'image_set.shard').onRef('image.id', '=', 'image_set.image'),
        )
        .innerJoin('package_version', (on) =>
          on
            .onRef('package_version.shard', '=', 'set_member.shard')
            .onRef('package_version.id', '=', 'set_member.package_version'),
        )
        .leftJoin('layer', (on) =>
          on
            .onRef('layer.shard', '=', 'set_member.shard')
            .onRef('layer.id', '=', 'set_member.layer'),
        )
        .select([
          'image_set.id as edge',
          'set_member.path',
          'set_member.paths',
          'set_member.development',
        ])
        .select([
          'package_version.purl',
          'image.digest as image_digest',
          'layer.digest as layer_digest',
        ])
        .where('set_member.shard', '=', shard)
        .where('set_member.component_set', 'in', ids)
        .where('set_member.package_version', 'in', some)
        .where('image_set.image', 'in', images)
        .where(
          'image_set.id',
          'in',
          sets.map(({ id }) => id),
        )
        .orderBy('image.digest')
        .orderBy('package_version.purl')
        .orderBy('image_set.id')
        .limit(LIMITS.whyComponentsMax + 1)
        .execute()),
    );
  }
  return rows;
}

/**
 * Reads each SBOM once, and only a few of them: an answer is bounded, and says what was not read.
 */
class Chains {
  readonly #scope: Scope;
  readonly #bodies = new Map<string, Uint8Array | null>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  async find(document: Digest, purl: Purl): Promise<Chain> {
    const body = await this.#readBody(document);
    return body === null
      ? { kind: 'unknown', why: 'too many SBOMs to read all' }
      : findDependencyChain(body, purl);
  }

  async #readBody(document: Digest): Promise<Uint8Array | null> {
    const known = this.#bodies.get(document);
    if (known !== undefined) return known;
    if (this.#bodies.size >= LIMITS.whyDocumentsMax) return null;
    const body = await readDocumentBody(this.#scope, document);
    this.#bodies.set(document, body);
    return body;
  }
}
