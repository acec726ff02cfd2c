import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLayoutTarget } from '../../src/adapters/oci-layout/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { orThrow } from '../../src/core/result.ts';
import type { SchemaValue } from '../../src/entrypoints/cli/report/schemas.ts';
import { debianImage } from '../support/debian-image.ts';
import { runJson, runText } from '../support/in-process.ts';
import { ruleText } from '../support/policy-facts.ts';
import { Scene } from '../support/scene.ts';

type Gate = SchemaValue<'gate-admission'>;
type Pin = SchemaValue<'pin'>;
const PACKAGES = [{ name: 'tzdata', version: '2024a-0+deb12u1' }];
let scene: Scene;
let trips: Descriptor;

beforeAll(async () => {
  scene = await Scene.open();
  trips = await scene.push('trips', PACKAGES);
  const artifacts = await scene.attach('trips', trips);
  await scene.push('poi', [{ name: 'base-files', version: '12.4' }]);
  const layout = orThrow(await openLayoutTarget(join(scene.folder, 'carried')));
  const { manifest, blobs } = debianImage(PACKAGES);
  for (const one of [...blobs, ...artifacts.flatMap((staged) => staged.blobs)])
    orThrow(await layout.pushBlob('', one));
  orThrow(await layout.pushManifest('', manifest, '1.0'));
  for (const staged of artifacts) orThrow(await layout.pushManifest('', staged.manifest, null));
}, 60_000);
afterAll(() => scene.close());

const image = (name: string): string => `${scene.registry.registry}/shop/${name}:1.0`;
const OFFLINE = 'registry.example.com/shop/trips';
const gate = (...args: readonly string[]) => runJson<Gate>(scene, 'gate', 'admission', ...args);

function write(name: string, text: string): void {
  mkdirSync(join(scene.folder, name, '..'), { recursive: true });
  writeFileSync(join(scene.folder, name), text);
}

const deployment = (of: string, namespace = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web${namespace === '' ? '' : `, namespace: ${namespace}`} }
spec:
  template:
    spec:
      containers:
        - name: web # the release
          image: ${of}
