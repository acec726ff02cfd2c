import type { JsonObject, JsonValue } from '../../../core/json.ts';
import type { Result } from '../../../core/result.ts';
import type { RegoBundle } from './rego-part.ts';

/** A path that rules read, up to the first part that is computed: `['input', 'facts', 'scan']`. */
export type ReadPath = readonly string[];

/** One question to OPA. */
export interface RegoQuery {
  /** A module of Rego that the question is about. */
  readonly module: string;
  readonly query: string;
  readonly input: JsonObject;
  /** JSON Schema of `input`: a rule that reads what it does not name is not evaluated. */
  readonly schema: JsonObject;
  /** What of `input` has no known value: OPA evaluates in part, and says what depends on it. */
  readonly unknowns: readonly string[];
}

/**
 * Evaluates a bundle in part, without access to network, clock, chance or environment. It fails
 * where the bundle is not the one of this digest and signature, where it asks for more than it may,
 * and where the answer is late or too long. An answer is what `opa eval --partial` prints.
 */
export interface RegoEngine {
  /** What `query` reads of its input, in the rules of a bundle and of `module`. */
  listReads(
    bundle: RegoBundle,
    query: Pick<RegoQuery, 'module' | 'query'>,
    signal?: AbortSignal,
  ): Promise<Result<readonly ReadPath[]>>;
  evaluate(bundle: RegoBundle, query: RegoQuery, signal?: AbortSignal): Promise<Result<JsonValue>>;
}
