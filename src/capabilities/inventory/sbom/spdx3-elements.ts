import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import { readText } from './component-collector.ts';

export function readId(element: JsonObject): string {
  return readText(element, 'spdxId') || readText(element, '@id');
}

export function readType(element: JsonObject): string {
  return readText(element, 'type') || readText(element, '@type');
}

/** A list of texts; one text is a list of one. */
export function readTexts(holder: JsonObject, key: string): readonly string[] {
  const value = getOwn(holder, key);
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

export function readObjects(holder: JsonObject, key: string): readonly JsonObject[] {
  const value = getOwn(holder, key);
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
