import { formatCount } from '../../core/count.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/**
 * One challenge of a WWW-Authenticate header (RFC 9110 §11.6.1); scheme and parameter names in
 * lower case.
 */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const HEADER_LENGTH_MAX = 16_384;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;

/** The target of `rel="next"` in a Link header (RFC 8288), or null when there is none. */
export function parseNextLink(header: string | undefined): Result<string | null> {
  if (header === undefined) return ok(null);
  if (header.length > HEADER_LENGTH_MAX) return tooLong('Link');
  const scanner = new Scanner(header);
  while (!scanner.done()) {
    const target = scanner.take(/<([^<>]*)>/y);
    if (target === null) return malformed('Link', header);
    const rel = readLinkRelation(scanner);
    if (rel === undefined) return malformed('Link', header);
    if (rel?.toLowerCase().split(/\s+/).includes('next')) return ok(target[1] ?? '');
    if (!scanner.done() && scanner.take(/,/y) === null) return malformed('Link', header);
    scanner.take(/[\s,]*/y);
  }
  return ok(null);
}

/** The first `rel`; null when there is none, undefined when the parameters are malformed. */
function readLinkRelation(scanner: Scanner): string | null | undefined {
  let rel: string | null = null;
  while (scanner.take(/;/y) !== null) {
    const name = scanner.take(TOKEN)?.[0].toLowerCase();
    if (name === undefined) return undefined;
    if (scanner.take(/=/y) === null) continue;
    const value = scanner.value();
    if (value === null) return undefined;
    if (name === 'rel') rel ??= value;
  }
  return rel;
}

/**
 * @example parseChallenges('Bearer realm="https://registry.example.com/token",service="registry"')
 */
export function parseChallenges(header: string): Result<readonly Challenge[]> {
  if (header.length > HEADER_LENGTH_MAX) return tooLong('WWW-Authenticate');
  const scanner = new Scanner(header);
  const challenges: Challenge[] = [];
  scanner.take(/[\s,]*/y);
  while (!scanner.done()) {
    const scheme = scanner.take(TOKEN)?.[0].toLowerCase();
    if (scheme === undefined) return malformed('WWW-Authenticate', header);
    const parameters = readChallengeParameters(scanner);
    if (parameters === null) return malformed('WWW-Authenticate', header);
    challenges.push({ scheme, parameters });
  }
  return ok(challenges);
}

/**
 * Up to the next scheme: a token without a following `=`. A repeated parameter is refused (RFC 9110
 * §11.2).
 */
function readChallengeParameters(scanner: Scanner): Record<string, string> | null {
  const parameters = new Map<string, string>();
  if (scanner.take(TOKEN68) !== null) {
    scanner.take(/[\s,]*/y);
    return Object.fromEntries(parameters);
  }
  for (let parameter = scanner.parameter(); parameter !== null; parameter = scanner.parameter()) {
    const value = scanner.value();
    if (value === null || parameters.has(parameter)) return null;
    parameters.set(parameter, value);
    if (!scanner.done() && scanner.take(/,[\s,]*/y) === null) return null;
  }
  return Object.fromEntries(parameters);
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.trim();
  }

  done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The match of a sticky pattern at this position, without the white space around it. */
  take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    while (this.#text[this.#at] === ' ' || this.#text[this.#at] === '\t') this.#at++;
    return found;
  }

  value(): string | null {
    const quoted = this.take(QUOTED);
    if (quoted !== null) return (quoted[1] ?? '').replace(/\\(.)/g, '$1');
    return this.take(TOKEN)?.[0] ?? null;
  }

  /** A name and its `=`; nothing is taken when no `=` follows. */
  parameter(): string | null {
    const found = this.take(/([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*=/y);
    return found === null ? null : (found[1] ?? '').toLowerCase();
  }
}

function tooLong(name: string): Result<never> {
  const remedy = 'Ask the operator of the registry.';
  return fail(
    'LIMIT_EXCEEDED',
    `a ${name} header of more than ${HEADER_LENGTH_MAX} characters`,
    remedy,
  );
}

/** The text is not quoted: a hostile one may contain what was sent to it. */
function malformed(name: string, header: string): Result<never> {
  const remedy = 'Ask the operator of the registry.';
  return fail(
    'REGISTRY_MISBEHAVED',
    `a malformed ${name} header of ${formatCount(header.length, 'character')}`,
    remedy,
  );
}
