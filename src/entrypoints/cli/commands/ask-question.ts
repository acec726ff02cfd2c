import type { Ask } from '../../../capabilities/graph/index.ts';
import { openQuestions } from '../../compose/compose.ts';
import { askOf, jsonOf } from '../asking.ts';
import type { Call, CommandModule, ExitCode } from '../command.ts';
import { configOf } from '../configured.ts';
import { type TreeNode, tree } from '../tree.ts';

export type Reader = Awaited<ReturnType<typeof openQuestions>>;

/** An answer in every form that it has; what is asked for alone is made. */
export interface Told {
  readonly answer: object;
  readonly text: () => string;
  readonly tree?: () => readonly TreeNode[];
  /** The cursor of the page that follows. */
  readonly next: string | null;
  readonly exit: ExitCode;
  /** What somebody must know who reads the text alone. */
  readonly notes?: readonly string[];
}

/** A question to the graph, as a command. */
export function question(ask: (reader: Reader, call: Call, ask: Ask) => Promise<Told>): CommandModule {
  return {
    run: async (call) => {
      const narrowing = askOf(call);
      const reader = await openQuestions(configOf(call));
      try {
        return tell(call, await ask(reader, call, narrowing));
      } finally {
        await reader.close();
      }
    },
  };
}

function tell({ io, options }: Call, told: Told): ExitCode {
  const form = options.text('format');
  for (const note of told.notes ?? []) io.err(`${note}\n`);
  if (form === 'json') io.out(jsonOf(told.answer));
  else if (form === 'tree' && told.tree !== undefined) io.out(tree(told.tree()));
  else io.out(told.text());
  if (told.next !== null) io.err(`more: --after ${told.next}\n`);
  return told.exit;
}
