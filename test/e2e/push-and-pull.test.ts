import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistryClient } from '../../src/adapters/oci-http/index.ts';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import {
  buildImageManifest,
  EMPTY_CONTENT,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { CommandHere } from '../support/command-line.ts';

interface PushAnswer {
  readonly artifact: string;
  readonly digest: string;
  readonly signature: string | null;
  readonly files: readonly { readonly title: string }[];
  readonly error?: { readonly code: string };
}

let folder: string;
let line: CommandHere;
let registry: RunningRegistry;
const client = openRegistryClient();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-push-'));
  line = new CommandHere(folder);
  registry = orThrow(await startRegistry({ root: join(folder, 'registry') }));
  mkdirSync(join(folder, 'reports'));
  writeFileSync(join(folder, 'reports/one.json'), '{"one":1}');
  writeFileSync(join(folder, 'two.bin'), Buffer.alloc(300_000, 7));
});
afterAll(async () => {
  client.close();
  await registry.close();
  await line.close();
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => `${registry.registry}/shop/${name}`;

/** An artifact with layers of these names, as anybody could push it. */
async function pushNamed(name: string, ...titles: readonly string[]): Promise<string> {
  const blobs = titles.map((title) => toContent('a/b', Buffer.from(title)));
  for (const blob of [EMPTY_CONTENT, ...blobs]) orThrow(await client.pushBlob(at(name), blob));
  const layers = blobs.map(({ descriptor }, index) => ({
    ...descriptor,
    annotations: { 'org.opencontainers.image.title': titles[index] ?? '' },
  }));
  const config = EMPTY_CONTENT.descriptor;
  const manifest = buildImageManifest({ artifactType: 'a/b', config, layers });
  orThrow(await client.pushManifest(at(name), manifest, '1'));
  return `${at(name)}:1`;
}

describe('waybill push and pull', () => {
  it('carry files to a registry and back, with their names, types and digests', async () => {
    const files = ['reports/one.json:application/json', 'two.bin'];
    const { answer } = await line.json<PushAnswer>('push', `${at('files')}:1`, ...files);
    expect(answer).toMatchObject({
      signature: null,
      files: [{ title: 'reports/one.json', mediaType: 'application/json' }, { title: 'two.bin' }],
    });
    await line.output('pull', `${at('files')}:1`, '--to', 'back');
    expect(readFileSync(join(folder, 'back/reports/one.json'), 'utf8')).toBe('{"one":1}');
    expect(readFileSync(join(folder, 'back/two.bin'))).toEqual(Buffer.alloc(300_000, 7));
    // Nothing but the files: no part that was left behind.
    expect(readdirSync(join(folder, 'back')).sort()).toEqual(['reports', 'two.bin']);
    // The same again is the same artifact.
    expect((await line.json<PushAnswer>('push', `${at('files')}:2`, ...files)).answer.digest).toBe(
      answer.digest,
    );
  });

  it('sign before the tag is given, so that nobody finds it unsigned', async () => {
    await line.output('key', 'generate', '--subject', 'CN=ci,O=Shop,ST=WA,C=US');
    const { answer } = await line.json<PushAnswer>(
      'push',
      `${at('signed')}:1`,
      'two.bin',
      '--key',
      'default',
    );
    expect(answer.signature).toMatch(/^sha256:/);
    expect(await line.output('discover', `${at('signed')}:1`)).toContain('cncf.notary.signature');
  });

  it.each([['../two.bin'], [join(tmpdir(), 'two.bin')], ['reports/../../x']])(
    'A5: push takes no file out of its folder: %s',
    async (file) => {
      const { code, answer } = await line.json<PushAnswer>('push', `${at('out')}:1`, file);
      expect([code, answer.error?.code]).toEqual([3, 'UNSAFE_PATH']);
    },
  );

  it.each([['../out'], ['a/../../out'], ['/tmp/waybill-out'], ['a\\..\\out'], ['..'], ['.']])(
    'A5: pull writes nothing where a name leads out of the folder: %s',
    async (title) => {
      const reference = await pushNamed('hostile', 'good', title);
      const { code, answer } = await line.json<PushAnswer>('pull', reference, '--to', 'in/side');
      expect([code, answer.error?.code]).toEqual([3, 'UNSAFE_PATH']);
      expect(existsSync(join(folder, 'in/side/good'))).toBe(false);
      expect(existsSync(join(folder, 'in/out'))).toBe(false);
    },
  );

  it.each([
    ['a\u001b[2Jb'],
    ['a\nfix: b'],
    ['.git/config'],
    ['sub/.GIT/hooks/post-checkout'],
    ['x'.repeat(256)],
    ['d/'.repeat(100).concat('x')],
    ['good/below'],
  ])('A5: pull writes nothing under a name that another program obeys: %j', async (title) => {
    const reference = await pushNamed('commands', 'good', title);
    const { code, answer } = await line.json<PushAnswer>('pull', reference, '--to', 'obeyed');
    expect(code).toBe(3);
    expect(answer.error?.code).toMatch(/^(UNSAFE_PATH|MALFORMED|LIMIT_EXCEEDED)$/);
    expect(existsSync(join(folder, 'obeyed'))).toBe(false);
  });

  it('pull writes the longest name that a file system takes', async () => {
    const names = ['x'.repeat(255), '.gitignore', 'git/config'];
    await line.output('pull', await pushNamed('longest', ...names), '--to', 'longest');
    expect(readFileSync(join(folder, 'longest', 'x'.repeat(255)), 'utf8')).toHaveLength(255);
    expect(readdirSync(join(folder, 'longest')).sort()).toEqual(['.gitignore', 'git', names[0]]);
  });

  it('A5: pull follows no link out of the folder, and replaces a link by the file', async () => {
    mkdirSync(join(folder, 'linked'));
    mkdirSync(join(folder, 'outside'));
    symlinkSync('../outside', join(folder, 'linked/way'));
    const through = await pushNamed('links', 'way/deep/file');
    const { answer } = await line.json<PushAnswer>('pull', through, '--to', 'linked');
    expect(answer.error?.code).toBe('UNSAFE_PATH');
    expect(readdirSync(join(folder, 'outside'))).toEqual([]);
    symlinkSync('../outside/target', join(folder, 'linked/file'));
    await line.output('pull', await pushNamed('plain', 'file'), '--to', 'linked');
    expect(readFileSync(join(folder, 'linked/file'), 'utf8')).toBe('file');
    expect(existsSync(join(folder, 'outside/target'))).toBe(false);
  });

  it('two files of one name, and an index, are refused', async () => {
    const twice = await pushNamed('twice', 'same', './same');
    expect((await line.json<PushAnswer>('pull', twice, '--to', 'twice')).answer.error?.code).toBe(
      'MALFORMED',
    );
    const { code } = await line.json<PushAnswer>('push', `${at('twice')}:2`, 'two.bin', 'two.bin');
    expect(code).toBe(2);
  });
});
