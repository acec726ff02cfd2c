import type { PurlParts } from '../../core/purl.ts';

/** purl-spec, deb and rpm as other tools write them: `upstream=glibc` or `upstream=glibc@2.36`. */
export function parseUpstream(
  parts: PurlParts,
): { readonly name: string; readonly version: string } | null {
  const upstream = parts.qualifiers['upstream'];
  if (upstream === undefined || parts.version === null) return null;
  const [name = '', version] = upstream.split('@');
  return name === '' ? null : { name, version: version ?? parts.version };
}
