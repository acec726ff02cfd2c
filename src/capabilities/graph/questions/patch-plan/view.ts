import { formatCount } from '../../../../core/count.ts';
import { describeNoRuns, formatFixed, isUnseen, noteUnseen } from '../answer-text.ts';
import { defineTable, type View } from '../view.ts';
import type { PatchPlan } from './answer.ts';

export const view: View<PatchPlan> = {
  tables: [
    defineTable({
      rows: ({ bases }: PatchPlan) => bases,
      columns: {
        LAYER: ({ layer }) => layer,
        COMPONENTS: ({ components }) => components.join(', '),
        SERVICES: ({ services }) => services.join(', '),
      },
      title: () => 'first, what several services share\n',
      none: '',
    }),
    defineTable({
      rows: ({ steps }: PatchPlan) =>
        steps.flatMap((step) => step.upgrades.map((upgrade) => ({ ...step, upgrade }))),
      columns: {
        SERVICE: ({ service }) => service,
        OWNER: ({ owner }) => owner ?? 'unknown',
        RUNS: ({ versions }) => versions.join(', '),
        WORKLOADS: ({ workloads }) => String(workloads),
        UPGRADE: ({ upgrade }) => upgrade.purl,
        TO: ({ upgrade }) => formatFixed(upgrade.fixed) ?? 'no fixed version is known',
        SHARED: ({ upgrade }) => (upgrade.shared ? 'yes' : 'no'),
        'RUNS IN': ({ places }) => places.slice(0, 5).join(', '),
      },
      none: (answer) =>
        describeNoRuns(
          answer,
          answer.open
            ? 'nothing that runs is known to be exposed\n'
            : 'nothing that runs is exposed\n',
        ),
    }),
  ],
  pickExitCode: (answer) => {
    // mutant service-that-needs-an-upgrade by patch-plan: condition -> false
    if (answer.steps.length > 0) return 1;
    // mutant plan-where-nobody-observed by observed-clusters: condition -> false
    if (isUnseen(answer)) return 3;
    // mutant plan-that-may-lack-a-service by patch-plan: value -> 0
    return answer.open ? 3 : 0;
  },
  listNotes: ({ notRunning, open, names, ...places }) => [
    ...noteUnseen(places),
    ...(notRunning > 0
      ? [`left out, because not known to run: ${formatCount(notRunning, 'exposed release')}`]
      : []),
    ...(open ? [`more may be exposed: waybill ask exposure ${names[0] ?? ''} says what`] : []),
  ],
};
