import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { accept, type CheckResult, type ReasonCode, reject } from '../reason.ts';

export interface ObjectRules {
  readonly bytesMax: number;
  /** The reason for what is no JSON object; twice a key, and too large, have reasons of their own. */
  readonly malformed: ReasonCode;
  /** What is said of JSON that is no object. */
  readonly notObject?: string;
}

/**
 * A JSON object of something signed, read strictly. A24: Go's decoder folds the case of keys, so
 * keys that differ in case alone are refused as duplicates.
 */
export function readJsonObject(bytes: Uint8Array, rules: ObjectRules): CheckResult<JsonObject> {
  const { bytesMax, malformed, notObject = 'it is not a JSON object' } = rules;
  const json = parseJson(bytes, { bytesMax, foldKeyCase: true });
  if (json.ok) return isJsonObject(json.value) ? accept(json.value) : reject(malformed, notObject);
  const { code, message } = json.failure;
  if (code === 'DUPLICATE_KEY') return reject('duplicate-key', message);
  return reject(code === 'LIMIT_EXCEEDED' ? 'too-large' : malformed, message);
}
