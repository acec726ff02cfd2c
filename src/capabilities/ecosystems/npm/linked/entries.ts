import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { getOwn } from '../../../../core/own.ts';

/** The members of a member that is an object; none for every other one. */
export function listEntries(
  fields: JsonObject,
  name: string,
): readonly (readonly [string, JsonValue])[] {
  const members = getOwn(fields, name);
  if (!isJsonObject(members)) return [];
  const entries: [string, JsonValue][] = [];
  for (const [key, value] of Object.entries(members))
    if (value !== undefined) entries.push([key, value]);
  return entries;
}
