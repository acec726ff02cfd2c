import type { UnreleasedGap } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { inOrder } from '../dialects/dialect.ts';
import { explainOpen, Lookups } from './feed-coverage.ts';
import { type ImageSet, readImageSets } from './findings.ts';
import { readLookedUp, readSetLookups, type SetLookup } from './not-covered.ts';
import type { Scope } from './scope.ts';
import { isReleased } from './unreleased-images.ts';

type ImageGap = Omit<UnreleasedGap, 'deployments'>;

interface UnreleasedGaps {
  readonly images: readonly ImageGap[];
  /** There are more of them, or older ones that were not examined. */
  readonly more: boolean;
}

interface WalkedImage {
  readonly id: number;
  readonly digest: Digest;
}

/** Images that are examined together; their numbers fit the parameters of one statement. */
const PIECE = 500;

/**
 * Images that belong to no recorded release and of which nobody can say whether they are exposed,
 * the newest inventories first. `uncompared`: those that hold a version that no scheme could
 * compare. `named`: the ecosystems of the packages that advisories name (explainOpen).
 */
export async function findUnreleasedGaps(
  scope: Scope,
  uncompared: ReadonlySet<Digest>,
  named: ReadonlySet<string> | null,
): Promise<UnreleasedGaps> {
  const judge = new ImageJudge(scope, uncompared, named);
  const found: ImageGap[] = [];
  const seen = new Set<number>();
  let [last, scanned] = [Number.MAX_SAFE_INTEGER, 0];
  while (found.length <= LIMITS.unreleasedImagesMax) {
    const rows = await queryImages(scope, last);
    scanned += rows.length;
    const images = rows
      .filter(({ image, released }) => Number(released) === 0 && !seen.has(image))
      .map(({ image, digest }): WalkedImage => ({ id: image, digest: digest as Digest }));
    const fresh = [...new Map(images.map((image) => [image.id, image])).values()];
    for (const { id } of fresh) seen.add(id);
    found.push(...(await judge.explain(fresh)));
    const end = rows.at(-1);
    if (rows.length < PIECE || end === undefined)
      return { images: found.slice(0, LIMITS.unreleasedImagesMax), more: isCut(found) };
    if (scanned >= LIMITS.unknownExposureScannedMax) break;
    last = end.id;
  }
  return { images: found.slice(0, LIMITS.unreleasedImagesMax), more: true };
}

function isCut(found: readonly ImageGap[]): boolean {
  return found.length > LIMITS.unreleasedImagesMax;
}

/** What was last said to be in an image comes first. */
async function queryImages(scope: Scope, before: number) {
  const { db, shard, known } = scope;
  return db
    .selectFrom('image_set')
    .innerJoin('image', inOrder)
    .select(['image_set.id', 'image_set.image', 'image.digest'])
    .select((row) => isReleased(scope, row, 'image_set.image').as('released'))
    .where('image_set.shard', '=', shard)
    .where('image_set.id', '<', before)
    .where('image_set.known_from', '<=', known)
    .whereRef('image.shard', '=', 'image_set.shard')
    .whereRef('image.id', '=', 'image_set.image')
    .orderBy('image_set.id', 'desc')
    .limit(PIECE)
    .execute();
}

class ImageJudge {
  readonly #scope: Scope;
  readonly #uncompared: ReadonlySet<Digest>;
  readonly #named: ReadonlySet<string> | null;
  readonly #lookups: Lookups;

  constructor(scope: Scope, uncompared: ReadonlySet<Digest>, named: ReadonlySet<string> | null) {
    this.#scope = scope;
    this.#uncompared = uncompared;
    this.#named = named;
    this.#lookups = new Lookups(scope);
  }

  async explain(images: readonly WalkedImage[]): Promise<readonly ImageGap[]> {
    const rows = await readImageSets(
      this.#scope,
      images.map(({ id }) => id),
    );
    const sets = Map.groupBy(rows, ({ image }) => image);
    const places = await this.#findOpen([...new Set(rows.map((row) => row.component_set))]);
    const gaps: ImageGap[] = [];
    for (const { id, digest } of images) {
      const own = sets.get(id) ?? [];
      const open = own.flatMap((row) => places.get(row.component_set) ?? []);
      const reason = this.#pickReason(own, digest, open);
      if (reason === null) continue;
      const { purls } = await readLookedUp(this.#scope, open, LIMITS.releaseComponentsMax);
      gaps.push({ image: digest, reason, notCovered: purls });
      if (gaps.length > LIMITS.unreleasedImagesMax) break;
    }
    return gaps;
  }

  #pickReason(
    sets: readonly ImageSet[],
    digest: Digest,
    open: readonly SetLookup[],
  ): UnreleasedGap['reason'] | null {
    if (sets.length === 0) return 'inventory-missing';
    if (!sets.some(({ outcome }) => outcome === 'complete')) return 'inventory-partial';
    if (this.#uncompared.has(digest)) return 'version-not-compared';
    return open.length > 0 ? 'components-not-covered' : null;
  }

  /** Where components of these sets are looked up and that proves nothing, by set. */
  async #findOpen(sets: readonly number[]): Promise<ReadonlyMap<number, readonly SetLookup[]>> {
    const places = await readSetLookups(this.#scope, sets);
    const judged = await this.#lookups.judge(places.map(({ lookup }) => lookup));
    const open = places.filter(({ lookup }) => {
      const place = judged.get(lookup);
      return place === undefined || explainOpen(place, this.#named) !== null;
    });
    return Map.groupBy(open, ({ set }) => set);
  }
}
