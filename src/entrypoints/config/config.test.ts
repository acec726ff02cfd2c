import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toFailure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { findUnknownVariables, loadConfig } from './config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = 'apiVersion: waybill.dev/v1\nkind: Config\n';
const settings = (text: string): void => writeFileSync(join(folder, 'waybill.yaml'), text);

async function refusal(env: Record<string, string> = {}): Promise<string> {
  try {
    await loadConfig({ config: 'waybill.yaml' }, env, folder);
    return 'accepted';
  } catch (thrown) {
    return toFailure(thrown).code;
  }
}

describe('the configuration', () => {
  it('takes a flag before a variable, that before its file, and the default last', async () => {
    settings(`${HEAD}home: from-file\n`);
    const home = async (flags: object, env: Record<string, string>, cwd = folder) =>
      (await loadConfig({ config: 'waybill.yaml', ...flags }, env, cwd)).home;
    const env = { WAYBILL_HOME: 'from-variable', XDG_DATA_HOME: '/data' };
    expect(await home({ home: 'from-flag' }, env)).toBe(join(folder, 'from-flag'));
    expect(await home({}, env)).toBe(join(folder, 'from-variable'));
    expect(await home({}, { ...env, WAYBILL_HOME: '' })).toBe(join(folder, 'from-file'));
    settings(HEAD);
    expect(await home({}, { XDG_DATA_HOME: '/data' })).toBe(resolve('/data/waybill'));
  });

  it('is that of its file, whose paths are relative to its folder', async () => {
    settings(`${HEAD}home: ./state\npolicy: p.yaml\ncluster: outer\n`);
    mkdirSync(join(folder, 'a/b'), { recursive: true });
    const config = await loadConfig({ config: '../../waybill.yaml' }, {}, join(folder, 'a/b'));
    expect(config).toMatchObject({
      home: join(folder, 'state'),
      policy: join(folder, 'p.yaml'),
      trust: join(folder, 'state', 'trust.yaml'),
      cluster: 'outer',
      file: join(folder, 'waybill.yaml'),
    });
    const named = { WAYBILL_CLUSTER: 'inner', WAYBILL_CONFIG: 'waybill.yaml' };
    expect((await loadConfig({}, named, folder)).cluster).toBe('inner');
  });

  it('is read from the file of --config, or the file is reported as missing', async () => {
    writeFileSync(join(folder, 'other.yaml'), `${HEAD}cluster: other\n`);
    expect((await loadConfig({ config: 'other.yaml' }, {}, folder)).cluster).toBe('other');
    await expect(loadConfig({ config: 'absent.yaml' }, {}, folder)).rejects.toThrow(
      /does not exist/,
    );
  });

  it.each([
    ['an unknown key', `${HEAD}polcy: x\n`],
    [
      'an unknown key of a registry',
      `${HEAD}registries: { registry.example.com: { insecur: true } }\n`,
    ],
    ['a key of another type', `${HEAD}home: [a]\n`],
    ['a key that is there twice', `${HEAD}home: a\nhome: b\n`],
    ['another kind', 'apiVersion: waybill.dev/v1\nkind: Policy\n'],
    ['another version', 'apiVersion: waybill.dev/v2\nkind: Config\n'],
    ['nothing', ''],
    ['text that is not YAML', '{{{'],
    ['two documents', `${HEAD}---\n${HEAD}`],
    ['aliases, with which a few bytes grow without bound', `${HEAD}home: &a x\npolicy: *a\n`],
    ['a tag that makes objects', `${HEAD}home: !!js/function 'x'\n`],
    ['deep nesting', `${HEAD}home: ${'['.repeat(5_000)}\n`],
  ])('is refused with %s', async (_, text) => {
    settings(text);
    expect(await refusal()).toBe('CONFIG_INVALID');
  });

  it('is refused over its size limit, and read at the limit', async () => {
    settings(HEAD.padEnd(LIMITS.configBytesMax, '#'));
    expect(await refusal()).toBe('accepted');
    settings(HEAD.padEnd(LIMITS.configBytesMax + 1, '#'));
    expect(await refusal()).toBe('LIMIT_EXCEEDED');
  });

  it('is refused if it is not a file', async () => {
    mkdirSync(join(folder, 'waybill.yaml'));
    expect(await refusal()).toBe('FILE_UNREADABLE');
    rmSync(join(folder, 'waybill.yaml'), { recursive: true });
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [join(folder, 'waybill.yaml')]); // opening it would wait for ever
      expect(await refusal()).toBe('FILE_UNREADABLE');
    }
  });

  it('finds a misspelled WAYBILL_ variable, and not those of a service in Kubernetes', async () => {
    const unknown = { WAYBILL_POLCY: 'x', WAYBILL_PORTS: 'x', WAYBILL_TOKEN_: 'x' };
    const ofService = {
      WAYBILL_PORT: 'tcp://10.0.0.1:443',
      WAYBILL_PORT_443_TCP: 'tcp://10.0.0.1:443',
      WAYBILL_PORT_443_TCP_ADDR: '10.0.0.1',
      WAYBILL_PORT_443_TCP_PROTO: 'tcp',
      WAYBILL_SERVICE_HOST: '10.0.0.1',
      WAYBILL_SERVICE_PORT_HTTPS: '443',
      WAYBILL_OTHER_SERVICE_HOST: '10.0.0.2',
    };
    const env = { WAYBILL_HOME: folder, OTHER: 'x', ...ofService, ...unknown };
    expect(findUnknownVariables(env)).toEqual(Object.keys(unknown));
    settings(HEAD);
    expect(await refusal(env)).toBe('accepted');
  });
});
