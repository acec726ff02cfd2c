/** One requirement as PEP 508 writes it. */
export interface PythonRequirement {
  /** As written. */
  readonly name: string;
  readonly extras: readonly string[];
  /** `>=1,<2`; empty for any version, and where an address says which. */
  readonly specifier: string;
  /** Where it is to be taken from; null for a registry. */
  readonly url: string | null;
  /** When it is required; null for always. */
  readonly marker: string | null;
}

const CHARACTERS_MAX = 8_192;

/**
 * Names of packages of Python are equal after this (PEP 503).
 *
 * @example normaliseName('Zope.Interface_x') // zope-interface-x
 */
export function normaliseName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** Whether a text can be the name of a package (PEP 508). */
export function isPythonName(name: string): boolean {
  return (
    name.length <= 214 && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name) && /[A-Za-z0-9]$/.test(name)
  );
}

/**
 * Null for a text that is no requirement.
 *
 * @example parseRequirement('requests[socks] >= 2.8, == 2.*; python_version < "3"')
 */
export function parseRequirement(text: string): PythonRequirement | null {
  if (text.length > CHARACTERS_MAX) return null;
  const [name = ''] = /^[A-Za-z0-9][A-Za-z0-9._-]*/.exec(text.trim()) ?? [];
  if (!isPythonName(name)) return null;
  const behind = text.trim().slice(name.length).trim();
  const extras = readExtras(behind);
  if (extras === null) return null;
  const rest = behind.slice(extras.length).trim();
  if (rest.startsWith('@')) return readAddress(name, extras.names, rest.slice(1).trim());
  const semicolon = rest.indexOf(';');
  const marker = semicolon === -1 ? null : rest.slice(semicolon + 1).trim();
  const specifier = readSpecifier(semicolon === -1 ? rest : rest.slice(0, semicolon));
  if (specifier === null || marker === '') return null;
  return { name, extras: extras.names, specifier, url: null, marker };
}

/** `length` characters are taken. */
function readExtras(
  text: string,
): { readonly names: readonly string[]; readonly length: number } | null {
  if (!text.startsWith('[')) return { names: [], length: 0 };
  const end = text.indexOf(']');
  if (end === -1) return null;
  const names = text
    .slice(1, end)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.every(isPythonName) ? { names, length: end + 1 } : null;
}

/** A blank ends an address; a marker follows it. */
function readAddress(
  name: string,
  extras: readonly string[],
  text: string,
): PythonRequirement | null {
  const [url = ''] = /^\S+/.exec(text) ?? [];
  const rest = text.slice(url.length).trim();
  if (url === '' || (rest !== '' && !rest.startsWith(';'))) return null;
  const marker = rest === '' ? null : rest.slice(1).trim();
  return marker === '' ? null : { name, extras, specifier: '', url, marker };
}

const CLAUSE = /^(?:~=|===|==|!=|<=|>=|<|>)\s*[\w.+!*-]+$/;

function readSpecifier(text: string): string | null {
  const bare = text.trim();
  const inner = bare.startsWith('(') && bare.endsWith(')') ? bare.slice(1, -1).trim() : bare;
  if (inner === '') return '';
  const clauses = inner.split(',').map((clause) => clause.trim());
  // A comma at the end is allowed by pip.
  if (clauses.at(-1) === '') clauses.pop();
  return clauses.every((clause) => CLAUSE.test(clause))
    ? clauses.map((clause) => clause.replace(/\s+/, '')).join(',')
    : null;
}
