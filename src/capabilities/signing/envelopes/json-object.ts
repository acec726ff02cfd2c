import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { accept, type CheckResult, type ReasonCode, reject } from '../reason.ts';

export interface ObjectRules {
  readonly bytesMax: number;
  /**
   * The reason for a text that is not a JSON object; repeated keys and too large texts have their
   * own reasons.
   */
  readonly malformed: ReasonCode;
  /** The message for JSON that is not an object. */
  readonly notObject?: string;
}

/**
 * A JSON object of a signed document, read strictly. A24: Go's decoder folds the case of keys, so
 * keys that differ only in case are refused as duplicates.
 */
export function readJsonObject(bytes: Uint8Array, rules: ObjectRules): CheckResult<JsonObject> {
  const { bytesMax, malformed, notObject = 'it is not a JSON object' } = rules;
  const json = parseJson(bytes, { bytesMax, foldKeyCase: true });
  if (json.ok) return isJsonObject(json.value) ? accept(json.value) : reject(malformed, notObject);
  const { code, message } = json.failure;
  if (code === 'DUPLICATE_KEY') return reject('duplicate-key', message);
  return reject(code === 'LIMIT_EXCEEDED' ? 'too-large' : malformed, message);
}
