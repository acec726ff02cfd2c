import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INPUTS } from '../../integrations/ci/steps.ts';
import { isJsonObject } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';
import { parseYaml } from '../../src/formats/yaml/parse.ts';
import { type ProcessResult, root, run } from '../../tools/process.ts';
import { JOB_CLAIMS, jobToken, platformKey } from '../support/job-tokens.ts';
import { installNpmPeer } from '../support/npm-peer.ts';
import { INTEGRITY as integrity } from '../support/npm-project.ts';
import { peer } from '../support/peer.ts';
import { policyText, ruleText } from '../support/policy-facts.ts';
import { Scene } from '../support/scene.ts';

/**
 * The component as a pipeline includes it, run by gitlab-ci-local: it checks the pipeline with the
 * schema that GitLab publishes, puts the inputs in their places, and runs the script in the
 * environment of a job. The program of the container is that of this checkout.
 */
const runner =
  peer('rsync') === null ? null : installNpmPeer('gitlab-ci-local', '4.75.1', 'dist/index.js');
const TEMPLATE = join(root, 'integrations/gitlab/templates/waybill.yml');
const folder = mkdtempSync(join(tmpdir(), 'waybill-gitlab-'));
const project = join(folder, 'project');
let scene: Scene;
const REPORTS = ['waybill.env', 'waybill-report.json', 'gl-dependency-scanning-report.json'];

const git = (...words: readonly string[]): string =>
  execFileSync('git', words, { cwd: project, encoding: 'utf8', stdio: 'pipe' }).trim();

interface Job extends ProcessResult {
  readonly decision: string | undefined;
}

async function runJob(
  inputs: Readonly<Record<string, string>>,
  makeVariables: () => readonly string[] = () => [],
): Promise<Job> {
  const all = { container: 'registry.example.com/waybill@sha256:0', ...inputs };
  const pipeline = { stages: ['test'], include: [{ local: '/waybill.yml', inputs: all }] };
  writeFileSync(join(project, '.gitlab-ci.yml'), JSON.stringify(pipeline));
  commit();
  for (const file of REPORTS) rmSync(join(project, file), { force: true });
  const words = ['--force-shell-executor', '--no-shell-isolation'];
  const given = makeVariables().flatMap((one) => ['--variable', one]);
  const ended = await run(process.execPath, [runner ?? '', ...words, ...given, 'waybill'], {
    cwd: project,
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HOME: folder },
    timeoutMs: 120_000,
  });
  const file = join(project, 'waybill.env');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return { ...ended, decision: /^WAYBILL_DECISION=(.*)$/m.exec(text)?.[1] };
}

function commit(): void {
  git('add', '.');
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
  git(...who, 'commit', '-q', '--allow-empty', '-m', 'change');
}

const forBuild = (require: string): string => {
  writeFileSync(join(project, 'policy.yaml'), policyText(ruleText(require, '{ build: deny }')));
  return 'policy.yaml';
};

