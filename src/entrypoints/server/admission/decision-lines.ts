import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import type { Verdict } from '../../../core/verdict.ts';
import type { ImageVerdict, WorkloadRequest } from '../../../gates/desk/index.ts';
import type { LogEntry } from '../log.ts';
import type { ReviewAnswer } from './admission-review.ts';

/** What the log says about the decision on one image, or about a review that was not decided. */
export type DecisionLine = LogEntry & { readonly event: 'decision' | 'review-refused' };

const NAME_CHARACTERS_MAX = 253;
const RULES_MAX = 10;

/** The decision on one image; `startedAt` is of the monotonic clock, in milliseconds. */
export function tellVerdict(
  { image, resolved, verdict, refuses, cause, record }: ImageVerdict,
  workload: WorkloadRequest,
  startedAt: number,
): DecisionLine {
  const { decision } = verdict;
  const rules = listDecisive(verdict);
  const name = (text: string): string => toOneLine(text, NAME_CHARACTERS_MAX);
  return {
    level: decision === 'allow' ? 'info' : 'warn',
    event: 'decision',
    decision,
    refuses,
    rule: rules[0] ?? null,
    rules: rules.slice(0, RULES_MAX),
    code: cause?.code ?? null,
    image: toOneLine(image),
    digest: /@(sha(?:256|512):[0-9a-f]+)$/.exec(resolved)?.[1] ?? null,
    namespace: name(workload.namespace),
    kind: name(workload.kind),
    name: name(workload.name),
    operation: name(workload.operation),
    dryRun: workload.dryRun === true,
    source: workload.source ?? '',
    record,
    durationMs: roundMs(performance.now() - startedAt),
  };
}

/** A review in which no image was decided: it could not be read, or names too many. */
export function tellRefusal({ allowed, message }: ReviewAnswer): DecisionLine {
  return {
    level: 'warn',
    event: 'review-refused',
    decision: 'undetermined',
    refuses: !allowed,
    message: toOneLine(message),
  };
}

/** The rules that enforce and made the decision what it is. */
function listDecisive({ decision, results }: Verdict): readonly string[] {
  if (decision === 'allow') return [];
  const wanted = decision === 'deny' ? 'broken' : 'undetermined';
  return results
    .filter(({ action, outcome }) => action === 'deny' && outcome === wanted)
    .map(({ rule }) => rule);
}

function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}

export interface DecisionLinePorts {
  readonly log: (entry: LogEntry) => void;
  /** A monotonic clock. */
  readonly nowMs: () => number;
}

const SECOND_MS = 1_000;
/** How often it is said what was left out. */
const SUM_MS = 10_000;
const ADDRESSES_MAX = 1_000;

/**
 * Writes a line for each decision. Anybody who reaches the port can ask, so each address has so
 * many lines in a second, and all together have so many; what is left out is counted, by decision.
 * The evidence log has every decision all the same.
 */
export class DecisionLines {
  readonly #ports: DecisionLinePorts;
  readonly #timer: NodeJS.Timeout;
  #second = Number.NEGATIVE_INFINITY;
  #written = 0;
  readonly #byAddress = new Map<string, number>();
  readonly #left = new Map<string, number>();

  constructor(ports: DecisionLinePorts) {
    this.#ports = ports;
    this.#timer = setInterval(() => this.#sumUp(), SUM_MS);
    this.#timer.unref();
  }

  write(decision: DecisionLine, address: string): void {
    // mutant decision-lines-without-a-limit by decision-lines: condition -> true
    if (this.#take(address)) {
      this.#ports.log(decision);
      return;
    }
    const kind = String(decision['decision']);
    this.#left.set(kind, (this.#left.get(kind) ?? 0) + 1);
  }

  #take(address: string): boolean {
    const now = this.#ports.nowMs();
    if (now - this.#second >= SECOND_MS) {
      this.#second = now;
      this.#written = 0;
      this.#byAddress.clear();
    }
    const own = this.#byAddress.get(address) ?? 0;
    if (own === 0 && this.#byAddress.size >= ADDRESSES_MAX) return false;
    // mutant one-address-fills-the-log by decision-lines: operand 2 -> false
    if (this.#written >= LIMITS.decisionLinesMax || own >= LIMITS.decisionLinesPerAddressMax)
      return false;
    this.#written += 1;
    this.#byAddress.set(address, own + 1);
    return true;
  }

  #sumUp(): void {
    if (this.#left.size === 0) return;
    const counts = Object.fromEntries(this.#left);
    const all = [...this.#left.values()].reduce((sum, count) => sum + count, 0);
    this.#left.clear();
    this.#ports.log({ level: 'warn', event: 'decisions-left-out', decisions: all, ...counts });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#sumUp();
  }
}
