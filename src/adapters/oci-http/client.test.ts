import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeArtifactTarget, type OpenedTarget } from '../../capabilities/registry/port.contract.ts';
import { orThrow } from '../../core/result.ts';
import { startRegistry } from '../oci-server/index.ts';
import { openRegistryClient } from './index.ts';

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
