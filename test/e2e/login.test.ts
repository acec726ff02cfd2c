import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openRegistryClient } from '../../src/adapters/oci-http/index.ts';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import { parseImageReference } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { run } from '../../src/entrypoints/cli/command-line.ts';
import { testIo } from '../support/test-io.ts';

let folder: string;
let docker: string;
let guarded: RunningRegistry;
let open: RunningRegistry;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-login-'));
  const auth = { users: { ann: 's3cret' } };
  guarded = orThrow(await startRegistry({ root: join(folder, 'guarded'), auth }));
  open = orThrow(await startRegistry({ root: join(folder, 'open') }));
});
beforeEach(() => {
  docker = mkdtempSync(join(folder, 'docker-'));
  const programs = `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  env = { DOCKER_CONFIG: docker, HOME: folder, WAYBILL_HOME: join(folder, 'home'), PATH: programs };
});
afterAll(async () => {
  await guarded.close();
  await open.close();
  rmSync(folder, { recursive: true });
});

async function runWith(secret: string, ...args: readonly string[]) {
  const text: string[] = [];
  const io = { ...testIo(), env, cwd: folder, stdin: Readable.from([secret]) };
  const write = (part: string) => void text.push(part);
  const code = await run(args, { ...io, out: write, err: write });
  return { code, text: text.join('') };
}

const config = () =>
  JSON.parse(readFileSync(join(docker, 'config.json'), 'utf8')) as Record<string, unknown>;
const ann = ['-u', 'ann', '--password-stdin'];
const NAME = 'registry.example.com';

describe('waybill login', () => {
  it('I13: tries the password and keeps it where clients of registries look for it', async () => {
    writeFileSync(join(docker, 'config.json'), '{"HttpHeaders":{"A":"b"}}');
    const { code, text } = await runWith('s3cret\n', 'login', guarded.registry, ...ann);
    expect([code, text]).toEqual([0, expect.stringContaining('as ann')]);
    expect(text).not.toContain('s3cret');
    expect(config()['HttpHeaders']).toEqual({ A: 'b' });
    expect(statSync(join(docker, 'config.json')).mode & 0o777).toBe(0o600);
    const client = openRegistryClient({ env });
    const asked = await client.resolve(orThrow(parseImageReference(`${guarded.registry}/a:1`)));
    client.close();
    expect(asked).toMatchObject({ failure: { code: 'NOT_FOUND' } });
  });

  it('keeps nothing that the registry refuses', async () => {
    const { code, text } = await runWith('wrong', 'login', guarded.registry, ...ann);
    expect([code, text]).toEqual([3, expect.stringContaining('REGISTRY_DENIED')]);
    expect(() => config()).toThrow();
  });

  it('says when a registry lets anybody in, so that nothing was tried', async () => {
    const { code, text } = await runWith('any', 'login', open.registry, ...ann);
    expect([code, text]).toEqual([0, expect.stringContaining('were not tried')]);
  });

  it.each([
    ['a path', ['login', 'registry.example.com/shop', ...ann], 's'],
    ['no host', ['login', 'shop', ...ann], 's'],
    ['no secret', ['login', NAME, ...ann], '\n'],
    ['two secrets', ['login', NAME, ...ann], 'one\ntwo'],
    ['no name', ['login', NAME, '--password-stdin'], 's'],
    ['a name with a colon', ['login', NAME, '-u', 'a:b', '--password-stdin'], 's'],
    ['no way to the secret', ['login', NAME, '-u', 'ann'], 's'],
  ])('refuses %s', async (_, args, secret) => {
    expect((await runWith(secret, ...args)).code).toBe(2);
    expect(() => config()).toThrow();
  });
});

describe('waybill logout', () => {
  it('removes every form in which the host was written, and no other', async () => {
    const entry = { auth: 'YTpi' };
    const auths = { [`https://${NAME}/v2/`]: entry, [NAME]: entry, 'other.example.com': entry };
    writeFileSync(join(docker, 'config.json'), JSON.stringify({ auths }));
    expect((await runWith('', 'logout', NAME)).text).toContain('logged out');
    expect(config()).toEqual({ auths: { 'other.example.com': entry } });
    const again = await runWith('', 'logout', NAME);
    expect([again.code, again.text]).toEqual([0, expect.stringContaining('had no credentials')]);
  });
});

it('docker.io is the registry that Docker keeps under its own address', async () => {
  const auths = { 'https://index.docker.io/v1/': { auth: 'YTpi' } };
  writeFileSync(join(docker, 'config.json'), JSON.stringify({ auths }));
  expect((await runWith('', 'logout', 'docker.io')).text).toContain('logged out');
  expect(config()).toEqual({ auths: {} });
});

describe.skipIf(process.platform === 'win32')('with a credential helper', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'bin'), { recursive: true });
    writeFileSync(join(docker, 'config.json'), '{"credsStore":"test"}');
  });

  /** It keeps one secret in a file, as helpers do behind a keyring. */
  function writeHelper(erase: string): void {
    const path = join(folder, 'bin', 'docker-credential-test');
    const kept = join(docker, 'kept.json');
    const script = `#!/bin/sh
case "$1" in
  store) cat > '${kept}' ;;
  get) cat '${kept}' ;;
  erase) ${erase} ;;
esac
`;
    writeFileSync(path, script);
    chmodSync(path, 0o755);
  }

  it('the secret is given to the helper, and config.json has the name alone', async () => {
    writeHelper(`cat > /dev/null; rm '${join(docker, 'kept.json')}'`);
    const { text } = await runWith('s3cret', 'login', guarded.registry, ...ann);
    expect(text).toContain('kept by docker-credential-test');
    expect(config()).toEqual({ auths: { [guarded.registry]: {} }, credsStore: 'test' });
    expect(readFileSync(join(docker, 'kept.json'), 'utf8')).toContain('s3cret');
    expect((await runWith('', 'logout', guarded.registry)).text).toContain('logged out');
    expect(() => statSync(join(docker, 'kept.json'))).toThrow();
  });

  it('a helper that could not remove the secret is no logout', async () => {
    writeHelper('cat > /dev/null; echo "the keyring is locked"; exit 1');
    expect((await runWith('', 'logout', NAME)).code).toBe(2);
    writeHelper('cat > /dev/null; echo "credentials not found in native keychain"; exit 1');
    expect((await runWith('', 'logout', NAME)).code).toBe(0);
  });
});
