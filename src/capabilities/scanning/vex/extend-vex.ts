import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { extendCsafVex } from './extend-csaf.ts';
import { findVexFormat, type VexFormat } from './formats.ts';
import { takeName, takeObject, takeObjects, takeText } from './members.ts';
import { readVex } from './read-vex.ts';
import { formatVexTime, type VexDraft } from './vex-draft.ts';
import type { VexProduct, VexStatement } from './vex-statement.ts';
import { buildVex, encodeVex } from './write-vex.ts';

/** A document with one statement more. */
export interface ExtendedVex {
  readonly form: VexFormat;
  readonly bytes: Uint8Array;
  /** Statements of before about the same vulnerability and product: the new one counts. */
  readonly superseded: readonly VexStatement[];
}

/**
 * Adds a statement to a document, in the form that the document has. Statements of before keep
 * their time, also where they took it from the document around them. Fails with UNSUPPORTED for a
 * document within a statement of in-toto or an envelope, and with USAGE where the statement would
 * not count, or is by another author.
 */
export function extendVex(bytes: Uint8Array, draft: VexDraft): Result<ExtendedVex> {
  const json = parseJson(bytes, { bytesMax: LIMITS.vexDocumentBytesMax });
  if (!json.ok) return json;
  const document = takeObject(json.value);
  const form = findVexFormat(document);
  if (form?.isVexAlone(document) !== true)
    return fail(
      'UNSUPPORTED',
      'this is no VEX document by itself, such as OpenVEX, CSAF or CycloneDX without components',
      'Leave --into out, and give a new file: --to FILE.',
    );
  const before = readVex(bytes);
  if (!before.ok) return before;
  const superseded = listSuperseded(before.value, draft);
  // mutant vex-added-before-a-later-one by extend-vex: condition -> false
  if (superseded.some(({ at }) => at > draft.at))
    return refuse('what it says of the same product is of a later time, and would count', LATER);
  const author = before.value[0]?.origin.author ?? null;
  // mutant vex-added-for-another by extend-vex: condition -> false
  if (author !== null && author !== takeName(draft.author))
    return refuse(`it is by ${JSON.stringify(author)}`, 'Give --author so, or make a new file.');
  const isInImage = draft.image !== null && draft.components.length > 0;
  // mutant cyclonedx-component-in-any-image by extend-vex: condition -> false
  if (isInImage && form.format === 'cyclonedx')
    return refuse('CycloneDX cannot say that a component is meant in one image alone', ATTACH);
  const added = buildVex(draft, form.format);
  if (!added.ok) return added;
  const extended = EXTENDERS[form.format](document, added.value, draft);
  if (!extended.ok) return extended;
  const encoded = encodeVex(extended.value);
  const after = readVex(encoded);
  if (!after.ok) return after;
  const about = listSuperseded(after.value, draft);
  const isSaid = about.some(({ at, status }) => at === draft.at && status === draft.status);
  // mutant vex-added-beside-its-opposite by extend-vex: operand 2 -> false
  if (!isSaid || about.some(({ at, status }) => at >= draft.at && status !== draft.status))
    return fail(
      'UNSUPPORTED',
      'the document says something else of the same product in a form that is not changed here',
      'Make a new document: --to FILE.',
    );
  return ok({ form, bytes: encoded, superseded });
}

const ATTACH = 'Name the image by a reference, so that it is attached, or leave --image out.';
const LATER = 'Check the clock of this machine and the time of the document.';

const EXTENDERS: Readonly<
  Record<
    VexFormat['format'],
    (document: JsonObject, added: JsonObject, draft: VexDraft) => Result<JsonObject>
  >
> = { openvex: extendOpenVex, csaf: extendCsafVex, cyclonedx: extendCycloneDx };

/**
 * OpenVEX 0.2.0: `version` grows with each change, `last_updated` says when. A statement without a
 * time has that of the document, so it is written down before the document gets another.
 */
function extendOpenVex(
  document: JsonObject,
  added: JsonObject,
  draft: VexDraft,
): Result<JsonObject> {
  const inherited = takeText(document['last_updated']) || takeText(document['timestamp']);
  const dated = takeObjects(document['statements']).map((statement) => {
    const isDated = 'timestamp' in statement || 'last_updated' in statement;
    // mutant openvex-statement-made-newer by extend-vex: condition -> true
    return isDated || inherited === '' ? statement : { ...statement, timestamp: inherited };
  });
  return ok({
    ...document,
    version: countUp(document['version']),
    last_updated: formatVexTime(draft),
    statements: [...dated, ...takeObjects(added['statements'])],
  });
}

/** CycloneDX 1.4 and later: `version` is that of the document under its serial number. */
function extendCycloneDx(
  document: JsonObject,
  added: JsonObject,
  draft: VexDraft,
): Result<JsonObject> {
  const metadata = takeObject(document['metadata']);
  const inherited = takeText(metadata['timestamp']);
  const dated = takeObjects(document['vulnerabilities']).map((one) => {
    const analysis = takeObject(one['analysis']);
    const times = [analysis['lastUpdated'], analysis['firstIssued'], one['updated']];
    const isDated = [...times, one['published'], one['created']].some((time) => time !== undefined);
    // mutant cyclonedx-analysis-made-newer by extend-vex: condition -> true
    return isDated || inherited === '' || !isJsonObject(one['analysis'])
      ? one
      : { ...one, analysis: { ...analysis, lastUpdated: inherited } };
  });
  return ok({
    ...document,
    version: countUp(document['version']),
    metadata: { ...metadata, timestamp: formatVexTime(draft) },
    vulnerabilities: [...dated, ...takeObjects(added['vulnerabilities'])],
  });
}

function countUp(version: JsonValue | undefined): number {
  return typeof version === 'number' && Number.isSafeInteger(version) ? version + 1 : 2;
}

function listSuperseded(
  statements: readonly VexStatement[],
  draft: VexDraft,
): readonly VexStatement[] {
  const names = new Set(draft.names.map((name) => name.toUpperCase()));
  const isNamed = (one: VexStatement): boolean =>
    one.names.some((name) => names.has(name.toUpperCase()));
  return statements.filter(
    (one) =>
      isNamed(one) && (one.products === null || one.products.some((each) => isMeant(each, draft))),
  );
}

/** Whether a product of a statement is one that the new statement names. */
function isMeant(product: VexProduct, { image, components }: VexDraft): boolean {
  const isOwnImage = image !== null && product.digests.includes(image.digest);
  if (image !== null && !isOwnImage) return false;
  const named = isOwnImage ? product.subcomponents : [product.purl ?? ''];
  return named.length === 0 || components.length === 0
    ? named.length === components.length
    : named.some((purl) => components.includes(purl));
}

function refuse(why: string, remedy: string): Result<never> {
  return fail('USAGE', `the statement cannot be added: ${why}`, remedy);
}
