import { fail, ok, type Result } from '../../../core/result.ts';

/**
 * A value of a lock of Elixir or Erlang: texts, atoms (`:name`, `name`) and numbers are texts;
 * lists and tuples are lists; a map is a list of pairs.
 */
export type Term = string | readonly Term[];

const DEPTH_MAX = 64;
/** Text or binary, atom or number, or a sign. */
const TOKEN =
  /\s+|[#%](?!\{)[^\n]*|<<"((?:[^"\\]|\\[\s\S])*)"(?:\/utf8)?>>|"((?:[^"\\]|\\[\s\S])*)"(:)?|:?([\w@.!?-]+)(:(?![\w"]))?|(=>|%\{|[[\]{},.])/y;

type Token = { readonly sign: string } | { readonly text: string; readonly isKey: boolean };

/**
 * Reads the terms of one file, as `mix.lock` (a map) and `rebar.lock` (terms that end with a dot)
 * have them. Nothing is evaluated.
 */
export function parseTerms(text: string): Result<readonly Term[]> {
  const tokens = listTokens(text);
  if (tokens === null) return fail('MALFORMED', 'it is no list of terms', 'Write the lock again.');
  const reading = { tokens, at: 0 };
  const terms: Term[] = [];
  while (reading.at < tokens.length) {
    const term = readTerm(reading, 0);
    if (term === null) return fail('MALFORMED', 'a term has no end', 'Write the lock again.');
    terms.push(term);
    if (isSign(tokens[reading.at], '.')) reading.at++;
  }
  return ok(terms);
}

function listTokens(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) return null;
    const [, binary, quoted, quotedKey, word, wordKey, sign] = match;
    const string = binary ?? quoted;
    if (sign !== undefined) tokens.push({ sign });
    else if (string !== undefined)
      tokens.push({ text: string.replace(/\\([\s\S])/g, '$1'), isKey: quotedKey !== undefined });
    else if (word !== undefined) tokens.push(...splitWord(word, wordKey !== undefined));
  }
  return tokens;
}

/** The dot that ends a term of Erlang stands at once behind its last word. */
function splitWord(word: string, isKey: boolean): readonly Token[] {
  return word.endsWith('.') && word.length > 1
    ? [{ text: word.slice(0, -1), isKey: false }, { sign: '.' }]
    : word === '.'
      ? [{ sign: '.' }]
      : [{ text: word, isKey }];
}

interface TermReading {
  readonly tokens: readonly Token[];
  at: number;
}

function isSign(token: Token | undefined, sign: string): boolean {
  return token !== undefined && 'sign' in token && token.sign === sign;
}

/** Null where the text ends too early or goes on in a way that no term does. */
function readTerm(reading: TermReading, depth: number): Term | null {
  const token = reading.tokens[reading.at++];
  // mutant terms-nested-too-deeply by small-locks: operand 2 -> false
  if (token === undefined || depth > DEPTH_MAX) return null;
  if (!('sign' in token)) {
    if (!token.isKey) return token.text;
    const value = readTerm(reading, depth + 1);
    return value === null ? null : [token.text, value];
  }
  const end = token.sign === '[' ? ']' : token.sign === '{' || token.sign === '%{' ? '}' : null;
  if (end === null) return null;
  const parts: Term[] = [];
  while (!isSign(reading.tokens[reading.at], end)) {
    const part = readTerm(reading, depth + 1);
    if (part === null) return null;
    if (isSign(reading.tokens[reading.at], '=>')) {
      reading.at++;
      const value = readTerm(reading, depth + 1);
      if (value === null) return null;
      parts.push([part, value]);
    } else parts.push(part);
    if (isSign(reading.tokens[reading.at], ',')) reading.at++;
    else if (!isSign(reading.tokens[reading.at], end)) return null;
  }
  reading.at++;
  return parts;
}

export function isList(term: Term | undefined): term is readonly Term[] {
  return Array.isArray(term);
}
