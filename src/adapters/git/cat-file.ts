import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { ObjectFormat } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { attempt, failed, ok, orThrow, type Result } from '../../core/result.ts';
import { type AnswerReader, openAnswerReader } from './answer-reader.ts';
import { type GitPlace, startGit } from './run-git.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface ObjectInfo {
  readonly type: ObjectType;
  readonly size: number;
}

/**
 * Reads objects of one repository by name. It returns bytes only if they hash to the requested
 * name.
 */
export interface ObjectReader {
  /** In the order of the request. Null if an object is missing. */
  info(ids: readonly string[]): Promise<Result<readonly (ObjectInfo | null)[]>>;
  /** The full name of the commit that this revision is; null if that must be asked otherwise. */
  resolve(rev: string): Promise<string | null>;
  read(id: string, type: ObjectType, bytesMax: number): Promise<Result<Buffer>>;
  /**
   * The same in pieces of any size. Throws a Failure if the bytes do not match, also at the end.
   */
  open(id: string, type: ObjectType): AsyncIterable<Uint8Array>;
  close(): void;
}

/** Objects that are remembered. */
const INFOS_MAX = 10_000;
/** A name that takes one line, and one line of an answer. */
const PLAIN_REVISION = /^[\w./^~-]{1,200}$/;
const REMEDY = 'Fetch the whole history: git fetch --unshallow, and without a filter.';

export function openObjects(place: GitPlace, format: ObjectFormat): ObjectReader {
  const checks = openBatch(place, '--batch-check');
  const contents = openBatch(place, '--batch');
  // What an object is never changes. Contents are verified each time that they are read.
  const infos = new Map<string, ObjectInfo>();
  const info = async (ids: readonly string[]): Promise<Result<readonly (ObjectInfo | null)[]>> => {
    const asked = [...new Set(ids)].filter((id) => !infos.has(id));
    const fresh = new Map<string, ObjectInfo | null>();
    if (asked.length > 0) {
      const answered = await checks.ask(async (batch) => {
        batch.write(asked.map((id) => `${id}\n`).join(''));
        for (const id of asked) fresh.set(id, parseInfo(id, await batch.line()));
      });
      if (!answered.ok) return answered;
    }
    const found = ids.map((id) => infos.get(id) ?? fresh.get(id) ?? null);
    for (const [id, one] of fresh) if (one !== null && infos.size < INFOS_MAX) infos.set(id, one);
    return ok(found);
  };
  const resolve = async (rev: string): Promise<string | null> => {
    if (!PLAIN_REVISION.test(rev)) return null;
    const found = await checks.ask(async (batch) => {
      batch.write(`${rev}\n`);
      return /^([0-9a-f]{40}|[0-9a-f]{64}) commit \d{1,15}$/.exec(await batch.line())?.[1];
    });
    return found.ok ? (found.value ?? null) : null;
  };
  const reads = new GatheredReads(contents, format);
  const findInfo = gatherInfos(info);
  const read = async (id: string, type: ObjectType, bytesMax: number): Promise<Result<Buffer>> => {
    const known = infos.get(id) ?? (await findInfo(id));
    if (known instanceof Failure) return failed(known);
    const flaw = findFlaw(id, type, known, bytesMax);
    return flaw === null
      ? reads.read({ id, type, bytesMax, size: known?.size ?? 0 })
      : failed(flaw);
  };
  return {
    info,
    resolve,
    read,
    open: (id, type) => readPieces(place, id, type, { read, info, format }),
    close: () => {
      checks.close();
      contents.close();
    },
  };
}

/** Asks together for what is asked for at the same time. */
function gatherInfos(
  info: ObjectReader['info'],
): (id: string) => Promise<ObjectInfo | null | Failure> {
  let ids: string[] = [];
  let answer: ReturnType<ObjectReader['info']> | null = null;
  return async (id) => {
    answer ??= Promise.resolve().then(() => {
      const asked = ids;
      [ids, answer] = [[], null];
      return info(asked);
    });
    const at = ids.push(id) - 1;
    const together = await answer;
    if (together.ok) return together.value[at] ?? null;
    // Another one of them may have broken the answer.
    const alone = await info([id]);
    return alone.ok ? (alone.value[0] ?? null) : alone.failure;
  };
}

