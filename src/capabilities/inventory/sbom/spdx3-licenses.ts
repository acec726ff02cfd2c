import type { JsonObject } from '../../../core/json.ts';
import { readText } from './component-collector.ts';
import { readObjects, readTexts, readType } from './spdx3-elements.ts';

/** Sets of licences within sets; a deeper one is not a licence of anybody. */
const DEPTH_MAX = 16;
/** A set may be in many sets: its expression could grow without end. */
const EXPRESSION_MAX = 4_096;
const LISTED = /^https?:\/\/spdx\.org\/licenses\/([A-Za-z0-9.+-]{1,100})$/;
const TEXTS = new Set(['simplelicensing_SimpleLicensingText', 'expandedlicensing_CustomLicense']);

/** The licences of an SPDX 3 document, as expressions of SPDX 2. */
export class Spdx3Licenses {
  readonly #byId: ReadonlyMap<string, JsonObject>;
  readonly #known = new Map<string, string | null>();
  /** The texts that the document has, by the LicenseRef that stands for each. */
  readonly #texts = new Map<string, JsonObject>();

  constructor(byId: ReadonlyMap<string, JsonObject>) {
    this.#byId = byId;
  }

  /** Null for what is unknown, says nothing or is too large. */
  toExpression(id: string, depth = 0): string | null {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    // A set that contains itself is met here again.
    this.#known.set(id, null);
    const text = depth > DEPTH_MAX ? null : this.#formatLicense(id, depth);
    // mutant spdx3-licence-that-grows by other-forms: condition -> text
    const expression = text === null || text.length > EXPRESSION_MAX ? null : text;
    this.#known.set(id, expression);
    return expression;
  }

  #formatLicense(id: string, depth: number): string | null {
    const listed = LISTED.exec(id)?.[1];
    if (listed !== undefined) return listed;
    const element = this.#byId.get(id);
    if (element === undefined) return null;
    const type = readType(element);
    switch (type) {
      case 'simplelicensing_LicenseExpression':
        this.#noteCustom(element);
        return readText(element, 'simplelicensing_licenseExpression') || null;
      case 'expandedlicensing_ConjunctiveLicenseSet':
        return this.#join(element, ' AND ', depth);
      case 'expandedlicensing_DisjunctiveLicenseSet':
        return this.#join(element, ' OR ', depth);
      case 'expandedlicensing_OrLaterOperator': {
        const subject = readText(element, 'expandedlicensing_subjectLicense');
        const text = this.toExpression(subject, depth + 1);
        return text === null ? null : `${text}+`;
      }
      case 'expandedlicensing_WithAdditionOperator':
        return this.#addException(element, depth);
      default:
        return TEXTS.has(type) ? this.#noteText(element, toReference(id)) : null;
    }
  }

  #join(element: JsonObject, operator: string, depth: number): string | null {
    const parts: string[] = [];
    for (const member of readTexts(element, 'expandedlicensing_member')) {
      const text = this.toExpression(member, depth + 1);
      if (text === null) return null;
      parts.push(text.includes(' ') ? `(${text})` : text);
    }
    return parts.length === 0 ? null : parts.join(operator);
  }

  #addException(element: JsonObject, depth: number): string | null {
    const licence = readText(element, 'expandedlicensing_subjectExtendableLicense');
    const addition = readText(element, 'expandedlicensing_subjectAddition');
    const [text, exception] = [this.toExpression(licence, depth + 1), LISTED.exec(addition)?.[1]];
    return text === null || exception === undefined ? null : `${text} WITH ${exception}`;
  }

  /** `simplelicensing_customIdToUri`: which element a LicenseRef of an expression means. */
  #noteCustom(element: JsonObject): void {
    for (const entry of readObjects(element, 'simplelicensing_customIdToUri')) {
      const meant = this.#byId.get(readText(entry, 'value'));
      if (meant !== undefined) this.#noteText(meant, readText(entry, 'key'));
    }
  }

  #noteText(element: JsonObject, licenseId: string): string {
    const extractedText = readText(element, 'simplelicensing_licenseText');
    const name = readText(element, 'name') || licenseId;
    this.#texts.set(licenseId, { licenseId, name, extractedText });
    return licenseId;
  }

  /** As SPDX 2 has them: `hasExtractedLicensingInfos`. */
  listTexts(): readonly JsonObject[] {
    return [...this.#texts.values()];
  }
}

function toReference(id: string): string {
  const last = id.slice(Math.max(id.lastIndexOf('/'), id.lastIndexOf('#')) + 1);
  const word = last.replaceAll(/[^A-Za-z0-9.-]/g, '-');
  return word.startsWith('LicenseRef-') ? word : `LicenseRef-${word}`;
}
