import { toOneLine } from '../../../core/one-line.ts';
import type { Result } from '../../../core/result.ts';
import type { PulledPolicy } from '../../compose/pull-policy.ts';
import { describeJobFailure, type LogEntry } from '../log.ts';

/** The summary of one pull of the policy for the log and the metrics. */
export interface PolicySummary {
  readonly changed: boolean;
  readonly layers: readonly {
    readonly repository: string;
    readonly inForce: number;
    readonly confirmedAt: string;
    /** Why it could not be confirmed; null if it was. */
    readonly code: string | null;
    readonly message: string | null;
  }[];
}

export function summarisePolicy({ changed, layers }: PulledPolicy): PolicySummary {
  return {
    changed,
    layers: layers.map(({ repository, layer, failure }) => ({
      repository: toOneLine(repository),
      inForce: layer.current?.number ?? 0,
      confirmedAt: layer.confirmedAt,
      code: failure?.code ?? null,
      message: failure === null ? null : toOneLine(failure.message),
    })),
  };
}

/** Whether the registry of each layer showed which revision is the newest. */
export function isConfirmed(result: Result<PolicySummary>): boolean {
  return result.ok && result.value.layers.every(({ code }) => code === null);
}

/** The lines of the log about one pull; what could not be confirmed stays in force. */
export function logPolicy(result: Result<PolicySummary>, log: (entry: LogEntry) => void): void {
  if (!result.ok) {
    log(describeJobFailure('policy-not-pulled', result.failure));
    return;
  }
  const { changed, layers } = result.value;
  for (const { code, message, ...layer } of layers)
    if (code === null) log({ level: 'info', event: 'policy-pulled', changed, ...layer });
    else log({ level: 'warn', event: 'policy-not-confirmed', code, message, ...layer });
}
