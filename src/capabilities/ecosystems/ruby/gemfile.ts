import { ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseRegistry } from '../component-registry.ts';
import type { ManifestContent, ManifestRequest } from '../locked/locked-package.ts';

/** A statement that goes on over so many lines is not read to its end. */
const LINES_MAX = 50;

/** A statement of Ruby, on one line, and where it begins. */
interface Statement {
  readonly text: string;
  readonly line: number;
}

/**
 * Gemfile and gems.rb are programs: what is written as plain text is read, and whether there is
 * more. What a program decides is `optional`, because the lock need not have it.
 */
export function readGemfile(_file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const requests: ManifestRequest[] = [];
  let isOpen = false;
  const blocks: string[] = [];
  for (const { text: statement, line } of listStatements(text.value)) {
    const request = readGem(statement, blocks);
    if (request !== null) requests.push({ ...request, line });
    else if (/^(?:gem|gemspec|eval_gemfile|instance_eval|plugin)\b/.test(statement)) isOpen = true;
    trackBlocks(blocks, statement);
  }
  return ok({ name: null, requests, problems: [], isOpen });
}

/** `*.gemspec` of a project: `add_dependency` with plain texts. */
export function readGemspec(_file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const requests: ManifestRequest[] = [];
  let isOpen = false;
  for (const { text: statement, line } of listStatements(text.value)) {
    const [call, kind] =
      /^[\w.]{1,100}\.add_(runtime_|development_)?dependency\b/.exec(statement) ?? [];
    if (call === undefined) {
      if (/add_(?:runtime_|development_)?dependency/.test(statement)) isOpen = true;
      continue;
    }
    const [name, ...versions] = readTexts(statement.slice(call.length));
    if (name === undefined) isOpen = true;
    else {
      const development = kind === 'development_';
      const spec = versions.join(', ');
      const given = { written: null, folder: null, line, development };
      // A Gemfile need not take them over.
      requests.push({ name, spec, kind: development ? 'optional' : 'required', ...given });
    }
  }
  return ok({ name: null, requests, problems: [], isOpen });
}

function listStatements(text: string): readonly Statement[] {
  const statements: Statement[] = [];
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  for (let at = 0; at < lines.length; at++) {
    const line = at + 1;
    let whole = lines[at] ?? '';
    if (whole.startsWith('#')) continue;
    for (let more = 0; more < LINES_MAX && /[,(]$/.test(whole); more++)
      whole += ` ${lines[++at] ?? ''}`;
    statements.push({ text: whole, line });
  }
  return statements;
}

function readGem(
  statement: string,
  blocks: readonly string[],
): Omit<ManifestRequest, 'line'> | null {
  const call = /^gem\b/.exec(statement)?.[0];
  if (call === undefined) return null;
  const rest = statement.slice(call.length);
  const [name, ...versions] = readTexts(rest);
  if (name === undefined) return null;
  const folder = readOption(rest, 'path');
  const git = readOption(rest, 'git') ?? readOption(rest, 'github') ?? readOption(rest, 'gitlab');
  const isConditional = /\s(?:if|unless)\s/.test(rest) || blocks.includes('condition');
  const source =
    readOption(rest, 'source') ?? blocks.findLast((block) => block.startsWith('source '));
  const written =
    source === undefined || source === null ? null : parseRegistry(source.replace(/^source /, ''));
  return {
    name,
    spec: git === null ? versions.join(', ') : `git:${git}`,
    kind: isConditional ? 'optional' : 'required',
    written: git === null ? written : parseRegistry(git),
    folder,
    development: isDevelopment(rest, blocks),
  };
}

/** Plain texts at the begin of the arguments of a call, up to the first other one. */
function readTexts(text: string): readonly string[] {
  const found: string[] = [];
  let rest = text.replace(/^[\s(]{1,20}/, '');
  for (;;) {
    const list =
      /^(?:\[\s{0,9})?(?:"([^"#\\]*)"|'([^'\\]*)'|%q<([^<>]*)>)(?:\.freeze)?(?:\s{0,9}\])?/.exec(
        rest,
      );
    if (list === null) return found;
    const after = rest.slice(list[0].length).trimStart();
    // A text before an arrow is a key.
    if (after.startsWith('=>') || after.startsWith(':')) return found;
    found.push(list[1] ?? list[2] ?? list[3] ?? '');
    if (!after.startsWith(',')) return found;
    rest = after.slice(1).trimStart();
  }
}

/** `key: 'value'` or `:key => 'value'`. */
function readOption(text: string, key: string): string | null {
  for (const form of [` ${key}:`, `:${key} =>`, `:${key}=>`]) {
    const at = text.indexOf(form);
    const value = at === -1 ? null : text.slice(at + form.length).trimStart();
    const quoted = /^(["'])([^"'\\]{1,1000})\1/.exec(value ?? '')?.[2];
    if (quoted !== undefined) return quoted;
  }
  return null;
}

function isDevelopment(text: string, blocks: readonly string[]): boolean {
  const at = Math.max(text.indexOf(' group:'), text.indexOf(' groups:'), text.indexOf(':group =>'));
  const groups = [
    ...(at === -1 ? [] : [text.slice(at)]),
    ...blocks.filter((block) => block.startsWith('group ')),
  ].flatMap((named) => named.match(/:[a-z_]{1,50}\b(?!\s*=>)/g) ?? []);
  return (
    groups.length > 0 && groups.every((group) => /^:(?:development|test|group|groups)$/.test(group))
  );
}

/** Blocks that are open after a statement: groups, sources, conditions and others. */
function trackBlocks(blocks: string[], statement: string): void {
  if (/^end\b/.test(statement)) blocks.pop();
  else if (/^(?:if|unless|case|while|until)\b/.test(statement)) blocks.push('condition');
  else if (/^(?:begin|def|class|module)\b/.test(statement)) blocks.push('other');
  else if (/\bdo(?:\s*\|[^|]*\|)?$/.test(statement)) blocks.push(describeBlock(statement));
}

function describeBlock(statement: string): string {
  if (/^group\b/.test(statement)) return `group ${statement.slice(0, 500)}`;
  const source = /^source\b[\s(]{1,9}["']([^"']{1,1000})["']/.exec(statement)?.[1];
  if (source !== undefined) return `source ${source}`;
  return /^(?:platforms?|path|git|github)\b/.test(statement) ? 'other' : 'condition';
}
