import { randomUUID } from 'node:crypto';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatMarkdown, type Outcome, type Remark, readOutcome } from '../../ci/outcome.ts';
import { runWaybill } from '../../ci/run-waybill.ts';
import { buildCommand, InputFlaw, type ReadInput, readStep, type Step } from '../../ci/steps.ts';

export interface ActionPorts {
  readonly env: NodeJS.ProcessEnv;
  /** How Waybill is started. */
  readonly waybill: readonly string[];
  readonly print: (line: string) => void;
}

/** One step of a job; the exit code is 0 only where Waybill's was. */
export async function runAction({ env, waybill, print }: ActionPorts): Promise<0 | 1> {
  // docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs
  const read: ReadInput = (name) => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim();
  try {
    const step = readStep(read);
    const words = [...waybill, ...buildCommand(step, read, 'github')];
    // Text of others is in these lines: the runner takes no command from them.
    const token = randomUUID();
    print(`::stop-commands::${token}`);
    const cwd = env['GITHUB_WORKSPACE'] || process.cwd();
    const { code, stdout } = await runWaybill(words, env, cwd, print);
    print(`::${token}::`);
    const outcome = readOutcome(stdout);
    report(step, outcome, code, stdout, { env, print });
    return code === 0 ? 0 : 1;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const title = thrown instanceof InputFlaw ? 'wrong input' : 'Waybill could not be run';
    print(formatAnnotation({ level: 'error', title, message, fix: null, place: null }));
    return 1;
  }
}

function report(
  step: Step,
  outcome: Outcome,
  code: number,
  stdout: string,
  { env, print }: Pick<ActionPorts, 'env' | 'print'>,
): void {
  const remarks = outcome.remarks.slice(0, ANNOTATIONS_MAX);
  for (const remark of remarks) print(formatAnnotation(remark));
  const summary = env['GITHUB_STEP_SUMMARY'];
  if (summary !== undefined && summary !== '')
    appendFileSync(summary, formatMarkdown(`waybill ${step}`, outcome));
  const folder = env['RUNNER_TEMP'] || process.cwd();
  const file = join(folder, `waybill-${step}-${randomUUID()}.json`);
  writeFileSync(file, stdout, { mode: 0o600 });
  const output = env['GITHUB_OUTPUT'];
  if (output === undefined || output === '') return;
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(outcome.resolved)?.[1] ?? '';
  const values = { decision: outcome.decision, 'exit-code': `${code}`, digest, report: file };
  for (const [name, value] of Object.entries(values))
    appendFileSync(output, formatOutput(name, value));
}

/** A step shows ten of each level, a job fifty in all. */
const ANNOTATIONS_MAX = 50;

/** `::error title=…,file=…,line=…::message`, with the escapes of the runner's toolkit. */
export function formatAnnotation({ level, title, message, fix, place }: Remark): string {
  const properties = [
    `title=${escapeProperty(title)}`,
    ...(place === null ? [] : [`file=${escapeProperty(place.file)}`]),
    ...(place === null || place.line === null ? [] : [`line=${place.line}`]),
  ];
  const text = fix === null ? message : `${message}\nfix: ${fix}`;
  return `::${level} ${properties.join(',')}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
    .replaceAll(/##(?=\[|vso\[)/gi, '# #');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** An output of several lines, behind a mark that is not in it. */
export function formatOutput(name: string, value: string): string {
  const mark = `waybill-${randomUUID()}`;
  return `${name}<<${mark}\n${value.replaceAll(mark, '')}\n${mark}\n`;
}
