import { readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../core/failure.ts';
import type { AnswerInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { isAbsent } from '../../../system/files/errno.ts';
import { makeFolders } from '../../../system/files/make-folders.ts';
import { writeDurably } from '../../../system/files/write-file.ts';
import type { AnswerRows, RowChange } from './answer-rows.ts';
import type { Notice } from './notice.ts';
import { type NoticeTarget, parseStanding, type StandingQuestion } from './standing-document.ts';

/** What is remembered of a standing question between two answers. */
export interface StandingState {
  readonly askedAt: AnswerInstant;
  readonly exitCode: number | null;
  readonly rows: AnswerRows;
  /** Changes that were seen and told nobody yet. */
  readonly pending: readonly RowChange[];
  readonly pendingSince: AnswerInstant | null;
  /** How many notices were made: the next one has this number. */
  readonly notices: number;
}

/** A notice on its way to one target. */
export interface Delivery {
  readonly id: string;
  readonly notice: Notice;
  readonly target: NoticeTarget;
  readonly attempts: number;
  readonly nextAt: AnswerInstant;
  /** `dead`: it is tried no more, unless somebody asks for it. */
  readonly state: 'waiting' | 'dead';
  /** Why the last attempt failed. */
  readonly reason: string | null;
}

/** Standing questions, what they were answered, and notices that are not delivered, on the disk. */
export class StandingStore {
  readonly #folder: string;

  constructor(home: string) {
    this.#folder = join(home, 'standing');
  }

  /** Files that cannot be read are named, and do not stop the others. */
  list(): { readonly questions: readonly StandingQuestion[]; readonly unread: readonly string[] } {
    const questions: StandingQuestion[] = [];
    const unread: string[] = [];
    for (const file of this.#listFiles('questions')) {
      const read = parseStanding(readFileSync(join(this.#folder, 'questions', file)));
      if (read.ok && `${read.value.name}.json` === file) questions.push(read.value);
      else unread.push(file);
    }
    return { questions, unread };
  }

  async add(question: StandingQuestion): Promise<void> {
    if (this.#listFiles('questions').length >= LIMITS.standingQuestionsMax)
      throw new Failure('LIMIT_EXCEEDED', 'there are too many standing questions', 'Remove some.');
    await this.#write('questions', question.name, question);
    // Another question under the name begins anew.
    await this.#remove('states', question.name);
  }

  /** Throws NOT_FOUND. */
  async remove(name: string): Promise<void> {
    if (!this.list().questions.some((one) => one.name === name))
      throw new Failure(
        'NOT_FOUND',
        `there is no standing question ${JSON.stringify(name.slice(0, 100))}`,
        'See: waybill standing list.',
      );
    await this.#remove('questions', name);
    await this.#remove('states', name);
  }

  readState(name: string): StandingState | null {
    return this.#read<StandingState>('states', name);
  }

  writeState(name: string, state: StandingState): Promise<void> {
    return this.#write('states', name, state);
  }

  /** In the order of their numbers. */
  listDeliveries(): readonly Delivery[] {
    return this.#listFiles('outbox').flatMap((file) => {
      const read = this.#read<Delivery>('outbox', file.slice(0, -'.json'.length));
      return read === null ? [] : [read];
    });
  }

  writeDelivery(delivery: Delivery): Promise<void> {
    return this.#write('outbox', delivery.id, delivery);
  }

  removeDelivery(id: string): Promise<void> {
    return this.#remove('outbox', id);
  }

  #listFiles(folder: string): readonly string[] {
    try {
      const names = readdirSync(join(this.#folder, folder));
      return names.filter((name) => /^[a-z0-9][a-z0-9._-]{0,120}\.json$/.test(name)).sort();
    } catch (thrown) {
      if (isAbsent(thrown)) return [];
      throw thrown;
    }
  }

  #read<T>(folder: string, name: string): T | null {
    try {
      return JSON.parse(readFileSync(join(this.#folder, folder, `${name}.json`), 'utf8')) as T;
    } catch {
      return null;
    }
  }

  async #write(folder: string, name: string, value: object): Promise<void> {
    makeFolders(join(this.#folder, folder), 0o700);
    const text = Buffer.from(JSON.stringify(value));
    await writeDurably(join(this.#folder, folder, `${name}.json`), [text], { mode: 0o600 });
  }

  async #remove(folder: string, name: string): Promise<void> {
    await rm(join(this.#folder, folder, `${name}.json`), { force: true });
  }
}
