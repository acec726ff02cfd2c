import {
  encodeAnswer,
  listFields,
  type PublicQuestion,
  type QuestionEntry,
  readQuestion,
  type ViewContext,
} from '../../../capabilities/graph/questions/index.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openQuestions } from '../../compose/compose.ts';
import { readSubject, resolveSubject } from '../ask-subject.ts';
import { formatAnswer } from '../ask-text.ts';
import { loadCallConfig } from '../call-config.ts';
import type { Call, CommandModule, ExitCode } from '../command.ts';
import { parseMomentOrAge } from '../durations.ts';
import { makePrintable } from '../io.ts';
import { answerWhatIf } from './ask-what-if.ts';

type Reader = Awaited<ReturnType<typeof openQuestions>>;

/** A question of the table, as a command. */
export function createAskCommand(entry: QuestionEntry): CommandModule {
  return {
    run: async (call) => {
      const now = toInstant(Date.now());
      const text = (field: string) => readText(entry, call, field);
      const question = readQuestion(entry, {
        text,
        label: (field) => `--${field}`,
        readMoment: (written) => parseMomentOrAge(written, now),
        readSubject,
      });
      const reader = await openQuestions(loadCallConfig(call));
      try {
        const moment = ('asOf' in question ? question.asOf : null) ?? now;
        const answer = await answerQuestion(reader, call, question, moment);
        return await printAnswer(call, entry, answer, { text, moment });
      } finally {
        await reader.close();
      }
    },
  };
}

/** Arguments come by their place, in the order of the parameters. */
function readText({ parameters }: QuestionEntry, call: Call, field: string): string | undefined {
  const taken = Object.entries(parameters)
    .filter(([, { form }]) => form === 'argument')
    .flatMap(([name, parameter]) => listFields(name, parameter).map((one) => one.name));
  return taken.includes(field) ? call.args[taken.indexOf(field)] : call.options.text(field);
}

async function answerQuestion(
  reader: Reader,
  call: Call,
  question: PublicQuestion,
  moment: Instant,
): Promise<object> {
  if (question.name === 'what-if') return answerWhatIf(reader, call, question, moment);
  if (!('subject' in question) || question.subject === null || question.subject === undefined)
    return orThrow(await reader.ask(question));
  const subject = await resolveSubject(call, question.subject, question);
  return orThrow(await reader.ask({ ...question, subject }));
}

async function printAnswer(
  { io, options }: Call,
  entry: QuestionEntry,
  answer: object,
  context: ViewContext,
): Promise<ExitCode> {
  const form = options.text('format');
  const view = await entry.loadView();
  const refusal = view.refuse?.(answer, context) ?? null;
  if (refusal !== null) throw refusal;
  for (const note of view.listNotes?.(answer, context) ?? []) io.err(`${makePrintable(note)}\n`);
  if (form === 'json') io.out(`${JSON.stringify(await encodeAnswer(entry, answer), null, 2)}\n`);
  else io.out(formatAnswer(view, answer, context, form === 'tree'));
  if ('next' in answer && answer.next !== null) io.err(`more: --after ${answer.next}\n`);
  return view.pickExitCode?.(answer) ?? 0;
}
