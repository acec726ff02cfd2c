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
 * One repository under each address that git uses for it: over HTTPS and SSH, with and without
 * `.git`. An address of another form stands for itself.
 *
 * @example listAddresses('git+https://github.com/shop/trips')
 */
export function listAddresses(repository: string): readonly string[] {
  const address = repository.replace(/^git\+/, '');
  const [, host, path] =
    /^(?:https|ssh):\/\/(?:git@)?([^/@:]+)\/([^?#]+)$/.exec(address) ??
    /^git@([^/@:]+):([^?#]+)$/.exec(address) ??
    [];
  if (host === undefined || path === undefined) return [address];
  const name = path.endsWith('.git') ? path.slice(0, -'.git'.length) : path;
  const forms = [`https://${host}/`, `ssh://git@${host}/`, `git@${host}:`];
  return forms.flatMap((form) => [`${form}${name}`, `${form}${name}.git`]);
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
