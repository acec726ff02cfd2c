import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  describeArtifactTarget,
  type OpenedTarget,
} from '../../capabilities/registry/port.contract.ts';
import { sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';
import { startRegistry } from '../oci-server/index.ts';
import { openRegistryClient } from './client.ts';

async function open(chunkBytes?: number): Promise<OpenedTarget> {
  const root = await mkdtemp(join(tmpdir(), 'waybill-registry-'));
  const running = orThrow(await startRegistry({ root }));
  const target = openRegistryClient(chunkBytes === undefined ? {} : { chunkBytes });
  const close = async () => {
    target.close();
    await running.close();
    await rm(root, { recursive: true });
  };
  return { target, repository: `${running.registry}/shop/trips`, via: 'api', close };
}

describeArtifactTarget('the registry client against the embedded registry', () => open());
describeArtifactTarget('the registry client, pushing in chunks', () => open(16_384));

it('a blob that waits for the socket a hundred times leaves no listener', async () => {
  const warnings: string[] = [];
  const warned = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', warned);
  const { target, repository, close } = await open();
  const bytes = new Uint8Array(32 * 1024 * 1024);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 256 * 1024) yield bytes.subarray(at, at + 256 * 1024);
  }
  const descriptor = {
    mediaType: 'application/octet-stream',
    digest: sha256(bytes),
    size: bytes.length,
  };
  orThrow(await target.pushBlob(repository, { descriptor, open: pieces }));
  await new Promise((resolve) => setImmediate(resolve));
  await close();
  process.off('warning', warned);
  expect(warnings).toEqual([]);
});
