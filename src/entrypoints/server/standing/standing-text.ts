import { nameTarget, type StandingQuestion } from './standing-document.ts';
import type { Delivery, StandingState } from './standing-store.ts';

/** A standing question as it is shown: without secrets, and without the ends of addresses. */
export function describeStanding(
  { name, question, parameters, digestMs, targets }: StandingQuestion,
  state: StandingState | null,
) {
  return {
    ...{ name, question, parameters, digestMs },
    targets: targets.map(nameTarget),
    askedAt: state?.askedAt ?? null,
    exitCode: state?.exitCode ?? null,
    rows: state === null ? 0 : Object.keys(state.rows).length,
    pending: state?.pending.length ?? 0,
    notices: state?.notices ?? 0,
  };
}

/** A notice that was not delivered yet, or was given up. */
export function describeDelivery({ id, notice, target, ...said }: Delivery) {
  const { attempts, nextAt, state, reason } = said;
  return {
    ...{ id, standing: notice.standing, target: nameTarget(target), at: notice.at },
    ...{ changes: notice.changes.length, attempts, nextAt, state, reason },
  };
}
