/**
 * Keys and values of a .properties file in the form that Maven writes: no continuation lines, `\`
 * escapes decoded.
 */
export function readProperties(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split(/\r\n|\r|\n/)) {
    const key = /^[^#!\s=:][^\s=:]*/.exec(line.trimStart())?.[0] ?? '';
    const rest = line.trimStart().slice(key.length);
    // A key without a separator has no value.
    if (key === '' || rest === '') continue;
    const value = rest.trim().replace(/^[=:]\s*/, '');
    values.set(key, value.replace(/\\(.)/g, '$1'));
  }
  return values;
}

/**
 * The main section of a MANIFEST.MF: names in lower case, continuation lines joined (JAR
 * specification).
 */
export function readManifest(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const section = text.replace(/\r\n?/g, '\n').split(/\n\n/)[0] ?? '';
  for (const line of section.replaceAll('\n ', '').split('\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (key !== '' && !values.has(key)) values.set(key, line.slice(colon + 1).trim());
  }
  return values;
}
