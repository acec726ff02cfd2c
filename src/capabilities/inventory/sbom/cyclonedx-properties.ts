import { isJsonObject, type JsonObject } from '../../../core/json.ts';

/** The properties of a component or of a document that have a name and a text. */
export function listProperties(holder: JsonObject): readonly (readonly [string, string])[] {
  const { properties } = holder;
  if (!Array.isArray(properties)) return [];
  const pairs: [string, string][] = [];
  for (const property of properties) {
    if (!isJsonObject(property)) continue;
    const { name, value } = property;
    if (typeof name === 'string' && typeof value === 'string') pairs.push([name, value]);
  }
  return pairs;
}

/** Those of our own form, by what follows `waybill:`. */
export function listOwnProperties(metadata: JsonObject): ReadonlyMap<string, readonly string[]> {
  const own = listProperties(metadata).filter(([name]) => name.startsWith('waybill:'));
  const groups = Map.groupBy(own, ([name]) => name.slice(8));
  return new Map([...groups].map(([key, pairs]) => [key, pairs.map(([, value]) => value)]));
}
