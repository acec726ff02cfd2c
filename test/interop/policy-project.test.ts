import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject, type JsonValue } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';
import { parseYaml } from '../../src/formats/yaml/parse.ts';
import { run } from '../../tools/process.ts';
import { CommandLine } from '../support/command-line.ts';
import { policyText } from '../support/policy-facts.ts';

/** The same policy by each form, asked as its runner asks it: the verdict is that of Waybill. */
let folder: string;
let line: CommandLine;
const repository = (): string => join(folder, 'repository');

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-project-'));
  line = new CommandLine(folder);
  mkdirSync(join(folder, 'bin'));
  const words = line.words().map((word) => `'${word}'`);
  writeFileSync(join(folder, 'bin/waybill'), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(join(folder, 'bin/waybill'), 0o755);
  mkdirSync(repository());
  git('init', '-q', '-b', 'main');
  writeFileSync(join(repository(), 'package.json'), '{"name":"app","version":"1.0.0"}\n');
  git('add', '.');
  git('commit', '-q', '-m', 'begin');
  execFileSync('git', ['init', '-q', '--bare', join(folder, 'remote.git')]);
  git('remote', 'add', 'origin', join(folder, 'remote.git'));
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true, force: true });
});

const env = (): NodeJS.ProcessEnv => ({
  ...line.env(),
  PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
});
const git = (...args: readonly string[]): string =>
  execFileSync('git', args, { cwd: repository(), env: env(), stdio: 'pipe' }).toString();

/** A policy whose rule holds or is broken, at both gates about sources. */
function writePolicy(require: string): string {
  const rule =
    `  - id: one\n    description: 'a $(quoted) "thing" \${{ x }} \`y\`'\n` +
    `    gates: { commit: deny, build: deny }\n    require: ${JSON.stringify(require)}\n`;
  writeFileSync(join(folder, 'policy.yaml'), policyText(rule));
  return join(folder, 'policy.yaml');
}

async function project(to: string, require: string): Promise<string> {
  return line.output('policy', 'project', '--to', to, '--policy', writePolicy(require));
}

/** The script of the only step, as the runner writes it to a file. */
function readScript(text: string, ...path: readonly string[]): string {
  let value: JsonValue | undefined = orThrow(parseYaml(text, { bytesMax: 1_000_000 }));
  for (const name of path)
    value = Array.isArray(value) ? value[Number(name)] : isJsonObject(value) ? value[name] : null;
  return String(value);
}

const sh = (script: string) => run('sh', ['-e', '-c', script], { cwd: repository(), env: env() });

describe.skipIf(process.platform === 'win32')('I7: one policy, projected', () => {
  const cases = [
    ['true', 0],
    ['dependencies.size() > 5', 1],
    ['commits.all(c, c.trusted) && findings.size() == 0', 3],
  ] as const;

  it.each(cases)(
    '%s gives the same verdict by GitHub, by Azure and by Waybill',
    async (require, code) => {
      const own = await run('waybill', ['gate', 'build', '.', '--policy', writePolicy(require)], {
        cwd: repository(),
        env: env(),
      });
      const github = readScript(await project('github', require), 'runs', 'steps', '0', 'run');
      const azure = readScript(await project('azure', require), 'steps', '0', 'script');
      expect([own.code, (await sh(github)).code, (await sh(azure)).code]).toEqual([
        own.code,
        own.code,
        own.code,
      ]);
      if (code < 2) expect(own.code).toBe(code);
    },
  );

  it('a push is refused by the hook where the commit gate refuses it, and else not', async () => {
    const hook = join(repository(), '.git/hooks/pre-push');
    const push = () =>
      run('git', ['push', '-q', 'origin', 'main'], { cwd: repository(), env: env() });
    writeFileSync(hook, await project('git-hook', 'dependencies.size() > 5'), { mode: 0o755 });
    const refused = await push();
    expect(refused.code).not.toBe(0);
    expect(refused.stderr + refused.stdout).toContain('one (deny)');
    writeFileSync(hook, await project('git-hook', 'true'), { mode: 0o755 });
    expect((await push()).code).toBe(0);
    expect(readFileSync(hook, 'utf8')).toContain('revision 1, sha256:');
  });

  it('a changed document inside is not asked, and a gate without rules is refused', async () => {
    const github = readScript(await project('github', 'false'), 'runs', 'steps', '0', 'run');
    const other = Buffer.from(policyText('x')).toString('base64');
    const [, encoded = ''] = /POLICY'\n(\S+)/.exec(github) ?? [];
    expect((await sh(github.replace(encoded, other.slice(0, encoded.length)))).code).not.toBe(0);
    writeFileSync(
      join(folder, 'policy.yaml'),
      policyText('  - { id: a, description: d, gates: { audit: deny }, require: "true" }\n'),
    );
    const refused = await line.run(
      'policy',
      'project',
      '--to',
      'github',
      '--policy',
      'policy.yaml',
    );
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('build gate')]);
  });
});
