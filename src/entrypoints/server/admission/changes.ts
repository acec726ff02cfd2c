import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';

/**
 * Whether nothing runs oftener, or differently, after a change of an object whose images all stay
 * at their places. What is not known to be harmless makes more run: a field of a later Kubernetes
 * too. Controllers must be able to make the other changes even if the image is refused now: else a
 * roll-out that replaces it could not shrink the old ReplicaSet, and a finished Job could not end.
 */
export function runsNoMore(kind: string, object: JsonObject, oldObject: JsonObject): boolean {
  const [now, before] = [readObject(object['spec']), readObject(oldObject['spec'])];
  // In an existing pod, only a changed image starts something, and the last gate that held it back.
  // mutant gated-pod-is-released by changes: branch -> true
  if (kind === 'Pod') return isEqual(now['schedulingGates'], before['schedulingGates']);
  return (
    isSameOutside(object, oldObject) &&
    listKeys(now, before).every((key) => isNoMore(key, getOwn(now, key), getOwn(before, key)))
  );
}

/** Whether only the metadata and the status of an object of any kind changed. */
export function isSameDefinition(object: JsonObject, oldObject: JsonObject): boolean {
  return isSameOutside(object, oldObject) && isEqual(object['spec'], oldObject['spec']);
}

/** Everything but the parts that are compared elsewhere, or make nothing run. */
function isSameOutside(object: JsonObject, oldObject: JsonObject): boolean {
  return listKeys(object, oldObject)
    .filter((key) => !['apiVersion', 'kind', 'metadata', 'status', 'spec'].includes(key))
    .every((key) => isEqual(getOwn(object, key), getOwn(oldObject, key)));
}

type Value = JsonValue | undefined;

function isNoMore(key: string, now: Value, before: Value): boolean {
  if (isEqual(now, before) || HARMLESS.has(key)) return true;
  const rule = getOwn(NO_MORE, key);
  // mutant unknown-change-is-asked by changes: value -> true
  if (rule === undefined) return false;
  return rule(now, before);
}

/** How long and how many finished things are kept, and when a roll-out counts as done. */
const HARMLESS = new Set([
  'minReadySeconds',
  'progressDeadlineSeconds',
  'revisionHistoryLimit',
  'successfulJobsHistoryLimit',
  'failedJobsHistoryLimit',
  'ttlSecondsAfterFinished',
]);

const NO_MORE: Readonly<Record<string, (now: Value, before: Value) => boolean>> = {
  // An API server fills in 1 if the field is absent.
  // mutant refused-image-gets-more-replicas by changes: value -> () => true
  replicas: (now, before) => readNumber(now, 1) <= readNumber(before, 1),
  parallelism: (now, before) => readNumber(now, 1) <= readNumber(before, 1),
  completions: isLess,
  backoffLimit: isLess,
  activeDeadlineSeconds: (now, before) => isLess(now, before) || before === undefined,
  // mutant refused-image-job-resumed by changes: value -> () => true
  suspend: isHeld,
  // mutant refused-image-deployment-unpaused by changes: value -> () => true
  paused: isHeld,
  updateStrategy: (now, before) => isMilder(readObject(now), readObject(before)),
};

function isLess(now: Value, before: Value): boolean {
  return typeof now === 'number' && typeof before === 'number' && now <= before;
}

function isHeld(now: Value, before: Value): boolean {
  return now === true || before !== true;
}

/** Pods are replaced only when somebody deletes them, or fewer of them are replaced. */
function isMilder(now: JsonObject, before: JsonObject): boolean {
  if (now['type'] === 'OnDelete') return true;
  const [rolling, rolled] = [readObject(now['rollingUpdate']), readObject(before['rollingUpdate'])];
  const others = listKeys(rolling, rolled).filter((key) => key !== 'partition');
  // mutant refused-image-partition-lowered by changes: remove operand 3
  return (
    now['type'] === before['type'] &&
    others.every((key) => isEqual(getOwn(rolling, key), getOwn(rolled, key))) &&
    readNumber(rolling['partition'], 0) >= readNumber(rolled['partition'], 0)
  );
}

export function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function listKeys(one: JsonObject, other: JsonObject): readonly string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])];
}

function readObject(value: Value): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function readNumber(value: Value, absent: number): number {
  return typeof value === 'number' ? value : absent;
}