function parseInfo(id: string, line: string): ObjectInfo | null {
  if (line === `${id} missing`) return null;
  const [, name, type = '', size] =
    /^([0-9a-f]+) (commit|tree|blob|tag) (\d{1,15})$/.exec(line) ?? [];
  if (name !== id)
    throw new Failure('MALFORMED', `git returned no object for ${id}`, 'Run git fsck.');
  return { type: type as ObjectType, size: Number(size) };
}

function findFlaw(
  id: string,
  type: ObjectType,
  found: ObjectInfo | null,
  bytesMax: number,
): Failure | null {
  if (found === null) return missing(id);
  if (found.type !== type)
    return new Failure('MALFORMED', `${id} is a ${found.type}, not a ${type}`, 'Run git fsck.');
  if (found.size <= bytesMax) return null;
  return new Failure(
    'LIMIT_EXCEEDED',
    `the ${type} ${id} has more than ${bytesMax} bytes`,
    `Leave out the ${type}.`,
  );
}

function missing(id: string): Failure {
  return new Failure(
    'NOT_FOUND',
    `the object ${id} is not in this repository: a shallow or partial clone lacks it`,
    REMEDY,
  );
}

function verifyBytes(
  id: string,
  type: ObjectType,
  bytes: Buffer,
  format: ObjectFormat,
): Result<Buffer> {
  const hash = createHash(format).update(`${type} ${bytes.length}\0`).update(bytes);
  // mutant git-object-has-its-name by repository: remove
  if (hash.digest('hex') !== id) return failed(hashMismatch(id));
  return ok(bytes);
}

function hashMismatch(id: string): Failure {
  return new Failure(
    'DIGEST_MISMATCH',
    `the object that git keeps as ${id} has another hash`,
    'Run git fsck; the repository is damaged.',
  );
}

/**
 * Objects up to this size are read into memory whole. Larger objects have a process of their own.
 */
const WHOLE_BYTES_MAX = 8 * 1024 * 1024;

type ObjectAccess = Pick<ObjectReader, 'read' | 'info'> & { readonly format: ObjectFormat };

async function* readPieces(
  place: GitPlace,
  id: string,
  type: ObjectType,
  reading: ObjectAccess,
): AsyncGenerator<Uint8Array> {
  const known = await reading.info([id]);
  if (!known.ok) throw known.failure;
  const [found = null] = known.value;
  if (found === null || found.type !== type) throw findFlaw(id, type, found, 0) ?? missing(id);
  if (found.size <= WHOLE_BYTES_MAX) {
    const whole = await reading.read(id, type, WHOLE_BYTES_MAX);
    if (!whole.ok) throw whole.failure;
    yield whole.value;
    return;
  }
  const child = startGit(place, ['cat-file', type, id]);
  const hash = createHash(reading.format).update(`${type} ${found.size}\0`);
  try {
    child.on('error', () => undefined);
    child.stderr.resume();
    for await (const piece of child.stdout) {
      hash.update(piece as Buffer);
      yield piece as Buffer;
    }
  } finally {
    child.kill('SIGKILL');
  }
  if (hash.digest('hex') !== id) throw hashMismatch(id);
}

interface Batch extends AnswerReader {
  write(text: string): void;
}

/**
 * One `git cat-file` process that stays alive between requests and gets one request at a time.
 * After it dies, a new one is started.
 */
