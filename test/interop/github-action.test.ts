import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INPUTS } from '../../integrations/ci/steps.ts';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';
import { parseYaml } from '../../src/formats/yaml/parse.ts';
import { buildIntegration } from '../../tools/integrations.ts';
import { type ProcessResult, root, run } from '../../tools/process.ts';
import { JOB_CLAIMS, jobToken, platformKey } from '../support/job-tokens.ts';
import { policyText, ruleText } from '../support/policy-facts.ts';
import { Scene } from '../support/scene.ts';

/**
 * The action as it is published, started as the runner starts it: node, `main` of its metadata, the
 * inputs and files of the documented environment, and nothing of this checkout.
 */
const folder = mkdtempSync(join(tmpdir(), 'waybill-action-'));
const action = join(folder, 'action');
const workspace = join(folder, 'workspace');
let scene: Scene;
let metadata: JsonObject;
let jobs = 0;

beforeAll(async () => {
  await buildIntegration(root, 'github-action', action);
  const yaml = orThrow(
    parseYaml(readFileSync(join(action, 'action.yml'), 'utf8'), { bytesMax: 100_000 }),
  );
  metadata = yaml as JsonObject;
  mkdirSync(workspace);
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', args, { cwd: workspace, stdio: 'pipe' });
  git('init', '-q');
  writeFileSync(join(workspace, 'package.json'), '{"dependencies":{"left":"^1.0.0"}}\n');
  git('add', '.');
  git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'begin');
  scene = await Scene.open();
}, 120_000);
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Job extends ProcessResult {
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** docs.github.com: metadata syntax, workflow commands, default variables of a job. */
async function runJob(
  inputs: Readonly<Record<string, string>>,
  more: NodeJS.ProcessEnv = {},
): Promise<Job> {
  const files = join(folder, `job-${++jobs}`);
  mkdirSync(files);
  for (const file of ['summary', 'output']) writeFileSync(join(files, file), '');
  const given = Object.entries(inputs).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  const { runs } = metadata;
  const main = isJsonObject(runs) ? String(runs['main']) : '';
  const ended = await run(process.execPath, [join(action, main)], {
    cwd: workspace,
    env: {
      ...{ PATH: process.env['PATH'], HOME: files, CI: 'true', GITHUB_ACTIONS: 'true' },
      ...{ GITHUB_WORKSPACE: workspace, RUNNER_TEMP: files },
      ...{ GITHUB_STEP_SUMMARY: join(files, 'summary'), GITHUB_OUTPUT: join(files, 'output') },
      ...Object.fromEntries(given),
      ...more,
    },
  });
  return {
    ...ended,
    summary: readFileSync(join(files, 'summary'), 'utf8'),
    outputs: readOutputs(readFileSync(join(files, 'output'), 'utf8')),
  };
}

/** `NAME<<MARK`, lines, `MARK`: as the runner reads the file. */
function readOutputs(text: string): Readonly<Record<string, string>> {
  const found = text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm);
  return Object.fromEntries([...found].map(([, name = '', , value = '']) => [name, value]));
}

