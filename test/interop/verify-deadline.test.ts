import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  buildImageManifest,
  EMPTY_CONTENT,
  OCI_MANIFEST,
} from '../../src/capabilities/registry/index.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { CommandLine } from '../support/command-line.ts';
import { answer, startHostileRegistry } from '../support/hostile-registry.ts';

it('truth B7: waybill verify ends by its own patience at a registry that hangs', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-deadline-'));
  const line = new CommandLine(folder);
  onTestFinished(async () => {
    await line.close();
    rmSync(folder, { recursive: true });
  });
  await line.output('key', 'generate');
  const root = join(line.home, 'keys/default.root.crt');
  const identity = 'CN=release,O=example,ST=WA,C=US';
  const whom = ['--certificate', root, '--store', 'mute', '--identity', identity];
  await line.output('trust', 'add', ...whom, '--repository', 'registry.example.com/mute/*');
  const image = buildImageManifest({ config: EMPTY_CONTENT.descriptor, layers: [] });
  const mute = await startHostileRegistry((request, response) => {
    if (request.path.endsWith('/v2/') || request.path.includes('/manifests/'))
      answer(response, 200, { 'Content-Type': OCI_MANIFEST }, image.bytes);
  });
  const started = performance.now();
  const { code, stdout, stderr } = await line.run('verify', `${mute.registry}/shop/trips:1`);
  const elapsedMs = performance.now() - started;
  await mute.close();
  expect(code, `${stdout}${stderr}`).toBe(3);
  expect(`${stdout}${stderr}`).toContain('ran out');
  expect(elapsedMs).toBeGreaterThan(LIMITS.verifyMs - 1_000);
  expect(elapsedMs).toBeLessThan(LIMITS.verifyMs + 10_000);
});
