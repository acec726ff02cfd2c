import { findNode, readScalar, type YamlNode } from '../../../formats/yaml/trees.ts';

/** A line of a template that names an image. */
export interface TemplateImage {
  /** From 1. */
  readonly line: number;
  /** The value as it is written, without quotes. */
  readonly written: string;
  /** The offset of `written`. */
  readonly start: number;
  /** Null where only Helm can tell. */
  readonly text: string | null;
  /** The values that the text is made of. */
  readonly uses: readonly YamlNode[];
}

/** What `.Values` and `.Chart` are. */
export interface TemplateContext {
  readonly values: YamlNode | null;
  readonly chart: ReadonlyMap<string, string>;
}

const KEY = /^[ \t-]{0,200}["']?image["']?:[ \t]+(\S.*)$/;

/**
 * The images of a template, line by line: it is no YAML. Actions that only print values are
 * replaced by them; every other action leaves the image unknown.
 */
export function listTemplateImages(
  text: string,
  context: TemplateContext,
): readonly TemplateImage[] {
  const found: TemplateImage[] = [];
  let start = 0;
  for (const [at, line] of text.split('\n').entries()) {
    const value = line.length > LINE_MAX ? undefined : KEY.exec(line.replace(/\r$/, ''))?.[1];
    const written = value === undefined ? '' : cutValue(value);
    // A map below it, or an anchor, names it elsewhere.
    if (written !== '' && !written.startsWith('&') && !written.startsWith('*'))
      found.push({
        line: at + 1,
        written,
        start: start + line.indexOf(written, line.indexOf(':') + 1),
        ...evaluate(written, context),
      });
    start += line.length + 1;
  }
  return found;
}

const LINE_MAX = 2_000;

/** Without its quotes and the comment behind it. */
function cutValue(value: string): string {
  const text = value.trim();
  const quote = text.charAt(0);
  if (quote === '"' || quote === "'") {
    // Quotes may also be within an action.
    const close = text.lastIndexOf(quote);
    return close > 0 ? text.slice(1, close) : text.slice(1);
  }
  if (text.startsWith('#')) return '';
  const comment = text.indexOf(' #');
  return (comment === -1 ? text : text.slice(0, comment)).trim();
}

interface Evaluation {
  readonly text: string | null;
  readonly uses: readonly YamlNode[];
}

function evaluate(written: string, context: TemplateContext): Evaluation {
  const uses: YamlNode[] = [];
  let isKnown = true;
  const text = written.replace(/\{\{-?([^{}]{0,500})-?\}\}/g, (_, action: string) => {
    const value = evaluateAction(action.replace(/-$/, '').trim(), context, uses);
    if (value === null) isKnown = false;
    return value ?? '';
  });
  const isWhole = isKnown && !text.includes('{{') && !text.includes('}}');
  return { text: isWhole ? text.trim() : null, uses };
}

/** `.Values.image.tag | default .Chart.AppVersion | quote`; null for all that is more. */
function evaluateAction(action: string, context: TemplateContext, uses: YamlNode[]): string | null {
  const [first = '', ...pipes] = action.split('|').map((part) => part.trim());
  const swapped = /^default (\S+) (\S+)$/.exec(first);
  let value = swapped?.[2] === undefined ? readOperand(first, context, uses) : null;
  if (swapped?.[1] !== undefined && swapped[2] !== undefined) {
    const own = readOperand(swapped[2], context, uses);
    value = own === '' ? readOperand(swapped[1], context, uses) : own;
  }
  for (const pipe of pipes) {
    if (value === null) return null;
    const fallback = /^default (\S+)$/.exec(pipe)?.[1];
    if (fallback !== undefined) value = value === '' ? readOperand(fallback, context, uses) : value;
    else if (!/^(?:quote|squote|trim|toString)$/.test(pipe)) return null;
  }
  return value;
}

function readOperand(
  text: string,
  { values, chart }: TemplateContext,
  uses: YamlNode[],
): string | null {
  const literal = /^"([^"\\]*)"$/.exec(text)?.[1];
  if (literal !== undefined) return literal;
  const [, root, path] = /^\(?\$?\.(Values|Chart)\.([\w.]+)\)?$/.exec(text) ?? [];
  if (path === undefined) {
    noteArguments(text, values, uses);
    return null;
  }
  if (root === 'Chart') return chart.get(path) ?? null;
  const node = findNode(values, ...path.split('.'));
  if (node === null) return values === null ? null : '';
  uses.push(node);
  return node.kind === 'scalar' ? (readScalar(node) ?? '') : null;
}

/** A named template that is given an image of the values. */
function noteArguments(text: string, values: YamlNode | null, uses: YamlNode[]): void {
  if (!/^(?:include|template)\s/.test(text)) return;
  for (const [, path = ''] of text.matchAll(/\$?\.Values\.([\w.]{1,200})/g)) {
    const node = findNode(values, ...path.split('.'));
    if (node !== null) uses.push(node);
  }
}
