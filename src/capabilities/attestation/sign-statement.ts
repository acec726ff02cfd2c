import type { Result } from '../../core/result.ts';
import { type SigningKey, signDsse } from '../signing/index.ts';
import { encodeStatement, IN_TOTO_TYPE, type Statement } from './statement.ts';

/**
 * A statement in a DSSE envelope with one signature, as in-toto tools read it (S14).
 *
 * @example const envelope = orThrow(await signStatement(statement, key));
 */
export function signStatement(statement: Statement, key: SigningKey): Promise<Result<Uint8Array>> {
  return signDsse(IN_TOTO_TYPE, encodeStatement(statement), key);
}
