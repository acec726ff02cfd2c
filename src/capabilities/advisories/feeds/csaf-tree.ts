import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';

/** A product of the tree, as its publisher identifies it. */
export interface TreeProduct {
  readonly id: string;
  readonly name: string;
  readonly purl: string | null;
  readonly cpe: string | null;
}

/** What a status is said of: a package, and the product that it is a part of. */
export interface TreePart {
  readonly component: TreeProduct;
  readonly platform: TreeProduct;
}

/** A module of a repository of a platform. */
const DEPTH_MAX = 6;

/**
 * The product tree of a CSAF document (CSAF 2.0 §3.2.2): branches, full names, and relationships,
 * by which a package is a part of a module or of a platform. The depth of the tree is that of the
 * JSON, which is bounded.
 */
export class CsafTree {
  readonly #products = new Map<string, TreeProduct>();
  readonly #relationships = new Map<string, { readonly part: string; readonly whole: string }>();

  constructor(tree: JsonObject) {
    this.#readBranches(tree);
    for (const product of listObjects(tree, 'full_product_names')) this.#add(product);
    for (const one of listObjects(tree, 'relationships')) {
      const id = takeText(takeObject(one, 'full_product_name'), 'product_id');
      const part = takeText(one, 'product_reference');
      const whole = takeText(one, 'relates_to_product_reference');
      if (id !== '') this.#relationships.set(id, { part, whole });
    }
  }

  /** Null where it is no package of a platform. */
  find(id: string): TreePart | null {
    let component: TreeProduct | null = null;
    let at = id;
    for (let depth = 0; depth < DEPTH_MAX; depth++) {
      const relationship = this.#relationships.get(at);
      if (relationship === undefined) break;
      // Outermost is the package; what a module is a part of comes behind it.
      component ??= this.#products.get(relationship.part) ?? nameAlone(relationship.part);
      at = relationship.whole;
    }
    const platform = this.#products.get(at);
    return component === null || platform === undefined ? null : { component, platform };
  }

  #readBranches(holder: JsonObject): void {
    for (const branch of listObjects(holder, 'branches')) {
      this.#add(takeObject(branch, 'product'));
      this.#readBranches(branch);
    }
  }

  #add(product: JsonObject): void {
    const id = takeText(product, 'product_id');
    if (id === '') return;
    const helper = takeObject(product, 'product_identification_helper');
    const [purl, cpe] = [takeText(helper, 'purl'), takeText(helper, 'cpe')];
    this.#products.set(id, {
      id,
      name: takeText(product, 'name'),
      purl: purl === '' ? null : purl,
      cpe: cpe === '' ? null : cpe,
    });
  }
}

function nameAlone(id: string): TreeProduct {
  return { id, name: id, purl: null, cpe: null };
}

/** A text; empty for everything else. */
export function takeText(holder: JsonObject, key: string): string {
  const value = getOwn(holder, key);
  return typeof value === 'string' ? value : '';
}

export function takeObject(holder: JsonObject, key: string): JsonObject {
  const value = getOwn(holder, key);
  return isJsonObject(value) ? value : {};
}

export function listObjects(holder: JsonObject, key: string): readonly JsonObject[] {
  return listValues(holder, key).filter(isJsonObject);
}

export function listTexts(holder: JsonObject, key: string): readonly string[] {
  return listValues(holder, key).filter((value) => typeof value === 'string');
}

function listValues(holder: JsonObject, key: string): readonly JsonValue[] {
  const value = getOwn(holder, key);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
