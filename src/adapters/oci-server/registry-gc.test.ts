import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CommandHere } from '../../../test/support/command-line.ts';
import {
  buildArtifact,
  EMPTY_CONTENT,
  parseManifest,
  toContent,
} from '../../capabilities/registry/index.ts';
import { takeHex } from '../../core/digest.ts';
import { parseImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import { openRegistryClient } from '../oci-http/index.ts';
import { checkStorage, collectGarbage, startRegistry } from './index.ts';
import { openStorage } from './storage.ts';

const DAY_MS = 86_400_000;
let root: string;
let close: () => Promise<void>;
let repository: string;
const client = openRegistryClient();
const blob = (text: string) => toContent('application/x', Buffer.from(text));

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'waybill-gc-'));
  const registry = orThrow(await startRegistry({ root }));
  close = () => registry.close();
  repository = `${registry.registry}/shop/app`;
  for (const content of [EMPTY_CONTENT, blob('named'), blob('unnamed')])
    orThrow(await client.pushBlob(repository, content));
  orThrow(await client.pushManifest(repository, image('named'), '1'));
});
afterEach(async () => {
  await close();
  rmSync(root, { recursive: true });
});

const image = (text: string) =>
  buildArtifact({ artifactType: 'application/x', layers: [blob(text).descriptor] });
const content = (text: string): string =>
  join(root, 'blobs/sha256', takeHex(blob(text).descriptor.digest));
const later = { ageMinMs: DAY_MS, nowMs: Date.now() + 2 * DAY_MS, dryRun: false };
const check = () => checkStorage(root, new AbortController().signal);

it('removes what no manifest names once it is old, and nothing else', async () => {
  expect(await collectGarbage(root, { ...later, nowMs: Date.now() })).toMatchObject({
    contents: 0,
  });
  const dry = await collectGarbage(root, { ...later, dryRun: true });
  expect([dry, existsSync(content('unnamed'))]).toEqual([
    { unnamed: 1, contents: 1, bytes: 7 },
    true,
  ]);
  expect(await collectGarbage(root, later)).toEqual(dry);
  expect([existsSync(content('unnamed')), existsSync(content('named'))]).toEqual([false, true]);
  expect((await check()).flaws).toEqual([]);
  expect((await client.resolve(orThrow(parseImageReference(`${repository}:1`)))).ok).toBe(true);
  const push = await client.pushManifest(repository, image('unnamed'), '2');
  expect(push.ok).toBe(false);
});

it('what a push names while it is away comes back, and a later push is refused', async () => {
  const storage = await openStorage(root, Date.now());
  const { descriptor, bytes } = image('unnamed');
  const manifest = orThrow(parseManifest(bytes, descriptor.mediaType));
  let moves = 0;
  const moved = async (): Promise<void> => {
    moves += 1;
    // Too late for a push that has not looked yet, in time for one that has.
    if (moves === 1)
      expect((await client.pushManifest(repository, image('unnamed'))).ok).toBe(false);
    if (moves === 1) await storage.keepManifest('shop/app', descriptor, bytes, manifest);
  };
  expect(await collectGarbage(root, { ...later, moved })).toMatchObject({
    unnamed: 0,
    contents: 0,
  });
  expect((await client.pushManifest(repository, image('unnamed'), '2')).ok).toBe(true);
  expect((await check()).flaws).toEqual([]);
});

it('a content that a repository gets while it is away comes back', async () => {
  const path = join(root, 'repositories/shop/app/_blobs');
  const name = `sha256-${takeHex(blob('unnamed').descriptor.digest)}`;
  const moved = async (digests: readonly string[]): Promise<void> => {
    const isContent = !existsSync(content('unnamed'));
    if (isContent && digests.length > 0) writeFileSync(join(path, name), '');
  };
  expect(await collectGarbage(root, { ...later, moved })).toMatchObject({ contents: 0 });
  expect((await client.pushManifest(repository, image('unnamed'), '2')).ok).toBe(true);
  expect((await check()).flaws).toEqual([]);
});

it('what a killed run had moved away comes back', async () => {
  const away = join(root, 'removed/blobs/sha256');
  mkdirSync(away, { recursive: true });
  const name = takeHex(blob('named').descriptor.digest);
  renameSync(content('named'), join(away, name));
  expect((await check()).flaws).toMatchObject([{ what: 'missing' }]);
  await collectGarbage(root, later);
  expect((await check()).flaws).toEqual([]);
  expect((await readdir(away)).length).toBe(0);
});

it('registry check: says what is damaged, and other folders are not touched', async () => {
  const line = new CommandHere(root);
  writeFileSync(content('named'), 'nAmed');
  const wrong = await line.json<object>('registry', 'check', root);
  const flaw = { what: 'other bytes', digest: blob('named').descriptor.digest };
  expect(wrong).toMatchObject({ code: 1, answer: { flaws: [flaw] } });
  utimesSync(content('unnamed'), 0, 0);
  const removed = await line.json<object>('registry', 'gc', root, '--dry-run');
  expect(removed).toMatchObject({ code: 0, answer: { dryRun: true } });
  for (const command of ['gc', 'check'])
    expect((await line.run('registry', command, tmpdir())).code).toBe(3);
});
