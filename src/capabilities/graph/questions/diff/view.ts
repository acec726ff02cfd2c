import { defineTable, type View } from '../view.ts';
import type { ComparedSide, Diff } from './answer.ts';

export const view: View<Diff> = {
  tables: [
    defineTable({
      rows: ({ differences }: Diff) => differences,
      columns: {
        WHAT: ({ what }) => what,
        CHANGE: ({ change }) => change,
        NAME: ({ name }) => name,
        FROM: ({ from }) => from,
        TO: ({ to }) => to,
        SEVERITY: ({ severity }) => severity,
      },
      none: ({ from, to }) =>
        isWhole(from) && isWhole(to) ? 'no difference\n' : 'no difference is known\n',
    }),
  ],
  // 1 where the second has a finding that the first has not.
  pickExitCode: ({ newFindings, from, to }) => {
    // mutant finding-that-a-version-brings by diff: condition -> false
    if (newFindings > 0) return 1;
    // mutant difference-of-an-unknown-side by diff: value -> 0
    return isWhole(from) && isWhole(to) ? 0 : 3;
  },
  listNotes: ({ from, to }) => [...describe('the first', from), ...describe('the second', to)],
};

function isWhole({ inventory, judged, licensed }: ComparedSide): boolean {
  return inventory === 'complete' && judged && licensed;
}

function describe(which: string, { inventory, judged, licensed }: ComparedSide): readonly string[] {
  if (inventory === null) return [`the components of ${which} are unknown`];
  return [
    ...(inventory === 'partial' ? [`the inventory of ${which} is partial`] : []),
    ...(judged ? [] : [`components of ${which} are covered by no advisories`]),
    ...(licensed ? [] : [`components of ${which} have no known licence`]),
  ];
}
