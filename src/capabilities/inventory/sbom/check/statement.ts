import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';

/** Whether something is said; `unknown` is said to be unknown, which is not the same as silence. */
export type Statement = 'stated' | 'unknown' | 'missing';

/** What one component says about itself. */
export interface StatedComponent {
  readonly label: string;
  readonly says: ReadonlyMap<ComponentElement, Statement>;
}

export type ComponentElement =
  | 'name'
  | 'version'
  | 'supplier'
  | 'supplier contact'
  | 'identifier'
  | 'hash'
  | 'SHA-512'
  | 'licence'
  | 'relationship'
  | 'file name'
  | 'executable'
  | 'archive'
  | 'structured';

export type DocumentElement =
  | 'author'
  | 'author contact'
  | 'author or tool'
  | 'tool'
  | 'time'
  | 'context'
  | 'BSI format';

/** What a document says, whatever its format: checks ask nothing else. */
export interface StatedSbom {
  readonly says: ReadonlyMap<DocumentElement, Statement>;
  readonly components: readonly StatedComponent[];
}

export const toStatement = (isStated: boolean, isUnknown = false): Statement =>
  isStated ? 'stated' : isUnknown ? 'unknown' : 'missing';

/** An address of a person or an organisation: BSI asks for one of the two. */
export function hasAddress(text: string): boolean {
  return text.includes('@') || /https?:\/\//.test(text);
}

export function listObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
