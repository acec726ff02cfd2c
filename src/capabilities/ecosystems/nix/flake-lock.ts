import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { createSkip } from '../extractor.ts';
import {
  createLineFinder,
  type LockContent,
  type LockedPackage,
  quoteName,
} from '../locked/locked-package.ts';
import { createPlainContent } from '../locked/plain-lock.ts';
import { createSourcePackage, readSource, type SourceAddress } from './source.ts';

const FLAKE_REMEDY = 'Write the lock again: nix flake lock.';

/**
 * flake.lock (nix.dev, "nix flake": lock files), and devenv.lock of the same form: a graph of
 * inputs, each locked to one state of its source.
 */
export function readFlakeLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const lock = isJsonObject(json.value) ? json.value : {};
  const { nodes, root } = lock;
  if (!isJsonObject(nodes) || typeof root !== 'string')
    return fail('MALFORMED', `${file} has no graph of inputs`, FLAKE_REMEDY);
  const graph = new InputGraph(nodes, root);
  const findLine = createLineFinder(text.value);
  const packages: LockedPackage[] = [];
  const problems: Skip[] = [];
  const own = new Set<string>();
  for (const [key, node] of Object.entries(nodes)) {
    if (key === root) continue;
    const line = findLine(`${JSON.stringify(key)}: {`);
    const source = isJsonObject(node) ? readLocked(node) : null;
    if (source === 'tree') own.add(key);
    else if (source === null) {
      const why = `the input ${quoteName(key)} is not locked to a state of a source`;
      problems.push(createSkip(file, 'MALFORMED', why, FLAKE_REMEDY));
    } else
      packages.push(createSourcePackage(source, { file, key, line, needs: graph.listNeeds(key) }));
  }
  const direct = graph.listNeeds(root);
  const known = { packages, direct, own, problems: problems.slice(0, PROBLEMS_MAX) };
  return ok(createPlainContent({ file, ...known, covers: 'beside', remedy: FLAKE_REMEDY }));
}

const PROBLEMS_MAX = 20;

/** `tree` for a folder of the project itself. */
function readLocked({ locked, original }: JsonObject): SourceAddress | 'tree' | null {
  if (!isJsonObject(locked)) return null;
  const { type, path } = locked;
  if (type === 'path' && typeof path === 'string' && /^\.{1,2}(?:\/|$)/.test(path)) return 'tree';
  return readSource(locked, isJsonObject(original) ? original : {});
}

/** Inputs of inputs may be those of others: a list is the way to it from the root. */
class InputGraph {
  readonly #nodes: JsonObject;
  readonly #root: string;

  constructor(nodes: JsonObject, root: string) {
    this.#nodes = nodes;
    this.#root = root;
  }

  /** Keys of nodes. */
  listNeeds(key: string): readonly string[] {
    const inputs = this.#readInputs(key);
    const needs = Object.values(inputs).flatMap((input) => this.#follow(input, 0) ?? []);
    return [...new Set(needs)].filter((need) => need !== key);
  }

  #readInputs(key: string): JsonObject {
    const node = getOwn(this.#nodes, key);
    const inputs = isJsonObject(node) ? node['inputs'] : undefined;
    return isJsonObject(inputs) ? inputs : {};
  }

  #follow(input: JsonValue | undefined, depth: number): string | null {
    if (typeof input === 'string') return getOwn(this.#nodes, input) === undefined ? null : input;
    // Ways may lead in a circle.
    // mutant flake-inputs-in-a-circle by nix: condition -> false
    if (!Array.isArray(input) || depth > DEPTH_MAX) return null;
    let at: string | null = this.#root;
    for (const step of (input as readonly JsonValue[]).slice(0, DEPTH_MAX)) {
      if (at === null || typeof step !== 'string') return null;
      at = this.#follow(getOwn(this.#readInputs(at), step), depth + 1);
    }
    return at;
  }
}

const DEPTH_MAX = 16;
