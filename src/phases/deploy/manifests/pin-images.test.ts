import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../core/digest.ts';
import { fail, ok, orThrow } from '../../../core/result.ts';
import { planPins } from './pin-images.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest;
const asked: string[] = [];
const find = async (image: string) => {
  asked.push(image);
  return image.startsWith('gone') ? fail('NOT_FOUND', 'no such tag', 'Push it.') : ok(DIGEST);
};
const pin = async (text: string, file = 'a.yaml') => {
  const plan = orThrow(await planPins(file, Buffer.from(text), find));
  return { ...plan, text: Buffer.from(plan.after).toString('utf8') };
};

const WRITTEN = `\ufeff# who runs it: shop
apiVersion: apps/v1
kind: Deployment
metadata: {name: trips, labels: {b: 1, a: 2}}   # order stays
spec:
  template:
    spec:
      initContainers:
      - image: 'registry.example.com/shop/init'
      containers:
        - name: a
          image:   "registry.example.com/shop/trips:1.4"   # the release
        - {name: b, image: registry.example.com/shop/b:2@${DIGEST}}
      volumes:
      - {name: v, image: {reference: registry.example.com/shop/model:1}}
---
apiVersion: v1
kind: Pod
spec: {containers: [{name: c, image: &c registry.example.com/c:1}, {name: d, image: *c}]}\r
`;

describe('waybill pin', () => {
  it('C27: writes a digest behind each name, and keeps every other byte', async () => {
    const { text, steps, open } = await pin(WRITTEN);
    expect(text).toBe(
      WRITTEN.replace("shop/init'", `shop/init@${DIGEST}'`)
        .replace('trips:1.4', `trips:1.4@${DIGEST}`)
        .replace('model:1', `model:1@${DIGEST}`)
        .replace('c:1', `c:1@${DIGEST}`),
    );
    expect(open).toEqual([]);
    expect(steps.map(({ place }) => place)).toEqual([
      'a.yaml:9',
      'a.yaml:12',
      'a.yaml:15',
      'a.yaml:19',
    ]);
    asked.length = 0;
    expect(await pin(text)).toMatchObject({ text, steps: [], open: [] });
    expect(asked).toEqual([]);
  });

  it('writes the digest of a kustomization where kustomize reads it', async () => {
    const written = 'images:\n- name: a\n  newName: registry.example.com/a\n  newTag: "1"\n';
    const { text } = await pin(written, 'kustomization.yaml');
    expect(text).toBe(written.replace('"1"', `"1@${DIGEST}"`));
    expect(asked.at(-1)).toBe('registry.example.com/a:1');
  });

  it('says which images stay without a digest, and why', async () => {
    const pod = (image: string): string =>
      `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: ${image}\n`;
    expect((await pin(pod('gone.example.com/a:1'))).open).toEqual([
      { place: 'a.yaml:5', what: 'gone.example.com/a: no such tag' },
    ]);
    expect((await pin(pod('"$(IMAGE)"'))).open).toMatchObject([{ place: 'a.yaml:5' }]);
    expect((await pin(`${pod('a:1')}extra: { image: b:1 }\n`)).open).toMatchObject([
      { place: 'a.yaml:6' },
    ]);
    const folded = pod('>-\n      registry.example.com/a:1');
    expect(await pin(folded)).toMatchObject({ text: folded, open: [{ place: 'a.yaml:5' }] });
    expect(await planPins('a.yaml', Buffer.from('image: [a'), find)).toMatchObject({ ok: false });
  });

  it('names what only the gate reads, and reads no document without an end', async () => {
    const resource =
      'apiVersion: example.com/v1\nkind: Job\n' +
      'status: { podSpec: { containers: [{ image: registry.example.com/a:1 }] } }\n';
    const { steps, open } = await pin(resource);
    expect([steps, open.map(({ place }) => place)]).toEqual([[], ['a.yaml:1']]);
    const many = (what: string): string => `[${`${what},`.repeat(99)}]`;
    const bomb = `a: &a ${many('x')}\nb: &b ${many('*a')}\nc: ${many('*b')}\n`;
    expect(await planPins('a.yaml', Buffer.from(bomb), find)).toMatchObject({
      failure: { code: 'MALFORMED' },
    });
  });
});
