import { fail, ok, type Result } from '../../core/result.ts';

export interface PushedRef {
  /** The name of the ref at the remote. */
  readonly name: string;
  /** Null if the ref is deleted. */
  readonly localId: string | null;
  /** Null if the remote does not have it yet. */
  readonly remoteId: string | null;
}

const LINE = /^(\S+) ([0-9a-f]{40}|[0-9a-f]{64}) (\S+) ([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * What git writes to a pre-push hook (githooks(5)): local name and object, remote name and object.
 * A line of another form is a failure: a push that is not understood is not admitted.
 */
export function readPushedRefs(text: string): Result<readonly PushedRef[]> {
  const refs: PushedRef[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, , local, remote, there] = LINE.exec(line) ?? [];
    if (local === undefined || remote === undefined || there === undefined)
      return fail(
        'MALFORMED',
        `this is not a line of a pre-push hook: ${JSON.stringify(line.slice(0, 200))}`,
        'Let git run this command: waybill hook install.',
      );
    refs.push({ name: remote, localId: parseId(local), remoteId: parseId(there) });
  }
  return ok(refs);
}

const RECEIVED = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (\S+)$/;

/**
 * What git writes to a pre-receive hook (githooks(5)): the object that the ref has, the one that it
 * gets, and its name.
 */
export function readReceivedRefs(text: string): Result<readonly PushedRef[]> {
  const refs: PushedRef[] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, there, pushed, name] = RECEIVED.exec(line) ?? [];
    // mutant receive-line-not-understood by pushed-refs: branch -> continue;
    if (there === undefined || pushed === undefined || name === undefined)
      return fail(
        'MALFORMED',
        `this is not a line of a pre-receive hook: ${JSON.stringify(line.slice(0, 200))}`,
        'Let git run this command: waybill hook install --server.',
      );
    refs.push({ name, localId: parseId(pushed), remoteId: parseId(there) });
  }
  return ok(refs);
}

function parseId(text: string): string | null {
  return /^0+$/.test(text) ? null : text;
}
