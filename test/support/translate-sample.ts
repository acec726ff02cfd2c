import { findAddress } from '../../src/capabilities/advisories/address.ts';
import { recogniseFeed } from '../../src/capabilities/advisories/feeds/formats.ts';
import { matchAdvisory } from '../../src/capabilities/advisories/match.ts';
import { readOsv } from '../../src/capabilities/advisories/parse-osv.ts';
import { listAddresses } from '../../src/capabilities/ecosystems/index.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { toCanonicalPurl } from '../../src/core/purl.ts';
import { orThrow } from '../../src/core/result.ts';

/** The records of a document, as each of its parts is read. */
export function translate(document: object | string) {
  const isText = typeof document === 'string';
  const format = recogniseFeed(isText ? document : JSON.stringify(document));
  if (format === null) throw new RangeError('not recognised');
  const translator = format.begin();
  const records =
    format.reads === 'members' && !isText
      ? Object.entries(document).flatMap(([key, value]: [string, JsonValue]) =>
          (Array.isArray(value) ? value : [value]).flatMap((one) => translator.read(key, one)),
        )
      : translator.read('', document as JsonObject | string);
  return { format: format.name, records, claim: translator.finish() };
}

/** What each record says of an installed package, by the vulnerability that it is about. */
export function judge(document: object | string, purl: string): Readonly<Record<string, string>> {
  const canonical = orThrow(toCanonicalPurl(purl));
  const addressing = findAddress({ purl: canonical, version: '', source: null });
  if (addressing.kind !== 'address') throw new RangeError(addressing.why);
  const said = translate(document).records.flatMap((record) => {
    const advisory = orThrow(readOsv(record));
    return listAddresses(addressing.address).flatMap((address) => {
      const { status, rule } = matchAdvisory(address, advisory);
      if (rule === 'the advisory does not name the package') return [];
      return [[advisory.upstream[0] ?? advisory.id, status] as const];
    });
  });
  return Object.fromEntries(said);
}
