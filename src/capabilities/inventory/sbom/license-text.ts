import { sha256 } from '../../../core/digest.ts';
import { isSpdxExpression } from '../../../formats/spdx/licence.ts';

/**
 * Writes licences as SPDX expressions and remembers them: an inventory has few different ones.
 */
export class LicenseWriter {
  readonly #expressions = new Map<string, string>();
  /** Texts that are not SPDX expressions, by the LicenseRef that replaces them in the document. */
  readonly references = new Map<string, string>();

  /** One expression for a text: itself when it is one, else a reference to the text. */
  toExpression(text: string): string {
    const present = this.#expressions.get(text);
    if (present !== undefined) return present;
    const expression = isOwnExpression(text)
      ? text
      : `LicenseRef-${sha256(text.toWellFormed()).slice(7, 23)}`;
    if (expression !== text) this.references.set(expression, text);
    this.#expressions.set(text, expression);
    return expression;
  }

  /** All declared licences apply together (SPDX 2.3 annex D): AND. */
  joinExpressions(texts: readonly string[]): string {
    const parts = texts.map((text) => this.toExpression(text));
    return parts.length === 1
      ? (parts[0] ?? '')
      : parts.map((part) => (/ /.test(part) ? `(${part})` : part)).join(' AND ');
  }
}

/** Whether a text is an SPDX licence expression of known identifiers. */
function isOwnExpression(text: string): boolean {
  if (text === 'NOASSERTION' || text === 'NONE') return false;
  if (text.includes('LicenseRef-') || text !== text.trim()) return false;
  return isSpdxExpression(text);
}
