import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '../../core/limits.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import { writeDurably } from '../../system/files/write-file.ts';

/** A document that waits. */
export interface WaitingDocument {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Documents that wait for a server, in the order in which they were put, in a folder that belongs
 * to one process. What was put is there again after a restart. It never holds more than its limits.
 */
export class Outbox {
  readonly #folder: string;
  readonly #waiting: { readonly name: string; readonly bytes: number }[];
  readonly #limits: OutboxLimits;
  #number: number;

  private constructor(folder: string, waiting: Outbox['waiting'], limits: OutboxLimits) {
    this.#folder = folder;
    this.#waiting = [...waiting];
    this.#limits = limits;
    this.#number = Number(waiting.at(-1)?.name.slice(0, DIGITS) ?? 0);
  }

  static open(folder: string, limits: OutboxLimits = OWN_LIMITS): Outbox {
    makeFolders(folder, 0o700);
    const waiting = readdirSync(folder)
      .filter((name) => NAME.test(name))
      .toSorted()
      .map((name) => ({ name, bytes: statSync(join(folder, name)).size }));
    return new Outbox(folder, waiting, limits);
  }

  get waiting(): readonly { readonly name: string; readonly bytes: number }[] {
    return this.#waiting;
  }

  /** False, and nothing is kept, if there is no room for it. */
  async put(bytes: Uint8Array): Promise<boolean> {
    const held = this.#waiting.reduce((sum, one) => sum + one.bytes, 0);
    // mutant outbox-without-limits by outbox: condition -> false
    if (this.#waiting.length >= this.#limits.count || held + bytes.length > this.#limits.bytes)
      return false;
    this.#number += 1;
    const name = `${String(this.#number).padStart(DIGITS, '0')}.json`;
    await writeDurably(join(this.#folder, name), [bytes], { mode: 0o600 });
    this.#waiting.push({ name, bytes: bytes.length });
    return true;
  }

  /** The one that waits longest; null if none does. */
  first(): WaitingDocument | null {
    const [one] = this.#waiting;
    if (one === undefined) return null;
    return {
      name: one.name,
      bytes: readSmallFile(join(this.#folder, one.name), this.#limits.bytes),
    };
  }

  remove(name: string): void {
    rmSync(join(this.#folder, name), { force: true });
    const at = this.#waiting.findIndex((one) => one.name === name);
    if (at !== -1) this.#waiting.splice(at, 1);
  }

  /** How many were thrown away. */
  clear(): number {
    const count = this.#waiting.length;
    for (const { name } of [...this.#waiting]) this.remove(name);
    return count;
  }
}

interface OutboxLimits {
  readonly bytes: number;
  readonly count: number;
}

const OWN_LIMITS: OutboxLimits = {
  bytes: LIMITS.watchSpoolBytesMax,
  count: LIMITS.watchSpoolMax,
};
const DIGITS = 12;
const NAME = /^\d{12}\.json$/;
