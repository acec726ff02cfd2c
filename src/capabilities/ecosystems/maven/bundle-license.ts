import { toSpdxExpression } from '../../../formats/spdx/licence.ts';

const CHARS_MAX = 1_000;

/**
 * The licences of a `Bundle-License` header (OSGi Core 3.2.1.10): names or addresses with
 * attributes, between commas. One that is not understood makes the whole unknown.
 *
 * @example parseBundleLicense('Apache-2.0;link="https://www.apache.org/licenses/LICENSE-2.0"')
 */
export function parseBundleLicense(header: string): readonly string[] {
  if (header.length > CHARS_MAX) return [];
  const names = splitOutsideQuotes(header, ',').map((clause) =>
    (splitOutsideQuotes(clause, ';')[0] ?? '').trim().replace(/^"|"$/g, ''),
  );
  const licenses = names.map((name) => findByAddress(name) ?? toSpdxExpression(name));
  return licenses.every((license) => license !== null) ? [...new Set(licenses)].sort() : [];
}

function splitOutsideQuotes(text: string, mark: string): readonly string[] {
  const parts = [''];
  let quoted = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    if (char === mark && !quoted) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}

/** Where licences are published, without scheme, `www.` and suffix. */
const ADDRESSES: ReadonlyMap<string, string> = new Map([
  ['apache.org/licenses/license-2.0', 'Apache-2.0'],
  ['opensource.org/licenses/apache-2.0', 'Apache-2.0'],
  ['opensource.org/licenses/apache2.0', 'Apache-2.0'],
  ['opensource.org/licenses/mit', 'MIT'],
  ['opensource.org/licenses/mit-license', 'MIT'],
  ['opensource.org/licenses/bsd-2-clause', 'BSD-2-Clause'],
  ['opensource.org/licenses/bsd-3-clause', 'BSD-3-Clause'],
  ['eclipse.org/org/documents/epl-v10', 'EPL-1.0'],
  ['eclipse.org/legal/epl-v10', 'EPL-1.0'],
  ['eclipse.org/legal/epl-2.0', 'EPL-2.0'],
  ['eclipse.org/legal/epl-v20', 'EPL-2.0'],
  ['eclipse.org/org/documents/edl-v10', 'BSD-3-Clause'],
  ['gnu.org/licenses/old-licenses/lgpl-2.1', 'LGPL-2.1-only'],
  // What EE4J offers beside the EPL.
  ['gnu.org/software/classpath/license', 'GPL-2.0-only WITH Classpath-exception-2.0'],
  ['creativecommons.org/publicdomain/zero/1.0', 'CC0-1.0'],
  ['mozilla.org/mpl/2.0', 'MPL-2.0'],
  ['mozilla.org/en-us/mpl/2.0', 'MPL-2.0'],
]);

function findByAddress(name: string): string | null {
  const [, rest] = /^https?:\/\/(?:www[.])?(\S+)$/i.exec(name) ?? [];
  if (rest === undefined) return null;
  const key = rest
    .toLowerCase()
    .replace(/(?:[.](?:txt|html?|php|en[.]html))$/, '')
    .replace(/\/$/, '');
  return ADDRESSES.get(key) ?? null;
}
