import type { FixPlanner, Step } from '../fix.ts';

/** The versions that there are, and what is wrong with them, is known to winget's source alone. */
export const wingetFixes: FixPlanner = {
  listFiles: () => [],
  plan: ({ dependencies, isAsked }) => {
    const open = dependencies
      .filter((one) => one.ecosystem === 'winget' && one.pinned !== 'yes' && isAsked(one))
      .map(
        ({ name, why, place }): Step => ({
          place: `${place.file}:${place.line}`,
          what: `${name}: ${why}; see its versions: winget show --versions --id ${name}`,
        }),
      );
    return { edits: new Map(), steps: [], open, commands: [], fixed: new Set() };
  },
};
