import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { trimCharacters } from '../../../../formats/text/cut.ts';
import { parseRegistry } from '../../component-registry.ts';
import type { RegistrySource } from '../../dependency.ts';
import { takeBaseName } from '../../extractor.ts';

/** Settings of Go in a file of the tree; the environment of who builds comes before them. */
export interface GoSettings {
  readonly file: string;
  readonly values: ReadonlyMap<string, GoSetting>;
}

interface GoSetting {
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

/** `go.env`, which people load with GOENV, and the file of `go env -w`. */
export function isGoEnv(path: string): boolean {
  return takeBaseName(path) === 'go.env';
}

const ASSIGNMENT = /^([A-Z][A-Z0-9_]*)=([^\r]*)/;

/** Lines of `NAME=VALUE`; `#` begins a comment (cmd/go/internal/cfg, readEnvFile). */
export function parseGoEnv(file: string, bytes: Uint8Array): Result<GoSettings> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const values = new Map<string, GoSetting>();
  for (const [at, line] of text.value.split('\n').entries()) {
    const [, name, value] = ASSIGNMENT.exec(line.trimStart()) ?? [];
    if (name !== undefined && value !== undefined)
      values.set(name, { value: trimCharacters(value.trim(), '"\''), line: at + 1 });
  }
  return ok({ file, values });
}

interface ModuleSource {
  readonly registry: string | null;
  readonly registryFrom: RegistrySource;
}

/** Where a module would come from, as far as the tree says. */
export function findModuleSource(settings: GoSettings | null, path: string): ModuleSource {
  const read = (name: string): string | null => settings?.values.get(name)?.value ?? null;
  const direct = read('GONOPROXY') ?? read('GOPRIVATE');
  if (direct?.split(',').some((pattern) => matchesPrefix(pattern.trim(), path)))
    return { registry: findHost(path), registryFrom: 'configured' };
  const [first] = listProxies(read('GOPROXY') ?? '');
  if (first === undefined) return { registry: null, registryFrom: 'default' };
  const registry =
    first === 'direct' ? findHost(path) : first === 'off' ? null : parseRegistry(first);
  return { registry, registryFrom: 'configured' };
}

/** A proxy after `,` or `|` is only asked where those before it fail. */
function listProxies(value: string): readonly string[] {
  return value
    .split(/[,|]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The addresses of proxies that the settings name. */
export function listProxyRegistries({
  values,
}: GoSettings): readonly { readonly registry: string; readonly line: number }[] {
  const proxies = values.get('GOPROXY');
  return listProxies(proxies?.value ?? '').flatMap((proxy) => {
    const registry = parseRegistry(proxy);
    return registry === null ? [] : [{ registry, line: proxies?.line ?? 1 }];
  });
}

/** Hosts with a repository at the second and third element of a path. */
const CODE_HOSTS: ReadonlySet<string> = new Set(['github.com', 'gitlab.com', 'bitbucket.org']);

/** Without a proxy, a module is taken from the host that its path names. */
function findHost(path: string): string {
  const [host = '', ...rest] = path.split('/');
  return CODE_HOSTS.has(host) ? [host, ...rest.slice(0, 2)].join('/') : host;
}

/** The first elements of a path match those of a pattern; `*` is any text without `/`. */
function matchesPrefix(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const elements = path.split('/');
  return (
    pattern !== '' &&
    wanted.length <= elements.length &&
    wanted.every((one, at) => matchesElement(one, elements[at] ?? ''))
  );
}

/** Linear in the length of the text. */
function matchesElement(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const next = text.indexOf(piece, at);
    if (next === -1) return false;
    at = next + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
