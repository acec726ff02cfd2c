import type { Digest } from '../../../core/digest.ts';
import {
  matchesPackage,
  parsePackagePurl,
  parseWantedPackage,
} from '../../../core/package-purl.ts';
import type { PurlParts } from '../../../core/purl.ts';
import { excludes, type VexProduct, type VexStatement } from './vex-statement.ts';

/** A statement of a signer who may make it, the image of its document, and its source. */
export interface VexClaim<S> {
  readonly statement: VexStatement;
  /** Null: the document names no image, and was chosen for this question. */
  readonly about: Digest | null;
  readonly source: S;
}

/** A component of an image. */
export interface VexTarget {
  readonly purl: string;
  /**
   * The platform image or, where an inventory is about a whole index, the index. Null: the
   * component is in no image, such as that of a source tree.
   */
  readonly image: Digest | null;
  /** The indexes that list the image: what is said of an index is said of each image in it. */
  readonly indexes: readonly Digest[];
  /**
   * The images of an index. What excludes one platform says nothing about the others, and what
   * includes one includes the index.
   */
  readonly members: readonly Digest[];
}

/** A statement, made ready for many components. */
interface Entry<S> {
  readonly claim: VexClaim<S>;
  readonly products: readonly Product[] | null;
}

interface Product {
  readonly digests: readonly Digest[];
  /** It names one platform: `arch` and the like of an OCI purl. */
  readonly isOnePlatform: boolean;
  /** The package that is meant, where the product is not an image. */
  readonly own: PurlParts | null;
  readonly parts: readonly PurlParts[];
  readonly hasParts: boolean;
}

/**
 * The statements that may count for some images. The one rule of what they exclude, for gates,
 * scans and questions. Product and subcomponents limit a statement, and so does the image that its
 * document is about.
 */
export class VexClaims<S> {
  readonly #entries = new Map<string, Entry<S>[]>();

  constructor(claims: readonly VexClaim<S>[]) {
    for (const claim of claims) {
      const products = claim.statement.products?.map(prepareProduct) ?? null;
      const entry = { claim, products };
      for (const name of new Set(claim.statement.names.map((one) => one.toUpperCase()))) {
        const same = this.#entries.get(name) ?? [];
        same.push(entry);
        this.#entries.set(name, same);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /**
   * The statement that excludes this vulnerability, which has these names, from the component; null
   * if none does. The last one counts; of equally old ones, the one that excludes nothing.
   */
  findExcuse(names: Iterable<string>, target: VexTarget, momentMs: number): VexClaim<S> | null {
    const { last } = this.examine(names, target, momentMs);
    return last !== null && excludes(last.statement) ? last : null;
  }

  /** All that the statements say of one vulnerability of a component. */
  examine(names: Iterable<string>, target: VexTarget, momentMs: number): VexOpinions<S> {
    const found = parsePackagePurl(target.purl);
    const about: VexClaim<S>[] = [];
    const elsewhere: VexClaim<S>[] = [];
    const entries = found.ok ? this.#listEntries(names) : [];
    let last: VexClaim<S> | null = null;
    for (const { claim, products } of entries) {
      if (!found.ok) break;
      const { at } = claim.statement;
      if (!isWithin(claim.about, listPlaces(claim.statement, target))) continue;
      const question = { statement: claim.statement, target };
      if (products !== null && !products.some((one) => isAbout(one, found.value, question))) {
        if (products.some(({ own }) => own !== null && isOtherVersion(own, found.value)))
          elsewhere.push(claim);
        continue;
      }
      about.push(claim);
      const lastAt = last?.statement.at ?? -1;
      // mutant vex-of-tomorrow by vex-claims: operand 1 -> true
      const isLater = at <= momentMs && at >= lastAt;
      if (isLater && (at > lastAt || !excludes(claim.statement))) last = claim;
    }
    return { last, about, elsewhere };
  }

  /** Each once, also where several names lead to it. */
  #listEntries(names: Iterable<string>): ReadonlySet<Entry<S>> {
    const entries = new Set<Entry<S>>();
    for (const name of names)
      for (const entry of this.#entries.get(name.toUpperCase()) ?? []) entries.add(entry);
    return entries;
  }
}

/** What statements say of one vulnerability of a component. */
export interface VexOpinions<S> {
  /** The one that counts, whatever it says; null where there is none. */
  readonly last: VexClaim<S> | null;
  /** All that are about it, those of the future included. */
  readonly about: readonly VexClaim<S>[];
  /** Those that are about other versions of the package alone. */
  readonly elsewhere: readonly VexClaim<S>[];
}

function isOtherVersion(own: PurlParts, found: PurlParts): boolean {
  const bare = { ...own, version: null };
  return own.version !== null && own.version !== found.version && matchesPackage(bare, found);
}

/**
 * The digests by which a statement may name the target: the image itself and the indexes that list
 * it. A statement that includes something may also name a platform of the target, and one that
 * excludes never another platform.
 */
function listPlaces(statement: VexStatement, target: VexTarget): readonly Digest[] {
  const own = target.image === null ? [] : [target.image];
  // mutant vex-of-another-platform by vex-claims: condition -> false
  if (excludes(statement)) return [...own, ...target.indexes];
  return [...own, ...target.indexes, ...target.members];
}

function isWithin(about: Digest | null, places: readonly Digest[]): boolean {
  return about === null || places.includes(about);
}

/** The whole image, or the component: as a product of its own or as a part of the image. */
function isAbout(
  { digests, isOnePlatform, own, parts, hasParts }: Product,
  found: PurlParts,
  { statement, target }: { readonly statement: VexStatement; readonly target: VexTarget },
): boolean {
  const places = listPlaces(statement, target);
  const isPart = !hasParts || parts.some((part) => matchesPackage(part, found));
  if (!excludes(statement) && digests.some((digest) => places.includes(digest))) return isPart;
  if (digests.length === 0) return !hasParts && own !== null && matchesPackage(own, found);
  const isImage = digests.every((digest) => places.includes(digest));
  const isWhole =
    !isOnePlatform || (digests.some((one) => one === target.image) && target.members.length === 0);
  // mutant vex-product-limits by vex-claims: value -> isPart
  return isImage && isWhole && isPart;
}

function prepareProduct({ purl, digests, subcomponents }: VexProduct): Product {
  const own = purl === null ? null : readParts(purl);
  const qualifiers = own?.type === 'oci' ? own.qualifiers : {};
  return {
    digests,
    isOnePlatform: ['arch', 'os', 'platform'].some((key) => Object.hasOwn(qualifiers, key)),
    own,
    parts: subcomponents.map(readParts).filter((part) => part !== null),
    hasParts: subcomponents.length > 0,
  };
}

function readParts(purl: string): PurlParts | null {
  const parts = parseWantedPackage(purl);
  return parts.ok ? parts.value : null;
}
