/**
 * A source package where binary packages have the same names: Red Hat says `openssl` of both, and
 * their versions are not compared with each other. No name of rpm has a colon.
 */
export function formatSourceName(name: string): string {
  return `src:${name}`;
}
