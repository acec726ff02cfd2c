import { resolve } from 'node:path';
import { parseNoteVerifier } from '../../../capabilities/evidence/index.ts';
import { findNearNames } from '../../../capabilities/graph/index.ts';
import { findQuestion, QUESTIONS } from '../../../capabilities/graph/questions/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { formatAnswerInstant, shortenInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { attempt, orThrow } from '../../../core/result.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { showTables } from '../ask-text.ts';
import type { AskVerifyCall } from '../options/ask.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { type CheckedAnswer, checkAnswer } from '../verify-answer.ts';

/**
 * Checks an exported answer by the key of its log alone: no database, no network. Ends with 1 where
 * it proves nothing.
 */
export async function run(call: AskVerifyCall): Promise<Report> {
  const { verify: file, logKey, checkpoint } = call.options;
  const [word] = call.args;
  if (word !== undefined || file === undefined) throw createQuestionFailure(word);
  if (logKey === undefined)
    throw new Failure(
      'USAGE',
      'an answer is checked by the key of its log',
      'Name it: --log-key; the home of the log has it in log/log.vkey.',
    );
  const verifier = orThrow(parseNoteVerifier(logKey));
  const read = (path: string, bytesMax: number) =>
    readFileBounded(resolve(call.io.cwd, path), bytesMax);
  const bytes = await read(file, LIMITS.documentBytesMax);
  const held = checkpoint === undefined ? null : await read(checkpoint, LIMITS.configBytesMax);
  const checked = checkAnswer(bytes, { verifier, held });
  const shown = checked.ok ? await showAnswer(checked.value) : [];
  return {
    kind: 'result',
    exitCode: checked.ok ? 0 : 1,
    value: toValue('ask', () =>
      checked.ok
        ? { verified: true, why: null, ...describe(checked.value) }
        : { ...NOTHING, why: checked.failure.message },
    ),
    blocks: () => (checked.ok ? shown : [showLine(checked.failure.message)]),
  };
}

const NOTHING = {
  ...{ verified: false, question: null, parameters: null, askedAt: null, exitCode: null },
  ...{ head: null, entries: [], answer: null },
};

function createQuestionFailure(word: string | undefined): Failure {
  const names = QUESTIONS.map(({ name }) => name);
  const [near] = word === undefined ? [] : findNearNames(word, names, 1);
  if (word !== undefined)
    return new Failure(
      'USAGE',
      `unknown command '${word.slice(0, 100)}'`,
      `${near === undefined ? '' : `Did you mean ${near}? `}See: waybill ask --help.`,
    );
  return new Failure(
    'USAGE',
    'no question was named',
    `Name one, such as waybill ask ${names[0]}, or an exported answer: --verify FILE.`,
  );
}

function describe({ askedAt, head, ...said }: CheckedAnswer) {
  return {
    ...said,
    askedAt: formatAnswerInstant(askedAt),
    head: { size: head.size, root: Buffer.from(head.root).toString('hex') },
  };
}

/** The answer as the question shows it; of a question that this version does not know, its head. */
async function showAnswer(checked: CheckedAnswer): Promise<readonly Block[]> {
  const { question, parameters, askedAt, head, entries, exitCode, answer } = checked;
  const words = Object.entries(parameters).map(([name, text]) => `${name}=${text}`);
  const title = showLine(
    `${[question, ...words].join(' ')}, asked ${shortenInstant(formatAnswerInstant(askedAt))}: ` +
      `signed by ${head.origin}, ${formatCount(entries.length, 'document')} proven in a log of ` +
      `${formatCount(head.size, 'entry', 'entries')}, exit code ${exitCode}`,
  );
  const entry = findQuestion(question);
  if (entry === undefined) return [title];
  const tables = await attempt(async () => {
    const schema = await entry.loadSchema();
    const view = await entry.loadView();
    const context = { text: (field: string) => getOwn(parameters, field), moment: askedAt };
    return showTables(view, schema.decode(answer as never), context);
  });
  return tables.ok ? [title, ...tables.value] : [title];
}
