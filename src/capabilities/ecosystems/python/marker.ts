import { isAllowed } from './specifier.ts';

/** What is known of the Python that packages are installed for. */
export interface PythonEnvironment {
  /** `3.11`; null where it is not known. */
  readonly pythonVersion: string | null;
}

const CHARACTERS_MAX = 4_096;
const DEPTH_MAX = 50;
const TOKEN = /\s*(?:("[^"]*"|'[^']*')|(===|~=|==|!=|<=|>=|<|>)|([()])|([A-Za-z_][\w.]*))/y;

/**
 * Whether a requirement counts, as its marker says (PEP 508, "Environment Markers"). Null where
 * that depends on what is not known, such as the extras that somebody asked for, and for a text
 * that is no marker.
 *
 * @example evaluateMarker('python_version < "3.9"', { pythonVersion: '3.11' }) // false
 */
export function evaluateMarker(text: string, environment: PythonEnvironment): boolean | null {
  const tokens = splitTokens(text);
  if (tokens === null) return null;
  const reader = new MarkerReader(tokens, environment);
  const answer = reader.readOr(0);
  return reader.isAtEnd ? answer : null;
}

function splitTokens(text: string): readonly string[] | null {
  if (text.length > CHARACTERS_MAX) return null;
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < end; ) {
    const found = TOKEN.exec(text);
    if (found === null) return null;
    tokens.push(found[0].trim());
  }
  return tokens;
}

/** Reads with three answers: what is not known is neither true nor false. */
class MarkerReader {
  readonly #tokens: readonly string[];
  readonly #environment: PythonEnvironment;
  #at = 0;
  #isBroken = false;

  constructor(tokens: readonly string[], environment: PythonEnvironment) {
    this.#tokens = tokens;
    this.#environment = environment;
  }

  get isAtEnd(): boolean {
    return !this.#isBroken && this.#at === this.#tokens.length;
  }

  readOr(depth: number): boolean | null {
    const answers = [this.#readAnd(depth)];
    while (this.#skip('or')) answers.push(this.#readAnd(depth));
    if (answers.includes(true)) return true;
    return answers.includes(null) ? null : false;
  }

  #readAnd(depth: number): boolean | null {
    const answers = [this.#readOne(depth)];
    while (this.#skip('and')) answers.push(this.#readOne(depth));
    if (answers.includes(false)) return false;
    return answers.includes(null) ? null : true;
  }

  #readOne(depth: number): boolean | null {
    // mutant python-marker-without-a-depth by marker: condition -> false
    if (depth > DEPTH_MAX) return this.#break();
    if (!this.#skip('(')) return this.#compare();
    const answer = this.readOr(depth + 1);
    return this.#skip(')') ? answer : this.#break();
  }

  #compare(): boolean | null {
    const left = this.#take();
    const isNegated = this.#skip('not');
    const operator = this.#take();
    const right = this.#take();
    if (left === null || operator === null || right === null) return this.#break();
    if (!/^(?:in|===|~=|==|!=|<=|>=|<|>)$/.test(operator)) return this.#break();
    if (isNegated && operator !== 'in') return this.#break();
    const version = this.#environment.pythonVersion;
    const isAsked = left === 'python_version' || right === 'python_version';
    if (version === null || !isAsked) return null;
    const isLeft = left === 'python_version';
    const value = (isLeft ? right : left).slice(1, -1);
    if (operator === 'in') return isLeft ? value.includes(version) !== isNegated : null;
    return isAllowed(version, (isLeft ? operator : turnRound(operator)) + value);
  }

  #take(): string | null {
    return this.#tokens[this.#at++] ?? null;
  }

  #skip(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #break(): null {
    this.#isBroken = true;
    return null;
  }
}

/** `"3.9" > python_version` says the same as `python_version < "3.9"`. */
function turnRound(operator: string): string {
  if (operator.startsWith('<')) return `>${operator.slice(1)}`;
  return operator.startsWith('>') ? `<${operator.slice(1)}` : operator;
}
