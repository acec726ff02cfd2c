import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from '../../../../test/support/run-here.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-why-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

const one = (name: string, dependencies: Record<string, string> = {}, more = {}) => ({
  [`node_modules/${name}`]: {
    version: '1.0.0',
    resolved: `https://registry.example.com/${name}-1.0.0.tgz`,
    integrity: `sha512-${'A'.repeat(86)}==`,
    dependencies,
    ...more,
  },
});

beforeAll(() => {
  mkdirSync(join(cwd, 'home'), { mode: 0o700 });
  const own = {
    name: 'app',
    dependencies: { a: '1.0.0', b: '1.0.0' },
    devDependencies: { t: '1' },
  };
  writeFileSync(join(cwd, 'package.json'), JSON.stringify(own));
  const packages = {
    '': own,
    ...one('a', { c: '1.0.0' }),
    ...one('b', { a: '1.0.0' }),
    ...one('c'),
    ...one('t', { u: '1.0.0' }, { dev: true }),
    ...one('u', {}, { dev: true }),
  };
  const lock = { name: 'app', lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(cwd, 'package-lock.json'), JSON.stringify(lock));
});

const ask = (...args: readonly string[]) =>
  runHere(['why', ...args], { cwd, env: { WAYBILL_HOME: join(cwd, 'home') } });

describe('B3: waybill why', () => {
  it.each([
    ['c', 'c@1.0.0  (by other packages, in package-lock.json)\n  a@1.0.0 > c@1.0.0\n  b@1.0.0 > a'],
    ['pkg:npm/a', 'a@1.0.0  (direct, in package-lock.json)\n  b@1.0.0 > a@1.0.0\n'],
    ['b@1.0.0', 'b@1.0.0  (direct, in package-lock.json)\n'],
    [
      'u',
      'u@1.0.0  (by other packages, only for development, in package-lock.json)\n  t@1.0.0 > u',
    ],
  ])('shows the shortest paths to %s', async (component, text) => {
    const { code, stdout } = await ask(component);
    expect([code, stdout.slice(0, text.length)]).toEqual([0, text]);
  });

  it('B3: takes what needs what from a folder of packages, for a tree of Go', async () => {
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), text);
    };
    const [web, text] = ['example.com/web v1.0.0', 'example.com/text v1.0.0'];
    const requires = `require ${web}\nrequire ${text} // indirect\n`;
    write('go/go.mod', `module example.com/app\ngo 1.21\n${requires}`);
    const place = 'mod/cache/download/example.com/web/@v/v1.0.0.mod';
    write(place, `module example.com/web\ngo 1.21\nrequire ${text}\n`);
    const said = await ask('example.com/text', 'go');
    expect(said.stdout).toContain('no known requirement leads to it here; a folder of packages');
    const { stdout } = await ask('example.com/text', 'go', '--needs-from', 'mod');
    expect(stdout).toContain('  example.com/web@v1.0.0 > example.com/text@v1.0.0\n');
    const { code } = await ask('example.com/text', 'go', '--needs-from', 'package.json');
    expect(code).toBe(2);
  });

  it('says that a component is absent only of a complete inventory', async () => {
    const { code, stdout } = await ask('b@2.0.0');
    expect([code, stdout]).toEqual([1, 'b@2.0.0 is not in .\n']);
    writeFileSync(join(cwd, 'MODULE.bazel'), '');
    const partial = await ask('b@2.0.0');
    rmSync(join(cwd, 'MODULE.bazel'));
    expect(partial.code).toBe(3);
    expect(partial.stdout).toContain('could not be read completely');
  });

  it('refuses a name of nothing', async () => {
    expect((await ask(' ')).code).toBe(2);
  });
});