/** What the runner would take for a command: nothing between stop-commands and its token. */
function listCommands(stdout: string): readonly string[] {
  const commands: string[] = [];
  let stopped: string | null = null;
  for (const line of stdout.split('\n')) {
    const [, name = '', token = ''] = /^::([\w-]*)[^:]*::(.*)$/.exec(line) ?? [];
    if (stopped !== null) stopped = line === `::${stopped}::` ? null : stopped;
    else if (name === 'stop-commands') stopped = token;
    else if (/^\s*::|##\[|##vso\[/.test(line)) commands.push(line);
  }
  return commands;
}

const write = (name: string, rule: string): string => {
  writeFileSync(join(workspace, name), rule);
  return name;
};
const forBuild = (require: string, message = ''): string =>
  write('policy.yaml', policyText(`${ruleText(require, '{ build: deny }')}${message}`));

describe('I9: the GitHub action', () => {
  it('has metadata for every input that it reads, and starts with Node.js 24', () => {
    expect(Object.keys(metadata['inputs'] as JsonObject)).toEqual(Object.keys(INPUTS));
    for (const [name, meaning] of Object.entries(INPUTS))
      expect((metadata['inputs'] as Record<string, JsonObject>)[name]?.['description']).toBe(
        meaning,
      );
    expect(metadata['runs']).toEqual({ using: 'node24', main: 'index.js' });
    expect(existsSync(join(action, 'waybill/dist/entrypoints/cli/main.js'))).toBe(true);
    expect(existsSync(join(action, 'node_modules'))).toBe(false);
  });

  it('passes where the build gate does', async () => {
    const { code, summary, outputs } = await runJob({ step: 'build', policy: forBuild('true') });
    expect([code, outputs['decision'], outputs['exit-code']]).toEqual([0, 'allow', '0']);
    expect(summary).toContain('## waybill build: allow');
    expect(JSON.parse(readFileSync(outputs['report'] ?? '', 'utf8'))).toMatchObject({
      gate: 'build',
    });
  });

  it('fails where it denies, with an annotation at the line, and where it is open', async () => {
    const message =
      "    message: \"dependencies.filter(d, !d.pinned).map(d, d.place + ' ' + d.name).join('; ')\"\n" +
      '    fix: pin it\n';
    const denied = await runJob({
      step: 'build',
      policy: forBuild('dependencies.all(d, d.pinned)', message),
    });
    expect([denied.code, denied.outputs['decision'], denied.outputs['exit-code']]).toEqual([
      ...[1, 'deny', '1'],
    ]);
    expect(listCommands(denied.stdout)).toEqual([
      expect.stringMatching(/^::error title=r is broken,file=package\.json,line=1::package\.json/),
    ]);
    const open = await runJob({ step: 'build', policy: forBuild('findings.size() == 0') });
    expect([open.code, open.outputs['decision'], open.outputs['exit-code']]).toEqual([
      ...[1, 'undetermined', '3'],
    ]);
  });

  it('A6: what others wrote is no command, no markup and no option', async () => {
    const evil =
      '::set-output name=decision::allow\\n##vso[task.complete]<img src=x>|`%0A::error::';
    const message = `    message: ${JSON.stringify(`'${evil}'`)}\n    fix: x\n`;
    const { code, stdout, summary, outputs } = await runJob({
      step: 'build',
      policy: forBuild('false', message),
    });
    expect([code, outputs['decision']]).toEqual([1, 'deny']);
    expect(listCommands(stdout)).toHaveLength(1);
    expect(listCommands(stdout)[0]).not.toMatch(/##\[|##vso\[/);
    expect(summary).not.toMatch(/<img|\|`/);
    const option = await runJob({
      step: 'build',
      target: '--policy=/etc/passwd',
      policy: 'policy.yaml',
    });
    expect(option.code).toBe(1);
    expect(option.outputs['decision']).toBe('error');
  });

  it('verifies an image, and refuses one that nobody signed', async () => {
    const { registry } = scene.registry;
    await scene.push('bare', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
    const verify = (name: string) =>
      runJob({
        step: 'verify',
        target: `${registry}/shop/${name}:1.0`,
        home: scene.config.home,
        insecure: registry,
      });
    const refused = await verify('bare');
    expect([refused.code, refused.outputs['decision']]).toEqual([1, 'deny']);
    expect(refused.outputs['digest']).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('B7: ships a release that the token of the job proves, and verifies it', async () => {
    const { registry } = scene.registry;
    const key = platformKey('RS256');
    const claims = JOB_CLAIMS['github-actions'];
    const at = Math.floor(Date.now() / 1_000);
    const sha = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: workspace }).toString().trim();
    const issuer = createServer((asked, answer) => {
      const isOurs = asked.headers.authorization?.toLowerCase() === 'bearer request-token';
      answer.statusCode = isOurs ? 200 : 401;
      answer.end(
        JSON.stringify({
          value: jobToken(key, { ...claims, sha, iat: at, exp: at + 600 }),
        }),
      );
    });
    await new Promise<void>((resolve) => void issuer.listen(0, '127.0.0.1', resolve));
    const { port } = issuer.address() as AddressInfo;
    const pinned = { platform: 'github-actions', issuer: claims.iss, audience: 'waybill' };
    writeFileSync(join(folder, 'keys.json'), JSON.stringify({ ...pinned, keys: [key.jwk] }));
    mkdirSync(join(scene.config.home, 'keys'), { recursive: true, mode: 0o700 });
    const pem = scene.release.privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(join(scene.config.home, 'keys/default.key'), pem, { mode: 0o600 });
    writeFileSync(join(scene.config.home, 'keys/default.crt'), scene.release.chainPem);
    const rule = ruleText(`provenance.commit == '${sha}'`, '{ release: deny }');
    writeFileSync(join(folder, 'release.yaml'), policyText(rule));
    await scene.push('app', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
    execFileSync('git', ['remote', 'add', 'origin', 'https://github.com/shop/trips'], {
      cwd: workspace,
    });
    execFileSync('git', ['stash', '-q', '-u'], { cwd: workspace });
    const common = { home: scene.config.home, insecure: registry };
    const inputs = {
      ...{ step: 'release', target: `${registry}/shop/app:2.0`, image: `${registry}/shop/app:1.0` },
      ...{ name: 'app', version: '2.0', ...common },
    };
    const files = { policy: join(folder, 'release.yaml'), 'job-keys': join(folder, 'keys.json') };
    const released = await runJob(
      { ...inputs, ...files },
      {
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
      },
    );
    issuer.close();
    expect([released.code, released.outputs['decision']], released.stdout).toEqual([0, 'allow']);
    expect(released.outputs['digest']).toMatch(/^sha256:/);
    expect(released.stdout).not.toContain('eyJ');
    const verified = await runJob({
      step: 'verify',
      target: `${registry}/shop/app:2.0`,
      ...common,
    });
    expect([verified.code, verified.outputs['decision']]).toEqual([0, 'allow']);
    expect(verified.outputs['digest']).toBe(released.outputs['digest']);
  });

  it('wrong inputs fail with one annotation that says why', async () => {
    for (const inputs of [{ step: 'deploy' }, { step: 'release', target: 'a/b:1' }]) {
      const { code, stdout } = await runJob(inputs);
      expect(code).toBe(1);
      expect(listCommands(stdout)).toEqual([expect.stringMatching(/^::error title=wrong input::/)]);
    }
  });
});
