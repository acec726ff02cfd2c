import type { JsonObject } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { formatVexTime, type VexDraft } from './vex-draft.ts';

/** A document of the profile VEX (OASIS CSAF 2.0 §4.5) with one vulnerability. */
export function buildCsafVex(draft: VexDraft, id: string): Result<JsonObject> {
  const { names, author, namespace } = draft;
  if (namespace === null)
    return fail(
      'USAGE',
      'CSAF requires an address of its author',
      'Add --namespace URL, such as https://shop.example.com.',
    );
  const at = formatVexTime(draft);
  const { tree, ids } = buildProducts(draft);
  return ok({
    document: {
      category: 'csaf_vex',
      csaf_version: '2.0',
      publisher: { category: 'vendor', name: author, namespace },
      title: `VEX for ${names[0]}`,
      tracking: {
        id: `VEX-${id}`,
        status: 'final',
        version: '1',
        initial_release_date: at,
        current_release_date: at,
        revision_history: [{ number: '1', date: at, summary: 'The statement was made.' }],
      },
    },
    product_tree: tree,
    vulnerabilities: [{ ...nameVulnerability(names), ...buildStatus(draft, ids) }],
  });
}

/** §3.2.3.2: the CVE has its own member, and one only. */
function nameVulnerability(names: VexDraft['names']): JsonObject {
  const cve = names.find((name) => /^CVE-\d{4}-\d{4,}$/.test(name));
  const others = names.filter((name) => name !== cve);
  const ids = others.map((text) => ({
    system_name: /^([A-Za-z]+)-/.exec(text)?.[1] ?? 'other',
    text,
  }));
  return {
    ...(cve === undefined ? {} : { cve }),
    ...(ids.length === 0 ? {} : { ids }),
    notes: [{ category: 'description', text: names.join(', ') }],
  };
}

/** A component in an image is a product of its own, by a relationship (§3.2.2.4). */
function buildProducts({ image, components }: VexDraft): {
  readonly tree: JsonObject;
  readonly ids: readonly string[];
} {
  const named = [...(image === null ? [] : [image.purl]), ...components];
  const products = named.map((purl, at) => ({
    product_id: `product-${at}`,
    name: purl,
    product_identification_helper: { purl },
  }));
  const own = products.map((one) => one.product_id);
  if (image === null || components.length === 0)
    return { tree: { full_product_names: products }, ids: own };
  const relationships = components.map((purl, at) => ({
    category: 'default_component_of',
    product_reference: `product-${at + 1}`,
    relates_to_product_reference: 'product-0',
    full_product_name: { product_id: `part-${at}`, name: `${purl} in ${image.purl}` },
  }));
  return {
    tree: { full_product_names: products, relationships },
    ids: relationships.map((one) => one.full_product_name.product_id),
  };
}

const GROUPS: Readonly<Record<VexDraft['status'], string>> = {
  not_affected: 'known_not_affected',
  affected: 'known_affected',
  fixed: 'fixed',
  under_investigation: 'under_investigation',
};

function buildStatus(draft: VexDraft, ids: readonly string[]): JsonObject {
  const { status, justification, impact, action } = draft;
  const product_ids = [...ids];
  return {
    product_status: { [GROUPS[status]]: product_ids },
    ...(justification === null ? {} : { flags: [{ label: justification, product_ids }] }),
    ...(impact === null ? {} : { threats: [{ category: 'impact', details: impact, product_ids }] }),
    ...(action === null
      ? {}
      : { remediations: [{ category: 'mitigation', details: action, product_ids }] }),
  };
}
