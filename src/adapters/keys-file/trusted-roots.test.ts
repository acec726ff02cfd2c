import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testInstance } from '../../../test/support/sigstore-instance.ts';
import { loadTrustedRoots } from './index.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-roots-'));
  const roots = join(folder, 'truststore', 'sigstore');
  mkdirSync(roots, { recursive: true });
  const text = JSON.stringify(testInstance('roots').root);
  for (const path of [join(roots, 'public.json'), join(folder, 'outside.json')])
    writeFileSync(path, text);
  writeFileSync(join(roots, 'broken.json'), '{}');
});
afterAll(() => rmSync(folder, { recursive: true }));

it('a trusted root is read by its name; one that is absent or broken is its failure', async () => {
  const roots = await loadTrustedRoots(folder, ['public', 'absent', 'broken', '../../outside']);
  expect([...roots].map(([name, root]) => [name, root.ok])).toEqual([
    ['public', true],
    ['absent', false],
    ['broken', false],
    ['../../outside', false],
  ]);
  for (const [, root] of roots) if (!root.ok) expect(root.failure.code).toBe('TRUST_INVALID');
});
