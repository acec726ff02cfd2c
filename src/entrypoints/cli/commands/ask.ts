import { resolve } from 'node:path';
import type { Subject } from '../../../capabilities/graph/index.ts';
import {
  encodeAnswer,
  listFields,
  type PublicQuestion,
  type QuestionEntry,
  readQuestion,
  type ViewContext,
} from '../../../capabilities/graph/questions/index.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { getOwn, setOwn } from '../../../core/own.ts';
import { orThrow } from '../../../core/result.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { openQuestions } from '../../compose/graph.ts';
import type { Config } from '../../config/config.ts';
import { readSubject, resolveSubject } from '../ask-subject.ts';
import { showTables } from '../ask-text.ts';
import { loadCallConfig } from '../call-config.ts';
import type { Call, CommandModule } from '../command.ts';
import { parseMomentOrAge } from '../durations.ts';
import { makePrintable, sayNote } from '../io.ts';
import { noteClockAhead } from '../log-clock.ts';
import type { ResultReport } from '../report/report.ts';

type Reader = Awaited<ReturnType<typeof openQuestions>>;

/** Makes a command from a question of the table. */
export function createAskCommand(entry: QuestionEntry): CommandModule {
  return {
    run: async (call) => {
      const now = toInstant(Date.now());
      const text = (field: string) => readText(entry, call, field);
      const question = await readQuestion(entry, {
        text,
        label: (field) => `--${field}`,
        readMoment: (written) => parseMomentOrAge(written, now),
        readSubject,
      });
      const config = await loadCallConfig(call);
      const reader = await openQuestions(config);
      try {
        const moment = ('asOf' in question ? question.asOf : null) ?? now;
        const answer = await answerQuestion(reader, call, entry, question, moment);
        await noteClockAhead(call.io, reader);
        const report = await toReport(call, entry, answer, { text, moment });
        await writeExport({ call, config, reader, entry, answer, now, exitCode: report.exitCode });
        return report;
      } finally {
        await reader.close();
      }
    },
  };
}

/** Arguments are found by their position, in the order of the parameters. */
function readText({ parameters }: QuestionEntry, call: Call, field: string): string | undefined {
  const taken = Object.entries(parameters)
    .filter(([, { form }]) => form === 'argument')
    .flatMap(([name, parameter]) => listFields(name, parameter).map((one) => one.name));
  return taken.includes(field) ? call.args[taken.indexOf(field)] : readOption(call, field);
}

async function answerQuestion(
  reader: Reader,
  call: Call,
  entry: QuestionEntry,
  question: PublicQuestion,
  moment: Instant,
): Promise<object> {
  if (question.name === 'what-if') {
    // It loads the rules language, which no other question needs.
    const { answerWhatIf } = await import('./ask-what-if.ts');
    return answerWhatIf(reader, call, question, moment);
  }
  return orThrow(await reader.ask(await resolveSubjects(call, entry, question)));
}

/** Every subject of the question as the digest that it has now. */
async function resolveSubjects<Q extends PublicQuestion>(
  call: Call,
  { parameters }: QuestionEntry,
  question: Q,
): Promise<Q> {
  const resolved: Record<string, Subject> = {};
  for (const [name, { type }] of Object.entries(parameters)) {
    const values = question as Readonly<Record<string, unknown>>;
    const subject = type === 'subject' ? getOwn(values, name) : null;
    if (subject === null || subject === undefined) continue;
    setOwn(resolved, name, await resolveSubject(call, subject as Subject, question));
  }
  return { ...question, ...resolved };
}

interface AskCall {
  readonly call: Call;
  readonly config: Config;
  readonly reader: Reader;
  readonly entry: QuestionEntry;
  readonly answer: object;
  readonly now: Instant;
  readonly exitCode: number;
}

/** The answer as a signed statement, where the call names a file for it (X14). */
async function writeExport(asked: AskCall): Promise<void> {
  const { call, config, reader, entry, now, exitCode } = asked;
  const file = readOption(call, 'export');
  if (file === undefined) return;
  const { exportAnswer } = await import('../signed-answer.ts');
  const fields = Object.entries(entry.parameters).flatMap(([name, parameter]) =>
    listFields(name, parameter).map((field) => field.name),
  );
  const given = fields.flatMap((field) => {
    const written = readText(entry, call, field);
    return written === undefined ? [] : [[field, written] as const];
  });
  const bytes = await exportAnswer(config, reader, {
    ...{ question: entry.name, parameters: Object.fromEntries(given), askedAt: now, exitCode },
    answer: await encodeAnswer(entry, asked.answer),
  });
  writeWhole(resolve(call.io.cwd, file), bytes);
  sayNote(call.io, `exported ${file}; to check it: waybill ask --verify ${file} --log-key KEY\n`);
}

function readOption({ options }: Call, field: string): string | undefined {
  const value = getOwn(options as Readonly<Record<string, unknown>>, field);
  return typeof value === 'string' ? value : undefined;
}

async function toReport(
  call: Call,
  entry: QuestionEntry,
  answer: object,
  context: ViewContext,
): Promise<ResultReport> {
  const view = await entry.loadView();
  const refusal = view.refuse?.(answer, context) ?? null;
  if (refusal !== null) throw refusal;
  for (const note of view.listNotes?.(answer, context) ?? [])
    call.io.err(`${makePrintable(note)}\n`);
  const { buildTree } = view;
  // The schemas of answers are loaded only for JSON.
  const json = readOption(call, 'format') === 'json' ? await encodeAnswer(entry, answer) : null;
  return {
    kind: 'result',
    exitCode: view.pickExitCode?.(answer) ?? 0,
    value: json === null ? null : { schema: null, json: () => json },
    blocks: () => showTables(view, answer, context),
    ...(buildTree === undefined ? {} : { tree: () => buildTree(answer) }),
    hints: 'next' in answer && answer.next !== null ? [`more: --after ${answer.next}`] : [],
  };
}
