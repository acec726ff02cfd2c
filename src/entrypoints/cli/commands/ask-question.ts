import type { QuestionOptions } from '../../../capabilities/graph/index.ts';
import { openQuestions } from '../../compose/graph.ts';
import { type AskCall, type AskOptions, formatJson, readAsk } from '../ask-options.ts';
import { loadCallConfig } from '../call-config.ts';
import type { CommandModule } from '../command.ts';
import { showText } from '../report/block.ts';
import type { ExitCode, Report } from '../report/report.ts';
import type { TreeNode } from '../tree.ts';

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
  ask: (reader: Reader, call: AskCall, ask: QuestionOptions) => Promise<AskReport>,
): CommandModule<AskOptions> {
  return {
    run: async (call) => {
      const narrowing = readAsk(call);
      const reader = await openQuestions(loadCallConfig(call));
      try {
        return toReport(call, await ask(reader, call, narrowing));
      } finally {
        await reader.close();
      }
    },
  };
}

function toReport({ io }: AskCall, { answer, text, tree, next, exit, notes }: AskReport): Report {
  for (const one of notes ?? []) io.err(`${one}\n`);
  return {
    kind: 'result',
    exitCode: exit,
    value: { schema: null, json: () => JSON.parse(formatJson(answer)) },
    blocks: () => [showText(text())],
    ...(tree === undefined ? {} : { tree }),
    hints: next === null ? [] : [`more: --after ${next}`],
  };
}
