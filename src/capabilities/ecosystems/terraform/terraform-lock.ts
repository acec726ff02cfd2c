import { formatPurl, type PurlParts } from '../../../core/purl.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { createLineCounter } from '../../../formats/json/places.ts';
import type { Draft } from '../extractor.ts';
import type { LocatedDependency } from '../manifest.ts';

/** One `provider` of .terraform.lock.hcl. */
export interface LockedProvider {
  /** Host of its registry. */
  readonly host: string;
  readonly namespace: string;
  readonly type: string;
  readonly version: string;
  readonly constraints: string | null;
  /** `h1:…` of the content, `zh:…` of an archive; one for each platform. */
  readonly hashes: readonly string[];
  readonly line: number;
}

interface Token {
  readonly kind: 'word' | 'text' | 'mark';
  readonly text: string;
  readonly at: number;
}

const PROVIDERS_MAX = 10_000;

/**
 * The lock of Terraform and OpenTofu: the few forms of HCL that they write (Terraform, "Dependency
 * Lock File"). Everything else is MALFORMED.
 */
export function readTerraformLock(bytes: Uint8Array): Result<readonly LockedProvider[]> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const text = decoded.value.replace(/^\ufeff/, '');
  const tokens = splitTokens(text);
  if (tokens === null) return refuse('it holds what no lock has');
  const countLine = createLineCounter(text);
  const providers: LockedProvider[] = [];
  const reader = new TokenReader(tokens);
  while (!reader.isAtEnd()) {
    const start = reader.position;
    const address = reader.take('word', 'provider') === null ? null : reader.take('text');
    const body = address === null ? null : readBody(reader);
    if (address === null || body === null) return refuse('a block is no provider');
    const [host, namespace, type, ...others] = address.split('/');
    const isAddress = type !== undefined && others.length === 0;
    if (!isAddress || host === undefined || namespace === undefined || body.version === null)
      return refuse('a provider has no whole address or no version');
    const { version, constraints, hashes } = body;
    const line = countLine(start);
    providers.push({ host, namespace, type, version, constraints, hashes, line });
    if (providers.length > PROVIDERS_MAX) return refuse('it has too many providers');
  }
  return ok(providers);
}

interface ProviderBody {
  version: string | null;
  constraints: string | null;
  readonly hashes: string[];
}

function readBody(reader: TokenReader): ProviderBody | null {
  const body: ProviderBody = { version: null, constraints: null, hashes: [] };
  if (reader.take('mark', '{') === null) return null;
  while (reader.take('mark', '}') === null) {
    const key = reader.take('word');
    if (key === null || reader.take('mark', '=') === null) return null;
    if (key === 'hashes') {
      const list = readList(reader);
      if (list === null) return null;
      body.hashes.push(...list);
      continue;
    }
    const value = reader.take('text');
    if (value === null) return null;
    if (key === 'version') body.version = value;
    else if (key === 'constraints') body.constraints = value;
    else return null;
  }
  return body;
}

function readList(reader: TokenReader): readonly string[] | null {
  const items: string[] = [];
  if (reader.take('mark', '[') === null) return null;
  while (reader.take('mark', ']') === null) {
    const item = reader.take('text');
    if (item === null) return null;
    items.push(item);
    if (reader.take('mark', ',') === null && !reader.isNext(']')) return null;
  }
  return items;
}

class TokenReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get position(): number {
    return this.#tokens[this.#at]?.at ?? 0;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  isNext(text: string): boolean {
    return this.#tokens[this.#at]?.text === text;
  }

  /** The text of the next token where it is one of this kind; null, and no step, where not. */
  take(kind: Token['kind'], text?: string): string | null {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind || (text !== undefined && token.text !== text)) return null;
    this.#at++;
    return token.text;
  }
}

const TOKEN = /[ \t\r\n]+|#[^\n]*|\/\/[^\n]*|"([^"\\\n$%]*)"|([A-Za-z_][\w-]*)|([{}[\],=])/y;

/** Null where something else stands there: escapes and templates are in no lock. */
function splitTokens(text: string): readonly Token[] | null {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) return null;
    const [, quoted, word, mark] = found;
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted, at });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, at });
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, at });
  }
  return tokens;
}

function refuse(why: string): Result<never> {
  return fail('MALFORMED', why, 'Write it again: terraform providers lock.');
}

function buildParts({ host, namespace, type, version }: LockedProvider): PurlParts {
  return {
    type: 'terraform',
    namespace,
    name: type,
    version,
    qualifiers: { repository_url: host },
    subpath: null,
  };
}

export function draftProvider(provider: LockedProvider, path: string): Draft {
  const { host, namespace, type, version } = provider;
  return {
    key: `${host}/${namespace}/${type} ${version}`,
    parts: buildParts(provider),
    name: `${namespace}/${type}`,
    version,
    licenses: [],
    source: null,
    locations: [path],
    hashes: {},
    origin: host,
    needs: [],
    development: false,
  };
}

export function declareProvider(provider: LockedProvider, file: string): LocatedDependency {
  const { host, namespace, type, version, constraints, hashes, line } = provider;
  const recorded = hashes.some((hash) => /^(?:h1|zh):./.test(hash));
  return {
    ecosystem: 'terraform',
    name: `${namespace}/${type}`,
    version,
    requested: constraints,
    purl: formatPurl(buildParts(provider)),
    pinned: 'yes',
    why: recorded ? 'the lock has its version and hashes' : 'the lock has its version, but no hash',
    registry: host,
    registryFrom: 'lock',
    recorded,
    place: { file, line },
    kind: 'direct',
    development: false,
    span: null,
  };
}