`;

describe('waybill gate admission -f', () => {
  it('P6: gives the verdict of every image before anything is applied', async () => {
    write('good/web.yaml', `${deployment(image('trips'))}---\napiVersion: v1\nkind: Service\n`);
    const good = await gate('-f', 'good', '--namespace', 'shop');
    expect(good).toMatchObject({
      code: 0,
      answer: {
        verdicts: [{ decision: 'allow', image: image('trips') }],
        objects: [
          { file: 'good/web.yaml', line: 1, namespace: 'shop', images: [{ verdict: 0 }] },
          { kind: 'Service', images: [], cause: null },
        ],
      },
    });
    write('bad/web.yaml', deployment(image('poi')));
    const bad = await gate('-f', 'good', '-f', 'bad');
    expect([bad.code, bad.answer.verdicts.map(({ decision }) => decision)]).toEqual([
      1,
      ['allow', 'deny'],
    ]);
    const { code, out } = await runText(scene, 'gate', 'admission', '-f', 'bad');
    expect(code).toBe(1);
    expect(out).toMatch(
      /^deny .*poi:1\.0@sha256:.*\n {2}in bad\/web\.yaml:1 Deployment default\/web: spec/,
    );
  });

  it('P6: a rule about a namespace sees the one of the object', async () => {
    const rule = ruleText("workload.namespace != 'prod'");
    scene.policy({}, (text) => text.replace(/^rules:\n/m, `rules:\n${rule}`));
    write('spaces/a.yaml', deployment(image('trips'), 'prod'));
    write('spaces/b.yaml', deployment(image('trips')));
    const spaces = await gate('-f', 'spaces');
    expect(spaces.answer.verdicts.map(({ decision }) => decision)).toEqual(['deny', 'allow']);
    scene.policy();
  });

  it('P6: what cannot be read is undetermined, and nothing at all is no success', async () => {
    write('open/a.yaml', deployment(image('trips')));
    write('open/kustomization.yaml', 'resources: [a.yaml]\n');
    const open = await gate('-f', 'open');
    expect(open).toMatchObject({
      code: 3,
      answer: { objects: [{ cause: null }, { file: 'open/kustomization.yaml', cause: {} }] },
    });
    write('template/a.yaml', '{{ if .Values.a }}\na: b: c\n{{ end }}\n');
    expect((await gate('-f', 'template')).code).toBe(3);
    const shown = await runText(scene, 'gate', 'admission', '-f', 'template');
    expect(shown.out).toContain('helm template');
    write('empty/a.yaml', '# nothing\n');
    expect((await runText(scene, 'gate', 'admission', '-f', 'empty')).code).toBe(3);
    expect((await runText(scene, 'gate', 'admission')).code).toBe(2);
  });

  it('P6: judges offline, from a layout in the place of the registry', async () => {
    scene.trust([
      { repositories: ['registry.example.com/shop/*'], identity: 'CN=release,O=Shop,ST=WA,C=US' },
    ]);
    scene.policy({ allowedRegistries: ['registry.example.com/shop'] });
    write('offline/web.yaml', deployment(`${OFFLINE}:1.0`));
    const from = ['--from', `${OFFLINE}=oci:carried`];
    const judged = await gate('-f', 'offline', ...from);
    expect(judged).toMatchObject({ code: 0, answer: { verdicts: [{ decision: 'allow' }] } });
    expect(judged.answer.verdicts[0]?.resolved).toBe(`${OFFLINE}:1.0@${trips.digest}`);
    expect((await gate('-f', 'offline', '--from', 'oci:carried')).code).toBe(3);
    const tagged = await runText(scene, 'gate', 'admission', 'a:1', '--from', 'oci:carried:1.0');
    expect(tagged.code).toBe(2);
    write('offline/web.yaml', deployment('registry.example.com/shop/poi:1.0'));
    expect((await gate('-f', 'offline', ...from)).code).toBe(3);
  });
});

describe('waybill pin -f', () => {
  it('C27 P6: writes the digest of the registry behind the tag, once', async () => {
    const text = deployment(image('trips'));
    write('pinned/web.yaml', text);
    const checked = await runJson<Pin>(scene, 'pin', '-f', 'pinned', '--check');
    expect(checked).toMatchObject({ code: 1, answer: { written: false, steps: [{}], text: null } });
    const path = join(scene.folder, 'pinned/web.yaml');
    expect(readFileSync(path, 'utf8')).toBe(text);
    const pinned = await runJson<Pin>(scene, 'pin', '-f', 'pinned');
    expect(pinned).toMatchObject({
      code: 0,
      answer: { written: true, files: ['pinned/web.yaml'] },
    });
    expect(readFileSync(path, 'utf8')).toBe(text.replace('trips:1.0', `trips:1.0@${trips.digest}`));
    const again = await runJson<Pin>(scene, 'pin', '-f', 'pinned', '--check');
    expect(again).toMatchObject({ code: 0, answer: { steps: [], open: [] } });
    expect((await gate('-f', 'pinned')).answer.objects[0]?.images).toHaveLength(1);
  });

  it('writes no file if one cannot be read, and says which image has no digest', async () => {
    write('broken/a.yaml', deployment(image('trips')));
    write('broken/b.yaml', 'image: [\n');
    expect((await runText(scene, 'pin', '-f', 'broken')).code).toBe(3);
    expect(readFileSync(join(scene.folder, 'broken/a.yaml'), 'utf8')).not.toContain('sha256');
    write('absent/a.yaml', deployment(image('nobody')));
    const absent = await runJson<Pin>(scene, 'pin', '-f', 'absent');
    expect(absent).toMatchObject({ code: 1, answer: { written: false, open: [{}] } });
    expect((await runText(scene, 'pin', '-f', '-', '-f', 'absent')).code).toBe(2);
    const layout = ['--from', `${OFFLINE}=oci:carried`, '--check'];
    write('offline/web.yaml', deployment(`${OFFLINE}:1.0`));
    const offline = await runJson<Pin>(scene, 'pin', '-f', 'offline', ...layout);
    expect(offline.answer.steps[0]?.what).toContain(trips.digest);
  });
});
