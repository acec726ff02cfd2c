import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { splitJsonDocuments } from '../../formats/json/documents.ts';
import { parseJson } from '../../formats/json/parse.ts';
import type { PodImages } from './pod-images.ts';

/** What `kubectl get … -o json` printed, by kind of object. */
export interface ClusterList {
  readonly objects: readonly ClusterObject[];
  /**
   * The kinds of objects that the list has. Whether an empty list of a kind was requested is
   * unknown.
   */
  readonly kinds: ReadonlySet<string>;
}

/** One object of the API, with the fields that every kind has. */
export interface ClusterObject {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  /** Empty for an object without a namespace. */
  readonly namespace: string;
  readonly uid: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  /** What a pod runs, where only that is kept of its specification and status. */
  readonly images?: PodImages;
}

/**
 * Reads what kubectl printed: a List, several lists, lists of one kind, or single objects, one
 * after the other. A list that says that it continues is refused: the objects that it leaves out
 * would seem to have ended.
 */
export function readClusterList(bytes: Uint8Array): Result<ClusterList> {
  if (bytes.length > LIMITS.clusterListBytesMax)
    return refuseList(
      'LIMIT_EXCEEDED',
      `the list has over ${LIMITS.clusterListBytesMax} bytes`,
      'List only pods,nodes.',
    );
  const documents = splitJsonDocuments(bytes);
  if (!documents.ok) return documents;
  if (documents.value.length === 0) return refuseList('MALFORMED', 'the list is empty', PIPE);
  const found = new Map<string, ClusterObject>();
  for (const document of documents.value) {
    const json = parseJson(document, { bytesMax: LIMITS.clusterListBytesMax });
    if (!json.ok) return json;
    const read = addAll(found, json.value);
    if (!read.ok) return read;
  }
  const objects = [...found.values()];
  return ok({ objects, kinds: new Set(objects.map(({ kind }) => kind)) });
}

export const PIPE =
  'Pipe the whole list: kubectl get pods,deployments,nodes -A -o json | waybill watch --from -';

function addAll(found: Map<string, ClusterObject>, value: JsonValue): Result<null> {
  if (!isJsonObject(value))
    return refuseList('MALFORMED', 'the list contains a value that is no object', PIPE);
  const kind = readText(value['kind']);
  if (kind === null)
    return refuseList('MALFORMED', 'the list contains an object without a kind', PIPE);
  if (!kind.endsWith('List') || value['items'] === undefined) return addOne(found, value, kind);
  const { metadata, items } = value;
  if (isContinued(metadata))
    return refuseList(
      'EVIDENCE_REJECTED',
      'the list says that it continues; what it leaves out would seem to have ended',
      PIPE,
    );
  if (!Array.isArray(items)) return refuseList('MALFORMED', `the ${kind} has no items`, PIPE);
  for (const item of items as readonly JsonValue[]) {
    // The items of a PodList need not name their kind.
    const own = isJsonObject(item)
      ? (readText(item['kind']) ?? (kind === 'List' ? null : kind.slice(0, -4)))
      : null;
    if (own === null || !isJsonObject(item))
      return refuseList('MALFORMED', `the ${kind} contains an item without a kind`, PIPE);
    const added = addOne(found, item, own);
    if (!added.ok) return added;
  }
  return ok(null);
}

function isContinued(metadata: JsonValue | undefined): boolean {
  if (!isJsonObject(metadata)) return false;
  const { continue: next, remainingItemCount: left } = metadata;
  // mutant watch-list-continues by observation: value -> $operand2 && $operand7 === undefined
  return (typeof next === 'string' && next !== '') || (typeof left === 'number' && left > 0);
}

function addOne(found: Map<string, ClusterObject>, body: JsonObject, kind: string): Result<null> {
  const read = readClusterObject(body, kind);
  if (!read.ok) return read;
  // Listed twice, as two commands in one pipe do: the later object counts.
  const { namespace, name } = read.value;
  found.set(JSON.stringify([kind, namespace, name]), read.value);
  return ok(null);
}

/** One object as the API gives it; MALFORMED without a name. */
export function readClusterObject(body: JsonObject, kind: string): Result<ClusterObject> {
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const name = readText(metadata['name']);
  if (name === null)
    return refuseList(
      'MALFORMED',
      `the list contains a ${kind.slice(0, 100)} without a name`,
      PIPE,
    );
  const namespace = readText(metadata['namespace']) ?? '';
  const apiVersion = readText(body['apiVersion']) ?? '';
  const labels = isJsonObject(metadata['labels']) ? metadata['labels'] : {};
  const texts = Object.entries(labels).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value]] : [],
  );
  return ok({
    kind,
    apiVersion,
    name,
    namespace,
    uid: readText(metadata['uid']),
    labels: Object.fromEntries(texts),
    body,
  });
}

/** A text that can be recorded; null for any other value. */
export function readText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' && value.length <= 1_024
    ? value.toWellFormed()
    : null;
}

export function readObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function readObjects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value)
    ? (value as readonly JsonValue[]).filter((one) => isJsonObject(one))
    : [];
}

function refuseList(
  code: 'MALFORMED' | 'EVIDENCE_REJECTED' | 'LIMIT_EXCEEDED',
  why: string,
  remedy: string,
): Result<never> {
  return failed(new Failure(code, why, remedy));
}
