import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistryClient } from '../../src/adapters/oci-http/index.ts';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import { formatReferrersTag, toContent } from '../../src/capabilities/registry/index.ts';
import {
  attach,
  type OpenedTarget,
  pushImage,
} from '../../src/capabilities/registry/port.contract.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { parseImageReference } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { CommandHere } from '../support/command-line.ts';
import { startRegistryProxy } from '../support/registry-proxy.ts';

interface Answer {
  readonly deleted?: boolean;
  readonly manifests?: readonly { readonly digest: string }[];
  readonly tags?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string };
}

let folder: string;
let line: CommandHere;
let registry: RunningRegistry;
const client = openRegistryClient();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-tags-'));
  line = new CommandHere(folder);
  registry = orThrow(await startRegistry({ root: join(folder, 'registry') }));
});
afterAll(async () => {
  client.close();
  await registry.close();
  await line.close();
  rmSync(folder, { recursive: true });
});

const open = (name: string): OpenedTarget => ({
  ...{ target: client, repository: `${registry.registry}/shop/${name}`, via: 'api' },
  close: async () => undefined,
});
const layer = (name: string) => toContent('a/b', Buffer.from(name));
const resolve = (text: string) => client.resolve(orThrow(parseImageReference(text)));

/** An image with an SBOM that has a signature: they, then it. */
async function publish(name: string): Promise<readonly [Descriptor, Descriptor, Descriptor]> {
  const image = (await pushImage(open(name), layer(name), '1.0')).descriptor;
  const sbom = await attach(open(name), image, 'application/spdx+json', {});
  return [await attach(open(name), sbom, 'application/x-signature', {}), sbom, image];
}

describe('waybill tag', () => {
  it('gives an image further tags, in a registry and in a layout', async () => {
    const [, , image] = await publish('tagged');
    const reference = `${open('tagged').repository}:1.0`;
    const { answer } = await line.json<Answer>('tag', reference, '1.0.1', 'latest');
    expect(answer.tags).toEqual(['1.0.1', 'latest']);
    expect(orThrow(await resolve(`${open('tagged').repository}:1.0.1`)).digest).toBe(image.digest);
    await line.output('copy', reference, 'oci:tagged:1.0');
    await line.output('tag', 'oci:tagged:1.0', 'stable');
    expect(await line.output('discover', 'oci:tagged:stable')).toContain('application/spdx+json');
  });

  it('gives none of several when one is no tag', async () => {
    await publish('refused');
    const { code } = await line.json('tag', `${open('refused').repository}:1.0`, 'good', '../bad');
    expect(code).toBe(2);
    expect((await resolve(`${open('refused').repository}:good`)).ok).toBe(false);
  });
});

describe('waybill delete', () => {
  it('lists without --yes what it would delete, and deletes nothing', async () => {
    await publish('kept');
    const reference = `${open('kept').repository}:1.0`;
    const { code, answer } = await line.json<Answer>('delete', reference, '--with-attached');
    expect([code, answer.deleted, answer.manifests?.length, answer.tags]).toEqual([
      ...[1, false, 3],
      ['1.0'],
    ]);
    expect((await resolve(reference)).ok).toBe(true);
  });

  it('leaves no evidence about nothing: what is attached goes first, or nothing goes', async () => {
    const all = await publish('gone');
    const reference = `${open('gone').repository}:1.0`;
    const alone = await line.json<Answer>('delete', reference, '--yes');
    expect(alone.answer.error?.message).toContain('2 manifests are attached');
    expect((await resolve(reference)).ok).toBe(true);
    const { answer } = await line.json<Answer>('delete', reference, '--with-attached', '--yes');
    expect(answer.manifests?.map(({ digest }) => digest)).toEqual(all.map(({ digest }) => digest));
    const other = openRegistryClient();
    for (const { digest } of all)
      expect((await other.manifest(open('gone').repository, digest)).ok).toBe(false);
    other.close();
  });

  it('N7: deletes nothing that a fallback tag would go on naming', async () => {
    const [signature] = await publish('behind');
    const { repository } = open('behind');
    const { bytes } = orThrow(await client.manifest(repository, signature.digest));
    const about = (JSON.parse(Buffer.from(bytes).toString()) as { subject: Descriptor }).subject;
    const listed = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: [signature],
      }),
    );
    const old = await startRegistryProxy(registry.registry, (path, status) => {
      if (path.includes('/referrers/')) return { status: 404, body: Buffer.from('{}') };
      return path.endsWith(`/manifests/${formatReferrersTag(about.digest)}`) && status === 404
        ? {
            status: 200,
            body: listed,
            headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
          }
        : null;
    });
    const named = `${old.registry}/shop/behind@${signature.digest}`;
    const { answer } = await line.json<Answer>('delete', named, '--yes');
    await old.close();
    expect(answer.error?.code).toBe('UNSUPPORTED');
    expect((await client.manifest(repository, signature.digest)).ok).toBe(true);
  });
});