function openBatch(place: GitPlace, mode: '--batch' | '--batch-check') {
  let running: { readonly child: ChildProcessWithoutNullStreams; readonly batch: Batch } | null =
    null;
  let queue: Promise<unknown> = Promise.resolve();
  const start = () => {
    const child = startGit(place, ['cat-file', mode]);
    const reader = openAnswerReader(child);
    child.stdin.on('error', () => undefined);
    return { child, batch: { ...reader, write: (text: string) => void child.stdin.write(text) } };
  };
  const close = (): void => {
    running?.child.kill('SIGKILL');
    running = null;
  };
  const takeTurn = async <T>(work: (batch: Batch) => Promise<T>): Promise<Result<T>> => {
    running ??= start();
    const { child, batch } = running;
    holdOpen(child, true);
    try {
      return ok(await work(batch));
    } catch (thrown) {
      // The rest of a broken answer would be read as the next answer.
      close();
      if (thrown instanceof Failure) return failed(thrown);
      return failed(
        new Failure('MALFORMED', 'git could not read an object', 'Run git fsck.', {
          cause: thrown,
        }),
      );
    } finally {
      holdOpen(child, false);
    }
  };
  const ask = <T>(work: (batch: Batch) => Promise<T>): Promise<Result<T>> => {
    const answer = queue.then(() => takeTurn(work));
    queue = answer;
    return answer;
  };
  return { ask, close };
}

interface WantedObject {
  readonly id: string;
  readonly type: ObjectType;
  readonly bytesMax: number;
  /** As git said before. */
  readonly size: number;
}

interface ReadRequest extends WantedObject {
  readonly settle: (read: Result<Buffer>) => void;
}

const GATHERED_MAX = 64;
/** A larger object is read alone. */
const GATHERED_BYTES_MAX = 1024 * 1024;

/**
 * Reads of contents. Those that wait for a turn get one together: two processes that answer each
 * other wait longer for their turn on the processor than for the object.
 */
class GatheredReads {
  readonly #contents: Pick<ReturnType<typeof openBatch>, 'ask'>;
  readonly #format: ObjectFormat;
  #waiting: ReadRequest[] = [];
  #isAsking = false;

  constructor(contents: Pick<ReturnType<typeof openBatch>, 'ask'>, format: ObjectFormat) {
    this.#contents = contents;
    this.#format = format;
  }

  read(wanted: WantedObject): Promise<Result<Buffer>> {
    return new Promise((settle) => {
      this.#waiting.push({ ...wanted, settle });
      if (!this.#isAsking) void this.#askAll();
    });
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) await this.#askSome();
    this.#isAsking = false;
  }

  /** The first that breaks the answers of git gets the failure; those behind it are asked again. */
  async #askSome(): Promise<void> {
    let some: readonly ReadRequest[] = [];
    const found: Result<Buffer>[] = [];
    const work = async (batch: Batch): Promise<void> => {
      some = this.#takeSome();
      batch.write(some.map(({ id }) => `${id}\n`).join(''));
      for (const one of some) found.push(await this.#readNext(batch, one));
    };
    const asked = await attempt(async () => orThrow(await this.#contents.ask(work)));
    for (const [at, { settle }] of some.entries()) {
      const read = found[at];
      if (read !== undefined) settle(read);
    }
    if (asked.ok) return;
    const [broken, ...others] =
      some.length === 0 ? this.#waiting.splice(0) : some.slice(found.length);
    broken?.settle(asked);
    this.#waiting.unshift(...others);
  }

  #takeSome(): readonly ReadRequest[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ size }, at) => {
      bytes += size;
      return at > 0 && (at >= GATHERED_MAX || bytes > GATHERED_BYTES_MAX);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #readNext(batch: Batch, { id, type, bytesMax }: WantedObject): Promise<Result<Buffer>> {
    const said = parseInfo(id, await batch.line());
    if (said === null) return failed(missing(id));
    // Its bytes follow, however many they are: nothing behind them can be read.
    const late = findFlaw(id, type, said, bytesMax);
    if (late !== null) throw late;
    const bytes = await batch.bytes(said.size + 1);
    return verifyBytes(id, type, bytes.subarray(0, said.size), this.#format);
  }
}

/** A waiting git process does not keep our process alive. */
function holdOpen(child: ChildProcessWithoutNullStreams, isHeld: boolean): void {
  const handles = [child, child.stdin, child.stdout, child.stderr] as readonly object[];
  for (const handle of handles as readonly Pick<
    ChildProcessWithoutNullStreams,
    'ref' | 'unref'
  >[]) {
    if (isHeld) handle.ref?.();
    else handle.unref?.();
  }
}
