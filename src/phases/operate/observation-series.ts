import type { RecordFields } from '../../capabilities/evidence/index.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';

type ObservationFields = RecordFields<'deployment'>;

export interface SeriesStep {
  readonly record: ObservationFields;
  readonly isWhole: boolean;
}

interface LastStep {
  readonly observedAt: Instant;
  readonly wholeAt: Instant;
  readonly region: string | null;
  readonly nodes: string;
  readonly workloads: ReadonlyMap<string, string>;
}

/**
 * The observations of a cluster that one watcher sends, one after the other: first everything that
 * runs, then what changed since the one before. Changes count only after the observation that they
 * follow, so who loses one calls `begin`.
 */
export class ObservationSeries {
  #last: LastStep | null = null;

  /** The next observation is a whole one. */
  begin(): void {
    this.#last = null;
  }

  /** What to record of the cluster as it is now; null: nothing changed, and the lease is young. */
  next(seen: ObservationFields): SeriesStep | null {
    const last = this.#last;
    const workloads = new Map(seen.workloads.map((one) => [formatName(one), JSON.stringify(one)]));
    const nodes = JSON.stringify(seen.nodes ?? null);
    // mutant series-of-another-region by observation-series: remove operand 2
    const isWhole =
      last === null ||
      last.region !== seen.region ||
      seen.observedAt - last.wholeAt >= LIMITS.watchWholeMs ||
      // The lease of the observation before ended, as after a stop of the machine.
      seen.observedAt > last.observedAt + seen.leaseMs;
    const wholeAt = isWhole ? seen.observedAt : last.wholeAt;
    const now = { observedAt: seen.observedAt, wholeAt, region: seen.region, nodes, workloads };
    if (isWhole) {
      this.#last = now;
      return { record: seen, isWhole };
    }
    const changed = seen.workloads.filter(
      (one) => last.workloads.get(formatName(one)) !== workloads.get(formatName(one)),
    );
    const ended = [...last.workloads.keys()].filter((name) => !workloads.has(name)).map(parseName);
    const isSame = changed.length === 0 && ended.length === 0 && last.nodes === nodes;
    // mutant lease-that-nobody-renews by observation-series: remove operand 2
    if (isSame && seen.observedAt - last.observedAt < seen.leaseMs / 3) return null;
    this.#last = now;
    const { nodes: all, ...told } = seen;
    return {
      isWhole: false,
      record: {
        ...told,
        ...(last.nodes === nodes || all === undefined ? {} : { nodes: all }),
        changes: { since: last.observedAt, ended },
        workloads: changed,
      },
    };
  }
}

function formatName({ namespace, kind, name }: WorkloadName): string {
  return JSON.stringify([namespace, kind, name]);
}

function parseName(text: string): WorkloadName {
  const [namespace = '', kind = '', name = ''] = JSON.parse(text) as readonly string[];
  return { namespace, kind, name };
}

type WorkloadName = Pick<ObservationFields['workloads'][number], 'namespace' | 'kind' | 'name'>;
