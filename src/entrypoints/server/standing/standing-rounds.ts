import { createHash } from 'node:crypto';
import { Failure, toFailure } from '../../../core/failure.ts';
import { formatAnswerInstant, type Instant } from '../../../core/instant.ts';
import type { JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import type { LogEntry } from '../log.ts';
import type { AskedAnswer, QuestionHandler } from '../questions/questions.ts';
import { type AnswerRow, collectRows, compareRows, type RowChange } from './answer-rows.ts';
import { chooseNextTry, type Notice } from './notice.ts';
import { type NoticeTarget, nameTarget, type StandingQuestion } from './standing-document.ts';
import type { Delivery, StandingState, StandingStore } from './standing-store.ts';

export interface StandingPorts {
  readonly store: StandingStore;
  readonly questions: QuestionHandler;
  /** The number of documents in the log: another answer needs another document, or time. */
  readonly readSize: () => Promise<number>;
  /** Delivers one notice. Rejects with a Failure: UNSUPPORTED or USAGE will not pass by itself. */
  readonly send: (notice: Notice, target: NoticeTarget) => Promise<void>;
  readonly now: () => Instant;
  /** The name of this server in its notices. */
  readonly source: string;
  readonly log: (entry: LogEntry) => void;
}

/** Without news too, for what only time changes. */
const ASK_AGAIN_MS = 3_600_000;
const FAILED_MS = 30_000;
const PAGES_MAX = 10;
const ATTEMPTS_MAX = 12;
const LOOK_MS = 2_000;

/**
 * Asks the standing questions again whenever something was recorded, and tells who wants to know.
 * The order on the disk makes a restart harmless: first the notices, each under an id that follows
 * from the change alone, then that the change was seen.
 */
export class StandingRounds {
  readonly #ports: StandingPorts;
  readonly #asked = new Map<string, { readonly size: number; readonly at: number }>();
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(ports: StandingPorts) {
    this.#ports = ports;
  }

  start(everyMs = LOOK_MS): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#round = this.run().finally(() => this.start(everyMs));
    }, everyMs);
    this.#timer.unref();
  }

  /** One round: asks what may have another answer, then delivers what is due. */
  async run(): Promise<void> {
    const { questions } = this.#ports.store.list();
    const size = questions.length === 0 ? 0 : await this.#readSize();
    for (const question of questions) {
      if (this.#isClosed) return;
      await this.#guard('standing-question-failed', question.name, () => this.#ask(question, size));
    }
    await this.#deliver();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#round;
  }

  async #readSize(): Promise<number> {
    return this.#ports.readSize().catch(() => -1);
  }

  async #ask(question: StandingQuestion, size: number): Promise<void> {
    const { store, now } = this.#ports;
    const { name } = question;
    const before = store.readState(name);
    const last = this.#asked.get(name);
    const isNew = last === undefined || last.size !== size || now() - last.at >= ASK_AGAIN_MS;
    // Where it fails, it is asked again soon, and not each time that is looked.
    if (isNew) this.#asked.set(name, { size, at: now() - ASK_AGAIN_MS + FAILED_MS });
    const state = isNew ? await this.#readAnswer(question, before) : before;
    if (state === null) return;
    if (isNew) this.#asked.set(name, { size, at: now() });
    const told = await this.#tell(question, state);
    if (told !== before) await store.writeState(name, told);
  }

  /** The state after this answer; the first answer is no news. */
  async #readAnswer(
    { question, parameters }: StandingQuestion,
    before: StandingState | null,
  ): Promise<StandingState> {
    const rows = new Map<string, AnswerRow>();
    let exitCode: number | null = null;
    let after: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const query = { ...parameters, ...(after === undefined ? {} : { after }) };
      const answer = await this.#ports.questions(question, query).catch(acceptUnknown);
      exitCode = Math.max(exitCode ?? 0, answer.exitCode ?? 0);
      collectRows(answer.json as JsonObject, rows);
      const { next = null } = answer.json as { readonly next?: string | null };
      if (next === null) break;
      after = next;
    }
    const at = formatAnswerInstant(this.#ports.now());
    const now = { askedAt: at, exitCode, rows: Object.fromEntries(rows) };
    if (before === null) return { ...now, pending: [], pendingSince: null, notices: 0 };
    const changes = compareRows(before.rows, now.rows);
    const pending = [...before.pending, ...changes].slice(0, LIMITS.standingRowsMax);
    const pendingSince = before.pendingSince ?? (changes.length > 0 ? at : null);
    return { ...now, pending, pendingSince, notices: before.notices };
  }

  /** Makes the notices of what is pending, if it is time. */
  async #tell(question: StandingQuestion, state: StandingState): Promise<StandingState> {
    const { store, now, source } = this.#ports;
    if (state.pending.length === 0 || state.pendingSince === null) return state;
    // mutant standing-digest-is-ignored by standing-rounds: condition -> false
    if (now() - Date.parse(state.pendingSince) < question.digestMs) return state;
    const notice: Notice = {
      ...{ id: nameNotice(question, state), standing: question.name, question: question.question },
      ...{ parameters: question.parameters, source, at: formatAnswerInstant(now()) },
      exitCode: state.exitCode,
      changes: state.pending.slice(0, CHANGES_SHOWN_MAX),
      more: state.pending.length > CHANGES_SHOWN_MAX,
    };
    for (const [at, target] of question.targets.entries())
      await store.writeDelivery({
        ...{ id: `${notice.id}-${at}`, notice, target, attempts: 0 },
        ...{ nextAt: notice.at, state: 'waiting', reason: null },
      });
    return { ...state, pending: [], pendingSince: null, notices: state.notices + 1 };
  }

  async #deliver(): Promise<void> {
    const { store, now } = this.#ports;
    for (const delivery of store.listDeliveries()) {
      if (this.#isClosed) return;
      if (delivery.state === 'dead' || Date.parse(delivery.nextAt) > now()) continue;
      await this.#guard('notice-failed', delivery.id, () => this.#try(delivery));
    }
  }

  async #try(delivery: Delivery): Promise<void> {
    const { store, send, now, log } = this.#ports;
    try {
      await send(delivery.notice, delivery.target);
      await store.removeDelivery(delivery.id);
      return;
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      const attempts = delivery.attempts + 1;
      // mutant notice-tried-for-ever by standing-rounds: value -> false
      const isDead = LASTING.has(code) || attempts >= ATTEMPTS_MAX;
      await store.writeDelivery({
        ...{ ...delivery, attempts, reason: `${code}: ${toOneLine(message)}`.slice(0, 500) },
        ...{ state: isDead ? 'dead' : 'waiting', nextAt: chooseNextTry(attempts, now()) },
      });
      const level = isDead ? 'error' : 'warn';
      const event = isDead ? 'notice-dead' : 'notice-not-delivered';
      log({ level, event, notice: delivery.id, to: nameTarget(delivery.target), code });
    }
  }

  async #guard(event: string, name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      this.#ports.log({ level: 'error', event, name, code, message: toOneLine(message) });
    }
  }
}

