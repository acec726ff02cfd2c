import type { QuestionOptions } from '../../../capabilities/graph/index.ts';
import { openQuestions } from '../../compose/compose.ts';
import { formatJson, readAsk } from '../ask-options.ts';
import { loadCallConfig } from '../call-config.ts';
import type { Call, CommandModule, ExitCode } from '../command.ts';
import { formatTree, type TreeNode } from '../tree.ts';

export type Reader = Awaited<ReturnType<typeof openQuestions>>;

/** An answer in every form that it has; what is asked for alone is made. */
export interface AskReport {
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
export function defineQuestion(
  ask: (reader: Reader, call: Call, ask: QuestionOptions) => Promise<AskReport>,
): CommandModule {
  return {
    run: async (call) => {
      const narrowing = readAsk(call);
      const reader = await openQuestions(loadCallConfig(call));
      try {
        return printReport(call, await ask(reader, call, narrowing));
      } finally {
        await reader.close();
      }
    },
  };
}

function printReport({ io, options }: Call, told: AskReport): ExitCode {
  const form = options.text('format');
  for (const note of told.notes ?? []) io.err(`${note}\n`);
  if (form === 'json') io.out(formatJson(told.answer));
  else if (form === 'tree' && told.tree !== undefined) io.out(formatTree(told.tree()));
  else io.out(told.text());
  if (told.next !== null) io.err(`more: --after ${told.next}\n`);
  return told.exit;
}
