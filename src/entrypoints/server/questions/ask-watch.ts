import { findQuestion } from '../../../capabilities/graph/questions/index.ts';
import { formatAnswerInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { OpenSpan, Traces } from '../traces/traces.ts';

/** One question that took long. */
export interface SlowQuestion {
  readonly question: string;
  /** As it was asked. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly at: string;
}

export interface WatchPorts {
  readonly traces: Pick<Traces, 'begin'>;
  readonly counted: (question: string, seconds: number) => void;
  readonly nowMs: () => number;
  readonly now: () => Instant;
}

export interface WatchedQuestion {
  readonly tenant: string | null;
  readonly question: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly parent: OpenSpan | null;
}

/** How long questions take: for metrics, for traces, and the slowest ones of each tenant. */
export class AskWatch {
  readonly #ports: WatchPorts;
  readonly #slowest = new Map<string, SlowQuestion[]>();

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  async run<T>(asked: WatchedQuestion, work: () => Promise<T>): Promise<T> {
    const { traces, nowMs } = this.#ports;
    // Names are of the table alone: a label or a span takes no text of a stranger.
    // mutant question-of-any-name-is-counted by ask-watch: condition -> false
    if (findQuestion(asked.question) === undefined) return work();
    const span = traces.begin(`ask ${asked.question}`, 'internal', asked.parent);
    const startedMs = nowMs();
    let failed = true;
    try {
      const answer = await work();
      failed = false;
      return answer;
    } finally {
      span?.end({ failed });
      this.#note(asked, (nowMs() - startedMs) / 1_000);
    }
  }

  /** Of one tenant, the slowest first. */
  list(tenant: string | null): readonly SlowQuestion[] {
    return this.#slowest.get(tenant ?? '') ?? [];
  }

  #note({ tenant, question, parameters }: WatchedQuestion, seconds: number): void {
    this.#ports.counted(question, seconds);
    const known = this.#slowest.get(tenant ?? '') ?? [];
    const last = known.at(-1)?.seconds ?? 0;
    if (known.length >= LIMITS.slowQuestionsMax && seconds <= last) return;
    const cut = Object.entries(parameters).map(([name, text]) => [name, `${text}`.slice(0, 200)]);
    const at = formatAnswerInstant(this.#ports.now());
    const mine = { question, parameters: Object.fromEntries(cut), seconds, at };
    const sorted = [...known, mine].sort((one, other) => other.seconds - one.seconds);
    this.#slowest.set(tenant ?? '', sorted.slice(0, LIMITS.slowQuestionsMax));
  }
}
