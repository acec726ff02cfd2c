import { findNode, listItems, readScalar, type YamlNode } from '../../../formats/yaml/trees.ts';

export interface ExpandedText {
  readonly text: string;
  /** The value of the matrix that it has; null where the text has no such expression. */
  readonly from: YamlNode | null;
}

const VALUES_MAX = 256;

/**
 * The texts of `node:${{ matrix.node }}`, one for each value that the file lists for that one
 * variable; a text with other expressions stays as it is.
 */
export function expandMatrix(
  text: string,
  matrix: YamlNode | null,
): readonly [ExpandedText, ...ExpandedText[]] {
  const whole: ExpandedText = { text, from: null };
  const [expression, ...others] = [...text.matchAll(/\$\{\{\s*matrix\.([\w-]+)\s*\}\}/g)];
  const name = expression?.[1];
  if (name === undefined || others.some(([, other]) => other !== name)) return [whole];
  const listed = listItems(findNode(matrix, name));
  const included = listItems(findNode(matrix, 'include')).map((entry) => findNode(entry, name));
  const nodes = [...listed, ...included].filter((node) => node !== null);
  const values = nodes.map((node) => ({ node, value: readScalar(node) }));
  const isCertain = values.every(({ value }) => value !== null && !value.includes('${{'));
  // A list that an expression makes is not in the file.
  const isWhole = findNode(matrix, name)?.kind !== 'scalar' && matrix?.kind !== 'scalar';
  if (!isCertain || !isWhole || values.length > VALUES_MAX) return [whole];
  const [first, ...rest] = values.map(({ node, value }) => ({
    text: text.replaceAll(/\$\{\{\s*matrix\.[\w-]+\s*\}\}/g, () => value ?? ''),
    from: node,
  }));
  return first === undefined ? [whole] : [first, ...rest];
}
