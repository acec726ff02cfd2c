import { type Digest, parseDigest } from '../../../core/digest.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parsePurl } from '../../../core/purl.ts';
import { findImageDigest, takeObject, takeObjects, takeText, takeTexts } from './members.ts';
import { createSizeFailure, type VexProduct } from './vex-statement.ts';

/** What identifies a product of the tree. */
interface Identity {
  readonly purls: readonly string[];
  readonly digests: readonly Digest[];
}

interface Relationship {
  /** The part, and the product that it is a part of. */
  readonly part: string;
  readonly whole: string;
  readonly own: Identity;
}

/**
 * The products of a CSAF document (CSAF 2.0 §3.2.2): branches, full names, and relationships, in
 * which a product is a part of another one.
 */
export class CsafProducts {
  readonly #identities = new Map<string, Identity>();
  readonly #relationships = new Map<string, Relationship>();
  readonly #groups = new Map<string, readonly string[]>();
  #left: number = LIMITS.vexProductsMax;

  constructor(tree: JsonObject) {
    this.#readBranches(tree);
    for (const product of takeObjects(tree['full_product_names'])) this.#add(product);
    for (const one of takeObjects(tree['relationships'])) {
      const named = takeObject(one['full_product_name']);
      this.#relationships.set(takeText(named['product_id']), {
        part: takeText(one['product_reference']),
        whole: takeText(one['relates_to_product_reference']),
        own: readIdentity(named['product_identification_helper']),
      });
    }
    for (const { group_id: id, product_ids: ids } of takeObjects(tree['product_groups']))
      this.#groups.set(takeText(id), takeTexts(ids));
  }

  /** The depth of the tree is that of the JSON, which is bounded. */
  #readBranches(holder: JsonObject): void {
    for (const branch of takeObjects(holder['branches'])) {
      this.#add(takeObject(branch['product']));
      this.#readBranches(branch);
    }
  }

  /** An id that two products have (CSAF 2.0 §6.1.2) names neither. */
  #add(product: JsonObject): void {
    const id = takeText(product['product_id']);
    if (id === '') return;
    const isKnown = this.#identities.has(id);
    const identity = readIdentity(product['product_identification_helper']);
    // mutant csaf-id-of-two-products by read-csaf: value -> identity
    const kept = isKnown ? NOTHING : identity;
    this.#identities.set(id, kept);
  }

  /** The ids of a group of products. */
  listGroup(id: string): readonly string[] {
    const ids = this.#groups.get(id) ?? [];
    this.#spend(ids.length);
    return ids;
  }

  /** A product in the words of a statement, once for each of its purls; [null]: not understood. */
  find(id: string, isExcluding: boolean): readonly (VexProduct | null)[] {
    const relationship = this.#relationships.get(id);
    const found =
      relationship === undefined
        ? toProducts(this.#identities.get(id) ?? NOTHING)
        : this.#relate(relationship, isExcluding);
    this.#spend(Math.max(found.length, 1));
    return found.length === 0 ? [null] : found;
  }

  /**
   * A part of an image is a subcomponent of it. Where the whole is no image, it cannot be compared
   * with one: then a statement that excludes counts for the part only where the part is one build
   * of a distribution's package, which is the same in whatever it is.
   */
  #relate({ part, whole, own }: Relationship, isExcluding: boolean): readonly VexProduct[] {
    const { purls } = own.purls.length > 0 ? own : (this.#identities.get(part) ?? NOTHING);
    const image = this.#identities.get(whole) ?? NOTHING;
    if (image.digests.length > 0)
      return purls.length === 0
        ? []
        : [{ purl: image.purls[0] ?? null, digests: image.digests, subcomponents: purls }];
    // mutant csaf-part-of-an-unknown-product by read-csaf: value -> purls
    const meant = isExcluding ? purls.filter(isBuild) : purls;
    return meant.map((purl) => ({ purl, digests: [], subcomponents: [] }));
  }

  #spend(products: number): void {
    this.#left -= products;
    // mutant csaf-products-unbounded by read-csaf: condition -> false
    if (this.#left < 0) throw createSizeFailure();
  }
}

const NOTHING: Identity = { purls: [], digests: [] };

/** §3.1.3.3: `purl` of CSAF 2.0, `purls` of 2.1, and hashes of files. */
function readIdentity(value: JsonValue | undefined): Identity {
  const { purl, purls, hashes } = takeObject(value);
  const named = [takeText(purl), ...takeTexts(purls)].filter((one) => one.startsWith('pkg:'));
  const images = named.flatMap((one) => findImageDigest(one) ?? []);
  const files = takeObjects(hashes)
    .flatMap((one) => takeObjects(one['file_hashes']))
    .filter(({ algorithm }) => takeText(algorithm).toLowerCase() === 'sha256')
    .flatMap((one) => {
      const digest = parseDigest(`sha256:${takeText(one['value'])}`);
      return digest.ok ? [digest.value] : [];
    });
  return { purls: named, digests: [...new Set([...images, ...files])] };
}

function toProducts({ purls, digests }: Identity): readonly VexProduct[] {
  if (digests.length > 0) return [{ purl: purls[0] ?? null, digests, subcomponents: [] }];
  return purls.map((purl) => ({ purl, digests: [], subcomponents: [] }));
}

const DISTRIBUTION_TYPES: ReadonlySet<string> = new Set(['alpm', 'apk', 'deb', 'rpm']);

function isBuild(purl: string): boolean {
  const parts = parsePurl(purl);
  return parts.ok && DISTRIBUTION_TYPES.has(parts.value.type) && parts.value.version !== null;
}