describe.skipIf(runner === null)('I9: the component of GitLab', () => {
  beforeAll(async () => {
    mkdirSync(join(folder, 'bin'));
    const program = `#!/bin/sh\nexec '${process.execPath}' '${root}/bin/waybill.js' "$@"\n`;
    writeFileSync(join(folder, 'bin/waybill'), program, { mode: 0o755 });
    mkdirSync(project);
    git('init', '-q', '-b', 'main');
    git('remote', 'add', 'origin', 'git@gitlab.example.com:shop/trips.git');
    writeFileSync(join(project, 'package.json'), '{"dependencies":{"left":"^1.0.0"}}\n');
    const left = { version: '1.0.0', integrity };
    const packages = { '': { dependencies: { left: '^1.0.0' } }, 'node_modules/left': left };
    const lock = JSON.stringify({ lockfileVersion: 3, packages });
    writeFileSync(join(project, 'package-lock.json'), lock);
    const ignored = [...REPORTS, '.gitlab-ci-local'];
    writeFileSync(join(project, '.gitignore'), `${ignored.join('\n')}\n`);
    writeFileSync(join(project, 'waybill.yml'), readFileSync(TEMPLATE));
    commit();
    scene = await Scene.open();
  }, 120_000);
  afterAll(async () => {
    await scene?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has the inputs of the other runners, with their meanings', () => {
    const [head = ''] = readFileSync(TEMPLATE, 'utf8').split('\n---\n');
    const parsed = orThrow(parseYaml(head, { bytesMax: 100_000 }));
    const spec = isJsonObject(parsed) ? parsed['spec'] : null;
    const inputs = isJsonObject(spec) ? spec['inputs'] : null;
    const own = Object.entries(isJsonObject(inputs) ? inputs : {}).map(([name, input]) => [
      name,
      isJsonObject(input) ? input['description'] : null,
    ]);
    expect(Object.fromEntries(own)).toMatchObject(INPUTS);
  });

  it('passes where the build gate does, and tells the merge request what it found', async () => {
    const { code, decision, stdout } = await runJob({ policy: forBuild('true') });
    expect([code, decision], stdout).toEqual([0, 'allow']);
    const report = JSON.parse(readFileSync(join(project, 'waybill-report.json'), 'utf8'));
    expect(report).toMatchObject({ gate: 'build' });
    const findings = readFileSync(join(project, 'gl-dependency-scanning-report.json'), 'utf8');
    expect(JSON.parse(findings)).toMatchObject({ scan: { type: 'dependency_scanning' } });
  });

  it('fails where it denies, and where it is open', async () => {
    const denied = await runJob({ policy: forBuild('components.size() == 0') });
    expect([denied.code === 0, denied.decision]).toEqual([false, 'deny']);
    const open = await runJob({ policy: forBuild('findings.size() == 0') });
    expect([open.code === 0, open.decision]).toEqual([false, 'undetermined']);
  });

  it('A6: an input is no option and no program', async () => {
    const evil = `$(touch ${folder}/done) --policy=/etc/passwd; touch ${folder}/done`;
    forBuild('true');
    for (const inputs of [{ target: evil }, { target: '--help' }, { policy: evil }]) {
      const { code, decision } = await runJob(inputs);
      expect(code).not.toBe(0);
      expect(['error', 'undetermined']).toContain(decision);
    }
    expect(existsSync(join(folder, 'done'))).toBe(false);
  });

  it('B7: ships a release that the token of the job proves, and verifies it', async () => {
    const { registry } = scene.registry;
    const key = platformKey('RS256');
    const claims = JOB_CLAIMS.gitlab;
    const { iss: issuer } = claims;
    const audience = 'waybill';
    const pinned = { platform: 'gitlab', issuer, audience, keys: [key.jwk] };
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(pinned));
    mkdirSync(join(scene.config.home, 'keys'), { recursive: true, mode: 0o700 });
    const pem = scene.release.privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(join(scene.config.home, 'keys/default.key'), pem, { mode: 0o600 });
    writeFileSync(join(scene.config.home, 'keys/default.crt'), scene.release.chainPem);
    await scene.push('app', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
    const common = { home: scene.config.home, insecure: registry };
    const rule = ruleText('known(provenance.commit)', '{ release: deny }');
    writeFileSync(join(folder, 'release.yaml'), policyText(rule));
    const target = `${registry}/shop/app:2.0`;
    const inputs = {
      ...{ step: 'release', target, image: `${registry}/shop/app:1.0` },
      ...{ name: 'app', version: '2.0', policy: join(folder, 'release.yaml') },
      ...{ 'job-keys': join(folder, 'keys.json'), ...common },
    };
    const at = Math.floor(Date.now() / 1_000);
    const released = await runJob(inputs, () => {
      const more = { sha: git('rev-parse', 'HEAD'), iat: at, exp: at + 600 };
      return [`WAYBILL_JOB_TOKEN=${jobToken(key, { ...claims, ...more })}`];
    });
    expect([released.code, released.decision], released.stdout + released.stderr).toEqual([
      ...[0, 'allow'],
    ]);
    const verified = await runJob({ step: 'verify', target, ...common });
    expect([verified.code, verified.decision]).toEqual([0, 'allow']);
  });
});
