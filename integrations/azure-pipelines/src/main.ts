import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as task from 'azure-pipelines-task-lib/task.js';
import { formatMarkdown, type Outcome, readOutcome } from '../../ci/outcome.ts';
import { runWaybill } from '../../ci/run-waybill.ts';
import { buildCommand, type ReadInput, readStep } from '../../ci/steps.ts';

const ISSUES_MAX = 50;

/** Names of inputs have no hyphens here: `allowed-signers` is `allowedSigners`. */
const read: ReadInput = (name) =>
  (
    task.getInput(name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())) ?? ''
  ).trim();

try {
  const step = readStep(read);
  const bin = fileURLToPath(new URL('waybill/bin/waybill.js', import.meta.url));
  const words = [process.execPath, bin, ...buildCommand(step, read, 'azure')];
  const cwd = task.getVariable('Build.SourcesDirectory') ?? process.cwd();
  const { code, stdout } = await runWaybill(words, buildEnvironment(), cwd, print);
  report(step, readOutcome(stdout), code, stdout);
} catch (thrown) {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  task.setResult(task.TaskResult.Failed, calm(message));
}

/** The token of the job and the service connection whose identity signs, as Waybill looks for them. */
function buildEnvironment(): NodeJS.ProcessEnv {
  // getEndpointAuthorizationParameter prints the value in a line for debugging.
  const token = task.getEndpointAuthorization('SystemVssConnection', true)?.parameters[
    'AccessToken'
  ];
  const connection = task.getInput('serviceConnection');
  return {
    ...process.env,
    ...(token === undefined ? {} : { SYSTEM_ACCESSTOKEN: token }),
    ...(connection === undefined ? {} : { AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: connection }),
  };
}

function report(step: string, outcome: Outcome, code: number, stdout: string): void {
  for (const { level, title, message, fix, place } of outcome.remarks.slice(0, ISSUES_MAX)) {
    const type = level === 'error' ? task.IssueType.Error : task.IssueType.Warning;
    const text = calm(`${title}: ${message}${fix === null ? '' : ` fix: ${fix}`}`);
    if (place === null) task.logIssue(type, text);
    else task.logIssue(type, text, place.file, place.line ?? undefined);
  }
  const folder = task.getVariable('Agent.TempDirectory') ?? tmpdir();
  const name = `waybill-${step}-${randomUUID()}`;
  const summary = join(folder, `${name}.md`);
  writeFileSync(summary, formatMarkdown(`waybill ${step}`, outcome), { mode: 0o600 });
  task.uploadSummary(summary);
  const file = join(folder, `${name}.json`);
  writeFileSync(file, stdout, { mode: 0o600 });
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(outcome.resolved)?.[1] ?? '';
  const outputs = { decision: outcome.decision, exitCode: `${code}`, digest, report: file };
  for (const [output, value] of Object.entries(outputs))
    task.setVariable(output, value, false, true);
  if (code === 0) task.setResult(task.TaskResult.Succeeded, calm(outcome.decision));
  else task.setResult(task.TaskResult.Failed, calm(`${outcome.decision}: exit code ${code}`));
}

function print(line: string): void {
  process.stdout.write(`${calm(line)}\n`);
}

/** The agent takes a command from anywhere in a line: text of others must not have its mark. */
function calm(text: string): string {
  return text.replaceAll(/##(?=\[|vso\[)/gi, '# #');
}
