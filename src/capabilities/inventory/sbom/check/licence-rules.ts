import { isSpdxExpression } from '../../../../formats/spdx/licence.ts';

/** An SPDX expression, which may name licences of the document, or a word for none or unknown. */
export function isLicenceText(text: string): boolean {
  return text === 'NOASSERTION' || text === 'NONE' || isSpdxExpression(text);
}
