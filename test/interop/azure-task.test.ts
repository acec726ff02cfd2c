import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INPUTS } from '../../integrations/ci/steps.ts';
import { buildIntegration } from '../../tools/integrations.ts';
import { type ProcessResult, root, run } from '../../tools/process.ts';
import { policyText, ruleText } from '../support/policy-facts.ts';

/**
 * The task as it is uploaded, started as the agent starts it: node, `target` of its metadata, the
 * variables and endpoints of an agent, and nothing of this checkout.
 */
const SOURCE = join(root, 'integrations/azure-pipelines');
const folder = mkdtempSync(join(tmpdir(), 'waybill-task-'));
const task = join(folder, 'task');
const workspace = join(folder, 'workspace');
const lack = await install();
if (lack !== null) console.warn(`skipped: azure-pipelines-task-lib is not here (${lack})`);

async function install(): Promise<string | null> {
  if (existsSync(join(SOURCE, 'node_modules/azure-pipelines-task-lib'))) return null;
  const npm = await run('npm', ['ci', '--ignore-scripts'], { cwd: SOURCE, timeoutMs: 170_000 });
  return npm.code === 0 ? null : (npm.stderr.trim().split('\n').at(-1) ?? 'npm ended early');
}

interface TaskMetadata {
  readonly inputs: readonly { readonly name: string; readonly helpMarkDown: string }[];
  readonly OutputVariables: readonly { readonly name: string }[];
  readonly execution: Readonly<Record<string, { readonly target: string }>>;
}
const metadata = JSON.parse(readFileSync(join(SOURCE, 'task.json'), 'utf8')) as TaskMetadata;
const toTaskName = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

interface Command {
  readonly area: string;
  readonly properties: string;
  readonly value: string;
}

/** What the agent takes for a command: anywhere in a line, with its own escapes. */
function listCommands(stdout: string): readonly Command[] {
  const lines = stdout.split('\n').filter((line) => line.includes('##vso['));
  return lines.map((line) => {
    const [, area = '', properties = '', value = ''] =
      /##vso\[([\w.]+) ?([^\]]*)\](.*)$/.exec(line) ?? [];
    return { area, properties, value };
  });
}

async function runTask(inputs: Readonly<Record<string, string>>): Promise<ProcessResult> {
  const given = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  const authorization = JSON.stringify({
    parameters: { AccessToken: 'tok-8812' },
    scheme: 'OAuth',
  });
  return run(process.execPath, [join(task, metadata.execution['Node24']?.target ?? '')], {
    cwd: workspace,
    env: {
      ...{ PATH: process.env['PATH'], HOME: folder, AGENT_VERSION: '4.260.0' },
      ...{ AGENT_TEMPDIRECTORY: folder, BUILD_SOURCESDIRECTORY: workspace },
      ...{ SYSTEM_CULTURE: 'en-US', AGENT_WORKFOLDER: folder },
      ...{ ENDPOINT_URL_SYSTEMVSSCONNECTION: 'https://dev.azure.example/' },
      ENDPOINT_AUTH_SYSTEMVSSCONNECTION: authorization,
      ENDPOINT_AUTH_PARAMETER_SYSTEMVSSCONNECTION_ACCESSTOKEN: 'tok-8812',
      ...Object.fromEntries(given),
    },
  });
}

const forBuild = (require: string, more = ''): string => {
  const text = policyText(`${ruleText(require, '{ build: deny }')}${more}`);
  writeFileSync(join(workspace, 'policy.yaml'), text);
  return 'policy.yaml';
};
const pick = (stdout: string, area: string): readonly string[] =>
  listCommands(stdout)
    .filter((one) => one.area === area)
    .map(({ properties, value }) => `${properties}|${value}`);

describe.skipIf(lack !== null)('I9: the task of Azure Pipelines', () => {
  beforeAll(async () => {
    await buildIntegration(root, 'azure-pipelines', task);
    mkdirSync(workspace);
    const git = (...args: readonly string[]): void =>
      void execFileSync('git', args, { cwd: workspace, stdio: 'pipe' });
    git('init', '-q');
    writeFileSync(join(workspace, 'package.json'), '{"dependencies":{"left":"^1.0.0"}}\n');
    git('add', '.');
    git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'begin');
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has metadata for every input that it reads', () => {
    const meanings = Object.fromEntries(
      metadata.inputs.map(({ name, helpMarkDown }) => [name, helpMarkDown]),
    );
    for (const [name, meaning] of Object.entries(INPUTS))
      expect(meanings[toTaskName(name)]).toBe(meaning);
    expect(metadata.OutputVariables.map(({ name }) => name)).toEqual([
      ...['decision', 'exitCode', 'digest', 'report'],
    ]);
  });

  it('succeeds where the build gate allows, with output variables and a summary', async () => {
    const { stdout } = await runTask({ step: 'build', policy: forBuild('true') });
    expect(pick(stdout, 'task.complete')).toEqual([expect.stringMatching(/^result=Succeeded;?\|/)]);
    expect(pick(stdout, 'task.setvariable')[0]).toMatch(
      /variable=decision;isOutput=true.*\|allow$/,
    );
    expect(pick(stdout, 'task.uploadsummary')).toHaveLength(1);
    expect(stdout).not.toContain('tok-8812');
  });

  it('A6: fails where it denies, and what others wrote is no command', async () => {
    const message =
      '    message: "\'##vso[task.complete result=Succeeded;]; ##[section] x\'"\n    fix: x\n';
    const { stdout } = await runTask({ step: 'build', policy: forBuild('false', message) });
    expect(pick(stdout, 'task.complete')).toEqual([expect.stringMatching(/^result=Failed;?\|/)]);
    // The rule, and the result, which the library of the agent logs too.
    expect(pick(stdout, 'task.issue').concat(pick(stdout, 'task.logissue'))).toHaveLength(2);
    expect(stdout).not.toMatch(/##\[section\]/);
  });

  it('fails with the reason for wrong inputs', async () => {
    const { stdout } = await runTask({ step: 'deploy' });
    expect(pick(stdout, 'task.complete')).toEqual([expect.stringMatching(/^result=Failed;.*step/)]);
  });
});
