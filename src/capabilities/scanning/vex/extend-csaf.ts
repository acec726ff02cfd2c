import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { takeObject, takeObjects, takeText, takeTexts } from './members.ts';
import { formatVexTime, type VexDraft } from './vex-draft.ts';

/**
 * Adds the vulnerability of `added`, a document with one, to a CSAF document. Products that the
 * document lists keep their ids; one CVE has one entry (OASIS CSAF 2.0 §6.1.23) and a product one
 * status in it (§6.1.6), so what was said of the same product before is taken out. The tracking has
 * one revision more (§3.2.1.12).
 */
export function extendCsafVex(
  document: JsonObject,
  added: JsonObject,
  draft: VexDraft,
): Result<JsonObject> {
  const head = takeObject(document['document']);
  const tracking = takeObject(head['tracking']);
  const revisions = takeObjects(tracking['revision_history']);
  const version = findNextVersion(takeText(tracking['version']));
  if (version === null)
    return fail(
      'UNSUPPORTED',
      'the CSAF document has no version that can be counted up',
      'Make a new document: --to FILE.',
    );
  const date = formatVexTime(draft);
  const { tree, ids } = mergeTrees(
    takeObject(document['product_tree']),
    takeObject(added['product_tree']),
  );
  const [fresh = {}] = takeObjects(added['vulnerabilities']);
  const revision = { number: version, date, summary: 'A statement was added.' };
  return ok({
    ...document,
    document: {
      ...head,
      tracking: {
        ...tracking,
        version,
        current_release_date: date,
        revision_history: [...revisions, revision],
      },
    },
    product_tree: tree,
    vulnerabilities: mergeVulnerabilities(
      takeObjects(document['vulnerabilities']),
      renameIds(fresh, ids),
    ),
  });
}

/** §3.1.11: a whole number, or a semantic version, of which the minor part is counted up. */
function findNextVersion(version: string): string | null {
  if (/^\d{1,9}$/.test(version)) return `${Number(version) + 1}`;
  const [, major, minor] = /^(\d{1,9})\.(\d{1,9})\.\d{1,9}$/.exec(version) ?? [];
  return major === undefined ? null : `${major}.${Number(minor) + 1}.0`;
}

interface MergedTree {
  readonly tree: JsonObject;
  /** The ids in the added document, and those in this one. */
  readonly ids: ReadonlyMap<string, string>;
}

function mergeTrees(tree: JsonObject, added: JsonObject): MergedTree {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  collectIds(tree, taken);
  const listed = takeObjects(tree['full_product_names']);
  const names = [...listed];
  for (const product of takeObjects(added['full_product_names'])) {
    const known = listed.find((one) => findPurl(one) === findPurl(product));
    const id = known === undefined ? findFreeId('product', taken) : takeText(known['product_id']);
    ids.set(takeText(product['product_id']), id);
    if (known === undefined) names.push({ ...product, product_id: id });
  }
  const relations = takeObjects(tree['relationships']);
  const all = [...relations];
  for (const relation of takeObjects(added['relationships'])) {
    const part = ids.get(takeText(relation['product_reference'])) ?? '';
    const whole = ids.get(takeText(relation['relates_to_product_reference'])) ?? '';
    const ends = { product_reference: part, relates_to_product_reference: whole };
    const known = relations.find(
      (one) =>
        one['category'] === relation['category'] &&
        one['product_reference'] === part &&
        one['relates_to_product_reference'] === whole,
    );
    const named = takeObject((known ?? relation)['full_product_name']);
    const id = known === undefined ? findFreeId('part', taken) : takeText(named['product_id']);
    ids.set(takeText(takeObject(relation['full_product_name'])['product_id']), id);
    const name = { ...named, product_id: id };
    if (known === undefined) all.push({ ...relation, ...ends, full_product_name: name });
  }
  const related = all.length === 0 ? {} : { relationships: all };
  return { tree: { ...tree, full_product_names: names, ...related }, ids };
}

function findPurl(product: JsonObject): string {
  return takeText(takeObject(product['product_identification_helper'])['purl']);
}

/** Every id of a product, also within branches. */
function collectIds(value: JsonValue | undefined, found: Set<string>): void {
  if (Array.isArray(value)) for (const one of value) collectIds(one, found);
  else if (isJsonObject(value))
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'product_id') found.add(takeText(inner));
      else collectIds(inner, found);
    }
}

function findFreeId(prefix: string, taken: Set<string>): string {
  let number = taken.size;
  // mutant csaf-product-id-twice by extend-vex: condition -> false
  while (taken.has(`${prefix}-${number}`)) number++;
  const id = `${prefix}-${number}`;
  taken.add(id);
  return id;
}

/** The members of a vulnerability that list products; `product_status` has one list a status. */
const SAYING = ['flags', 'threats', 'remediations'] as const;

function renameIds(vulnerability: JsonObject, ids: ReadonlyMap<string, string>): JsonObject {
  return changeLists(vulnerability, (list) => list.map((id) => ids.get(id) ?? id));
}

function mergeVulnerabilities(
  before: readonly JsonObject[],
  fresh: JsonObject,
): readonly JsonObject[] {
  const status = takeObject(fresh['product_status']);
  const meant = new Set(Object.values(status).flatMap(takeTexts));
  const at = before.findIndex((one) => isSame(one, fresh));
  const known = before[at];
  if (known === undefined) return [...before, fresh];
  // mutant csaf-product-in-two-states by extend-vex: value -> known
  const left = changeLists(known, (list) => list.filter((id) => !meant.has(id)));
  const stated = takeObject(left['product_status']);
  const merged: Record<string, JsonValue | undefined> = { ...left };
  const groups = Object.entries(status).map(([group, list]) => [
    group,
    [...takeTexts(takeOwn(stated, group)), ...takeTexts(list)],
  ]);
  merged['product_status'] = { ...stated, ...Object.fromEntries(groups) };
  for (const member of SAYING) {
    const both = [...takeObjects(left[member]), ...takeObjects(fresh[member])];
    if (both.length > 0) merged[member] = both;
  }
  return before.with(at, merged);
}

function takeOwn(object: JsonObject, name: string): JsonValue | undefined {
  return new Map(Object.entries(object)).get(name);
}

/** By its CVE, or by one of its other ids where neither has one. */
function isSame(one: JsonObject, other: JsonObject): boolean {
  if (one['cve'] !== undefined || other['cve'] !== undefined) return one['cve'] === other['cve'];
  const texts = new Set(takeObjects(one['ids']).map(({ text }) => takeText(text)));
  return takeObjects(other['ids']).some(({ text }) => texts.has(takeText(text)));
}

/** Changes each list of product ids; what is about no product any more is left out. */
function changeLists(
  vulnerability: JsonObject,
  change: (ids: readonly string[]) => readonly string[],
): JsonObject {
  const changed: Record<string, JsonValue | undefined> = { ...vulnerability };
  const status = Object.entries(takeObject(vulnerability['product_status'])).flatMap(
    ([group, list]) => {
      const ids = [...change(takeTexts(list))];
      return ids.length === 0 ? [] : [[group, ids] as const];
    },
  );
  changed['product_status'] = Object.fromEntries(status);
  for (const member of SAYING) {
    if (vulnerability[member] === undefined) continue;
    const left = takeObjects(vulnerability[member]).flatMap((one) => {
      if (one['product_ids'] === undefined) return [one];
      const ids = [...change(takeTexts(one['product_ids']))];
      return ids.length > 0 || one['group_ids'] !== undefined ? [{ ...one, product_ids: ids }] : [];
    });
    changed[member] = left.length === 0 ? undefined : left;
  }
  return changed;
}
