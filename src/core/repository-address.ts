/**
 * The address of a remote may contain a token, before the host or in the query; a waybill must not
 * contain it.
 */
export function removeCredentials(url: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)([^?#]*)/is.exec(url);
  if (scheme !== null) return `${scheme[1]}${(scheme[2] ?? '').replace(/^.*@/s, '')}${scheme[3]}`;
  // scp-like: git@host:path; a password does not belong there, but there may be one.
  return url.replace(/^([^/@:]+):[^/@]*@/, '$1@');
}

/**
 * The code host of a repository address: `github.com` of `https://github.com/shop/trips` or
 * `git@github.com:shop/trips`.
 */
export function readHost(repository: string): string | null {
  return (
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/:?#]+)/i.exec(repository)?.[1] ??
    /^[^/@]+@([^:/]+):/.exec(repository)?.[1] ??
    null
  );
}
