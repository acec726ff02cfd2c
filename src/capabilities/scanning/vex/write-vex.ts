import { sha256 } from '../../../core/digest.ts';
import type { JsonObject } from '../../../core/json.ts';
import { ok, type Result } from '../../../core/result.ts';
import { deriveUuid } from '../../../core/uuid.ts';
import { canonicalizeJson } from '../../../formats/json/canonical.ts';
import { checkVexDraft, formatVexTime, type VexDraft } from './vex-draft.ts';
import type { VexOrigin } from './vex-statement.ts';
import { buildCsafVex } from './write-csaf.ts';
import { buildCycloneDxVex } from './write-cyclonedx-vex.ts';

const BUILDERS: Readonly<
  Record<VexOrigin['format'], (draft: VexDraft, id: string) => Result<JsonObject>>
> = { openvex: buildOpenVex, csaf: buildCsafVex, cyclonedx: buildCycloneDxVex };

/**
 * A VEX document with one statement. Equal statements give equal bytes; the id is derived from the
 * statement.
 *
 * @example orThrow(writeVex(draft, 'openvex'))
 */
export function writeVex(draft: VexDraft, format: VexOrigin['format']): Result<Uint8Array> {
  const document = buildVex(draft, format);
  return document.ok ? ok(encodeVex(document.value)) : document;
}

/** The document of `writeVex` as JSON. */
export function buildVex(draft: VexDraft, format: VexOrigin['format']): Result<JsonObject> {
  const checked = checkVexDraft(draft);
  if (!checked.ok) return checked;
  const id = deriveUuid(sha256(canonicalizeJson({ ...toJson(draft), format })));
  return BUILDERS[format](draft, id);
}

export function encodeVex(document: JsonObject): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}

function toJson(draft: VexDraft): JsonObject {
  const { image, names, components, at, ...rest } = draft;
  const lists = { names: [...names], components: [...components] };
  return { ...rest, ...lists, at, image: image === null ? null : { ...image } };
}

/** OpenVEX 0.2.0. */
function buildOpenVex(draft: VexDraft, id: string): Result<JsonObject> {
  const { names, status, justification, impact, action, author } = draft;
  const [name, ...aliases] = names;
  const timestamp = formatVexTime(draft);
  const statement = {
    vulnerability: { name, ...(aliases.length === 0 ? {} : { aliases }) },
    timestamp,
    products: listProducts(draft),
    status,
    ...(justification === null ? {} : { justification }),
    ...(impact === null ? {} : { impact_statement: impact }),
    ...(action === null ? {} : { action_statement: action }),
  };
  return ok({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `urn:uuid:${id}`,
    author,
    timestamp,
    version: 1,
    statements: [statement],
  });
}

function listProducts({ image, components }: VexDraft): readonly JsonObject[] {
  const named = components.map((purl) => ({ '@id': purl, identifiers: { purl } }));
  if (image === null) return named;
  return [
    {
      '@id': image.purl,
      identifiers: { purl: image.purl },
      hashes: { 'sha-256': image.digest.slice('sha256:'.length) },
      ...(named.length === 0 ? {} : { subcomponents: named }),
    },
  ];
}
