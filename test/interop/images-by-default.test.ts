import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLayoutTarget } from '../../src/adapters/oci-layout/index.ts';
import { formatRepository } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import type { ReleaseRequest } from '../../src/phases/build/index.ts';
import type { TarItem } from '../../tools/image/tar.ts';
import {
  almaBase,
  apkBase,
  debianBase,
  debianNode,
  distrolessBase,
  nodeApplication,
  springBoot,
} from '../support/app-images.ts';
import { buildOneLayerImage } from '../support/debian-image.ts';
import { file } from '../support/images.ts';
import { Scene } from '../support/scene.ts';
import { ADVISORIES, adviseNobody } from '../support/scene-advisories.ts';
import { ship } from '../support/ship.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
  const covered = ['npm', 'Maven', 'Alpine:v3.18', 'Wolfi', 'AlmaLinux:9'];
  const records = [...ADVISORIES, ...covered.map(adviseNobody)];
  await scene.advisories(records, ['Debian', ...covered]);
});
afterEach(() => scene.close());

async function inLayout(items: readonly TarItem[]): Promise<ReleaseRequest['image']> {
  const folder = join(scene.folder, 'layout');
  mkdirSync(folder, { recursive: true });
  const layout = orThrow(await openLayoutTarget(folder));
  const { manifest, blobs } = buildOneLayerImage(items);
  for (const blob of blobs) orThrow(await layout.pushBlob('', blob));
  const { digest } = orThrow(await layout.pushManifest('', manifest, '1.0'));
  return { source: layout, reference: { ...scene.reference('layout'), tag: null, digest } };
}

const open = (results: Awaited<ReturnType<typeof ship>>['outcome']['evaluation']['verdict']) =>
  results.results.filter(({ outcome }) => outcome !== 'holds');

describe('B24: an image as teams build them passes the default policy', () => {
  it.each([
    ['a Debian base', debianBase(), 1, 4],
    ['a distroless base', distrolessBase('openssl'), 2, 3],
    [
      'a Spring Boot application on Debian with Java',
      [...debianBase('openjdk-17-jre-headless'), ...springBoot()],
      2,
      5,
    ],
    ['a Spring Boot application on distroless', [...distrolessBase(), ...springBoot()], 1, 2],
    ["a Node.js application on Debian's own node", [...debianNode(), ...nodeApplication()], 2, 7],
  ] as const)('%s', async (_, items, prose, packages) => {
    const { outcome } = await ship(scene, { image: await inLayout(items) });
    const notes = open(outcome.evaluation.verdict);
    expect(notes.map(({ rule, action }) => [rule, action])).toEqual([
      ['B24-system-licenses-named', 'warn'],
    ]);
    expect(notes[0]?.message).toContain(`${prose} of ${packages} packages of the operating system`);
    expect(outcome).toMatchObject({
      published: true,
      evaluation: { verdict: { decision: 'allow' } },
    });
    await scene.serve();
    const admitted = await scene.admit(`${formatRepository(scene.reference('trips'))}:1.0`);
    expect(admitted).toMatchObject({ allowed: true });
  });

  it.each([
    ['an Alpine base', apkBase('alpine', '3.18.4')],
    ['a Wolfi base', apkBase('wolfi', '20230201')],
    ['an AlmaLinux base', almaBase()],
  ])('%s, whose database names all licences', async (_, items) => {
    const application = [...items, ...nodeApplication()];
    const { outcome } = await ship(scene, { image: await inLayout(application) });
    expect(open(outcome.evaluation.verdict)).toEqual([]);
    expect(outcome).toMatchObject({ published: true });
    await scene.serve();
    const admitted = await scene.admit(`${formatRepository(scene.reference('trips'))}:1.0`);
    expect(admitted).toMatchObject({ allowed: true });
  });

  it('an Alpine base without its database is not released', async () => {
    const items = apkBase('alpine', '3.18.4').filter(({ path }) => !path.includes('apk/db'));
    const { outcome } = await ship(scene, { image: await inLayout(items) });
    expect(outcome).toMatchObject({ published: false });
  });

  it.each([
    ['an rpm package', almaBase('AGPLv3+ and MIT')],
    ['an apk package', apkBase('alpine', '3.18.4', 'AGPL-3.0-only')],
  ])('but not with %s under a licence that is refused', async (_, items) => {
    const { outcome } = await ship(scene, { image: await inLayout(items) });
    expect(open(outcome.evaluation.verdict)[0]).toMatchObject({ rule: 'B24-licenses' });
    expect(outcome).toMatchObject({ published: false });
  });

  it.each([
    ['an npm package', file('app/node_modules/n/package.json', licensed('AGPL-3.0-only'))],
    ['an npm package', file('app/node_modules/n/package.json', licensed('MIT AND SSPL-1.0'))],
    ['a Debian package', file('usr/share/doc/gawk/copyright', debian('AGPL-3+'))],
    ['a Debian package', file('usr/share/doc/gawk/copyright', debian('AGPL-3+ with x exception'))],
  ])('but not with %s under a licence that is refused', async (_, item) => {
    const items = [...debianBase(), ...nodeApplication(), item];
    const { outcome } = await ship(scene, { image: await inLayout(items) });
    expect(outcome).toMatchObject({
      published: false,
      evaluation: { verdict: { decision: 'deny' } },
    });
    const [first] = open(outcome.evaluation.verdict);
    expect(first).toMatchObject({
      rule: 'B24-licenses',
      message: expect.stringMatching(/is not accepted \((?:network copyleft|source-available): /),
    });
  });

  it('nor with an npm package of an unknown licence, which the message names', async () => {
    const bare = file('app/node_modules/n/package.json', '{"name":"n","version":"1.0.0"}');
    const { outcome } = await ship(scene, { image: await inLayout([...debianBase(), bare]) });
    expect(outcome).toMatchObject({
      published: false,
      evaluation: { verdict: { decision: 'undetermined' } },
    });
    expect(open(outcome.evaluation.verdict)[0]?.message).toContain('pkg:npm/n@1.0.0');
  });
});

function licensed(license: string): string {
  return JSON.stringify({ name: 'n', version: '1.0.0', license });
}

function debian(licence: string): string {
  return `Format: https://www.debian.org/x\n\nFiles: *\nCopyright: x\nLicense: ${licence}\n`;
}
