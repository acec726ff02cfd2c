import { Failure } from '../../../core/failure.ts';

export interface AskLimits {
  readonly questionsPerSecondMax: number;
  /** How many may come at once after a pause. */
  readonly questionsBurstMax: number;
}

interface Account {
  left: number;
  atMs: number;
}

/** Accounts that are remembered; a new one then takes the place of the oldest. */
const ACCOUNTS_MAX = 10_000;

/** How often each client may ask, so that no one of them occupies the graph (a token bucket). */
export class AskBudget {
  readonly #limits: AskLimits;
  readonly #nowMs: () => number;
  readonly #accounts = new Map<string, Account>();

  constructor(limits: AskLimits, nowMs: () => number) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Takes one question from the account of a client. Throws RATE_EXCEEDED. */
  take(client: string): void {
    const { questionsPerSecondMax, questionsBurstMax } = this.#limits;
    const now = this.#nowMs();
    const { left, atMs } = this.#accounts.get(client) ?? { left: questionsBurstMax, atMs: now };
    const gained = ((now - atMs) * questionsPerSecondMax) / 1_000;
    const held = Math.min(questionsBurstMax, left + gained);
    // The order of the map is the order of use.
    this.#accounts.delete(client);
    this.#accounts.set(client, { left: held < 1 ? held : held - 1, atMs: now });
    const [oldest] = this.#accounts.keys();
    // mutant accounts-of-askers-grow by ask-budget: condition -> false
    if (this.#accounts.size > ACCOUNTS_MAX && oldest !== undefined) this.#accounts.delete(oldest);
    // mutant asker-without-a-limit by ask-budget: remove
    if (held < 1) throw EXCEEDED;
  }

  /** For tests: how many clients are remembered. */
  get size(): number {
    return this.#accounts.size;
  }
}

const EXCEEDED = new Failure(
  'RATE_EXCEEDED',
  'this client asks more often than the server allows',
  'Ask again in a second, and fewer questions at once.',
);
