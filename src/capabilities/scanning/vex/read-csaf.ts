import { toFailure } from '../../../core/failure.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, failed, ok, type Result } from '../../../core/result.ts';
import { CsafProducts } from './csaf-products.ts';
import { pickMoment, takeName, takeObject, takeObjects, takeText, takeTexts } from './members.ts';
import { excludes, limitProducts, type VexOrigin, type VexStatement } from './vex-statement.ts';

/** A document of the Common Security Advisory Framework (OASIS CSAF 2.0 §3.2.1.2). */
export function isCsaf(document: JsonObject): boolean {
  return /^2\.[01]$/.test(takeText(takeObject(document['document'])['csaf_version']));
}

/** Profiles of CSAF 2.0 §4.4 and §4.5 that state a status of products. */
const CATEGORIES: ReadonlySet<string> = new Set(['csaf_vex', 'csaf_security_advisory']);

/** The groups of a `product_status` (§3.2.3.9). `recommended` states no status. */
const GROUPS: readonly (readonly [string, VexStatement['status']])[] = [
  ['known_not_affected', 'not_affected'],
  ['fixed', 'fixed'],
  ['first_fixed', 'fixed'],
  ['known_affected', 'affected'],
  ['first_affected', 'affected'],
  ['last_affected', 'affected'],
  ['under_investigation', 'under_investigation'],
];

/** §3.2.3.5: the labels of a flag, which are the justifications of OpenVEX. */
const LABELS: ReadonlySet<string> = new Set([
  'component_not_present',
  'inline_mitigations_already_exist',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_not_present',
]);

/** The statements of a CSAF document: one for each vulnerability, status and reason. */
export function readCsafVex(document: JsonObject): Result<readonly VexStatement[]> {
  const head = takeObject(document['document']);
  const tracking = takeObject(head['tracking']);
  const category = takeText(head['category']);
  if (!CATEGORIES.has(category))
    return fail(
      'UNSUPPORTED',
      `a CSAF document of the category ${JSON.stringify(category.slice(0, 100))} is no VEX`,
      'Give it one of the category csaf_vex.',
    );
  // §3.2.1.12.6: a draft is for its author.
  // mutant csaf-draft-counts by read-csaf: remove
  if (takeText(tracking['status']) === 'draft')
    return fail('EVIDENCE_REJECTED', 'the CSAF document is a draft', 'Wait until it is final.');
  const origin: VexOrigin = {
    format: 'csaf',
    id: takeName(tracking['id']),
    author: takeName(takeObject(head['publisher'])['name']),
  };
  try {
    const products = new CsafProducts(takeObject(document['product_tree']));
    const at = pickMoment(tracking['current_release_date']);
    const context = { products, at, origin };
    return ok(
      takeObjects(document['vulnerabilities']).flatMap((one) => readVulnerability(one, context)),
    );
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

interface Context {
  readonly products: CsafProducts;
  readonly at: number;
  readonly origin: VexOrigin;
}

function readVulnerability(vulnerability: JsonObject, context: Context): readonly VexStatement[] {
  const { cve, ids, product_status: stated } = vulnerability;
  const others = takeObjects(ids).map(({ text }) => takeText(text));
  const names = [takeText(cve), ...others].filter((name) => name !== '');
  if (names.length === 0) return [];
  const reasons = listReasons(vulnerability, context.products);
  return GROUPS.flatMap(([group, status]) => {
    const listed = takeTexts(getOwn(takeObject(stated), group));
    if (listed.length === 0) return [];
    const said = { names, status, at: context.at, origin: context.origin };
    const byReason = Map.groupBy(new Set(listed), (id) => reasons.get(id) ?? reasons.get(ANY));
    return [...byReason].flatMap(([reason, products]): readonly VexStatement[] => {
      const justification = status === 'not_affected' ? (reason ?? null) : null;
      // §4.5: a product that is not affected needs a flag, or a threat that says why.
      // mutant csaf-without-a-reason by read-csaf: remove
      if (status === 'not_affected' && justification === null) return [];
      const found = products.flatMap((id) => context.products.find(id, excludes({ status })));
      return [{ ...said, justification, products: limitProducts(status, found) }];
    });
  });
}

/** Of each product; under ANY what is said of all. */
function listReasons(
  { flags, threats }: JsonObject,
  products: CsafProducts,
): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  const impacts = takeObjects(threats).filter(({ category }) => category === 'impact');
  for (const { details, product_ids: ids, group_ids: groups } of impacts) {
    const text = takeName(details);
    if (text === null) continue;
    const isForAll = ids === undefined && groups === undefined;
    for (const id of isForAll ? [ANY] : listIds(ids, groups, products)) reasons.set(id, text);
  }
  // §6.1.32: a flag names its products.
  for (const { label, product_ids: ids, group_ids: groups } of takeObjects(flags))
    if (LABELS.has(takeText(label)))
      for (const id of listIds(ids, groups, products)) reasons.set(id, takeText(label));
  return reasons;
}

const ANY = '';

function listIds(
  ids: JsonValue | undefined,
  groups: JsonValue | undefined,
  products: CsafProducts,
): readonly string[] {
  return [...takeTexts(ids), ...takeTexts(groups).flatMap((group) => products.listGroup(group))];
}
