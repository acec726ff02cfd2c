import type { JsonObject } from '../../../core/json.ts';
import { listObjects, listTexts, takeObject, takeText } from './csaf-tree.ts';
import {
  ALWAYS_AFFECTED,
  buildAffected,
  buildRangeBefore,
  NEVER_AFFECTED,
  removeDuplicates,
} from './feed-format.ts';
import { findWindowsProduct, isBuild } from './windows-builds.ts';

/** A product of Microsoft, with the build that its id means. */
interface BuiltProduct {
  readonly name: string;
  /** `10.0.20348.2700` of itself, or of the versions before it; null: all builds. */
  readonly build: string | null;
  /** The id means builds, and nothing says which. */
  readonly isUnclear: boolean;
}

const DEPTH_MAX = 8;

/**
 * The product tree of a CSAF document of Microsoft: below the name of a product, the builds before
 * a fix (`<10.0.20348.2700`) and the fixed one (CSAF 2.0 §3.1.2.2).
 */
export function listWindowsProducts(tree: JsonObject): ReadonlyMap<string, BuiltProduct> {
  const products = new Map<string, BuiltProduct>();
  const walk = (holder: JsonObject, name: string, depth: number): void => {
    if (depth > DEPTH_MAX) return;
    for (const branch of listObjects(holder, 'branches')) {
      const isName = takeText(branch, 'category') === 'product_name';
      const own = isName ? takeText(branch, 'name') : name;
      const product = takeObject(branch, 'product');
      const id = takeText(product, 'product_id');
      const stated = isName ? '' : takeText(branch, 'name');
      const build = stated.replace(/^\s*<\s*/, '').trim();
      if (id !== '')
        products.set(id, {
          name: own === '' ? takeText(product, 'name') : own,
          build: isBuild(build) ? build : null,
          isUnclear: stated !== '' && !isBuild(build),
        });
      walk(branch, own, depth + 1);
    }
  };
  walk(tree, '', 0);
  for (const product of listObjects(tree, 'full_product_names'))
    products.set(takeText(product, 'product_id'), {
      ...{ name: takeText(product, 'name'), build: null, isUnclear: false },
    });
  return products;
}

const GROUPS = [
  ['fixed', 'before'],
  ['first_fixed', 'before'],
  ['recommended', 'before'],
  ['known_affected', 'affected'],
  ['first_affected', 'affected'],
  ['last_affected', 'affected'],
  ['known_not_affected', 'never'],
  ['under_investigation', 'unknown'],
] as const;

type Meaning = (typeof GROUPS)[number][1];

/** What a vulnerability of such a document says of Windows. */
export function listWindowsAffected(
  vulnerability: JsonObject,
  products: ReadonlyMap<string, BuiltProduct>,
  word: string,
): readonly JsonObject[] {
  const stated = takeObject(vulnerability, 'product_status');
  const more = word === '' ? {} : { ecosystem_specific: { severity: word } };
  return removeDuplicates(
    GROUPS.flatMap(([group, means]) =>
      listTexts(stated, group).flatMap((id) => {
        const product = products.get(id);
        const found =
          product === undefined ? null : findWindowsProduct(product.name, product.build);
        if (product === undefined || found === null) return [];
        return [buildAffected(found.ecosystem, found.line, toRange(product, means), more)];
      }),
    ),
  );
}

/** Null: it is unknown. */
function toRange({ build, isUnclear }: BuiltProduct, means: Meaning): JsonObject | null {
  if (means === 'never') return NEVER_AFFECTED;
  if (means === 'unknown' || isUnclear) return null;
  if (build !== null) return buildRangeBefore(build);
  // A product that is fixed in no stated build may be any of its builds.
  return means === 'affected' ? ALWAYS_AFFECTED : null;
}