/** What nobody has heard of yet has no rows: the first one that comes is news. */
function acceptUnknown(thrown: unknown): AskedAnswer {
  // mutant standing-name-that-is-not-known-yet by standing-rounds: condition -> false
  if (thrown instanceof Failure && thrown.code === 'UNKNOWN_NAME') return { json: {}, exitCode: 3 };
  throw thrown;
}

const CHANGES_SHOWN_MAX = 200;

/** What will be refused again, however often it is sent. */
const LASTING: ReadonlySet<string> = new Set(['USAGE', 'UNSUPPORTED', 'CONFIG_INVALID']);

/** From the question, its number and its changes: made again after a crash, it is the same. */
function nameNotice({ name }: StandingQuestion, { pending, notices }: StandingState): string {
  const number = `${notices}`.padStart(8, '0');
  const hash = createHash('sha256').update(
    JSON.stringify([name, pending] satisfies [string, readonly RowChange[]]),
  );
  return `${name.slice(0, 63)}-${number}-${hash.digest('hex').slice(0, 16)}`;
}

/** Tries a notice again that was given up. Throws NOT_FOUND. */
export async function reviveDelivery(
  store: StandingStore,
  id: string,
  now: Instant,
): Promise<Delivery> {
  const found = store.listDeliveries().find((delivery) => delivery.id === id);
  if (found === undefined)
    throw new Failure(
      'NOT_FOUND',
      `there is no notice ${JSON.stringify(id.slice(0, 150))} that was not delivered`,
      'See: waybill standing notices.',
    );
  const revived = { ...found, state: 'waiting', attempts: 0 } as const;
  const delivery = { ...revived, nextAt: formatAnswerInstant(now) };
  await store.writeDelivery(delivery);
  return delivery;
}
