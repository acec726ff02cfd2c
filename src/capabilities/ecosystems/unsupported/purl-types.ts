/**
 * Types of purl whose packages are in one ecosystem of OSV alone, which no matcher reads
 * (ossf.github.io/osv-schema/#defined-ecosystems).
 */
const UNREAD_ECOSYSTEMS: ReadonlyMap<string, string> = new Map([
  ['julia', 'Julia'],
  ['opam', 'opam'],
]);

/** Types that are named one by one; there is no end of others (purl-spec, PURL-TYPES.rst). */
const NAMED_TYPES: ReadonlySet<string> = new Set([
  ...['apk', 'rpm', 'alpm', 'ebuild', 'opkg'],
  ...['bitbucket', 'bitnami', 'cocoapods', 'conda', 'cpan', 'deb', 'docker', 'generic', 'github'],
  ...['golang', 'huggingface', 'luarocks', 'maven', 'mlflow', 'npm', 'oci', 'qpkg', 'swid'],
]);

/** What packages of a type are called where they are counted, and their ecosystem if it is sure. */
export function describePurlType(type: string): {
  readonly label: string;
  readonly osv: string | null;
} {
  const osv = UNREAD_ECOSYSTEMS.get(type) ?? null;
  return { label: osv ?? (NAMED_TYPES.has(type) ? `pkg:${type}` : 'other types'), osv };
}
