import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  buildArtifact,
  EMPTY_CONTENT,
  OCI_MANIFEST,
  toContent,
} from '../../capabilities/registry/index.ts';
import { sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow, type Result } from '../../core/result.ts';
import { Refusal } from './refusal.ts';
import { parseRoute } from './routes.ts';
import { type RegistryOptions, type RunningRegistry, startRegistry } from './server.ts';

let root: string;
let registry: RunningRegistry;
const defects: unknown[] = [];

async function start(options: Partial<RegistryOptions> = {}): Promise<void> {
  registry = orThrow(
    await startRegistry({ root, onDefect: (thrown) => defects.push(thrown), ...options }),
  );
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'waybill-server-'));
  await start();
});
afterEach(async () => {
  await registry.close();
  await rm(root, { recursive: true });
  expect(defects.splice(0)).toEqual([]);
});

const call = (path: string, init: RequestInit & { readonly duplex?: 'half' } = {}) =>
  fetch(registry.url + path, init);

async function upload(
  bytes: Uint8Array,
  digest = sha256(bytes),
  path = '/v2/a/b/blobs/uploads/',
): Promise<number> {
  const response = await call(`${path}?digest=${digest}`, {
    method: 'POST',
    body: Buffer.from(bytes),
  });
  return response.status;
}

async function push(
  tag: string,
  annotations: Record<string, string> = {},
  subject?: typeof EMPTY_CONTENT.descriptor,
) {
  await upload(EMPTY_CONTENT.bytes);
  const parts = {
    artifactType: 'application/x',
    layers: [],
    annotations,
    ...(subject === undefined ? {} : { subject }),
  };
  const content = buildArtifact(parts);
  const headers = { 'Content-Type': OCI_MANIFEST };
  const response = await call(`/v2/a/b/manifests/${tag}`, {
    method: 'PUT',
    headers,
    body: Buffer.from(content.bytes),
  });
  return { content, response };
}

function toCode(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

/** A request that no normal client would send. */
async function raw(text: string): Promise<string> {
  const [host = '', port = ''] = registry.registry.split(':');
  const socket = connect(Number(port), host);
  socket.write(text);
  let seen = '';
  for await (const chunk of socket) {
    seen += String(chunk);
    if (seen.includes('\r\n\r\n')) break;
  }
  socket.destroy();
  return seen.split('\r\n')[0] ?? '';
}

describe('the embedded registry', () => {
  it('B25: keeps everything over a restart: blobs, manifests, tags, referrers', async () => {
    const { content } = await push('v1');
    const attached = await push('sig', { n: '1' }, content.descriptor);
    await registry.close();
    await start();
    expect((await call(`/v2/a/b/blobs/${EMPTY_CONTENT.descriptor.digest}`)).status).toBe(200);
    expect(await (await call('/v2/a/b/manifests/v1')).text()).toBe(
      Buffer.from(content.bytes).toString(),
    );
    const list = (await (await call(`/v2/a/b/referrers/${content.descriptor.digest}`)).json()) as {
      manifests: unknown;
    };
    expect(list.manifests).toMatchObject([
      { digest: attached.content.descriptor.digest, annotations: { n: '1' } },
    ]);
  });

  it('I6: keeps content in the folder by digest, as an image layout does', async () => {
    const { content } = await push('v1');
    const path = join(root, 'blobs/sha256', content.descriptor.digest.slice(7));
    expect((await readFile(path)).equals(Buffer.from(content.bytes))).toBe(true);
    expect(JSON.parse(await readFile(join(root, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
  });

  it('A2: refuses a blob whose bytes do not match its digest, and stores nothing', async () => {
    expect(await upload(Buffer.from('evil'), sha256('good'))).toBe(400);
    expect((await call(`/v2/a/b/blobs/${sha256('good')}`)).status).toBe(404);
    expect(await readdir(join(root, 'uploads'))).toEqual([]);
    expect(await upload(Buffer.from('good'))).toBe(201);
  });

  it('A2: refuses a manifest that is pushed to another digest', async () => {
    const { response } = await push(sha256('another'));
    expect(response.status).toBe(400);
    const right = buildArtifact({ artifactType: 'application/x', layers: [] });
    expect((await push(right.descriptor.digest)).response.status).toBe(201);
  });

  it('A7: refuses a manifest whose layer is missing or has another size', async () => {
    const put = async (layer: { digest: string; size: number }) => {
      const manifest = {
        schemaVersion: 2,
        config: EMPTY_CONTENT.descriptor,
        layers: [{ mediaType: 'text/plain', ...layer }],
      };
      const init = {
        method: 'PUT',
        headers: { 'Content-Type': OCI_MANIFEST },
        body: JSON.stringify(manifest),
      };
      return (await call('/v2/a/b/manifests/v1', init)).status;
    };
    await upload(EMPTY_CONTENT.bytes);
    await upload(Buffer.from('layer'));
    expect(await put({ digest: sha256('layer'), size: 6 })).toBe(400);
    expect(await put({ digest: sha256('absent'), size: 5 })).toBe(400);
    expect(await put({ digest: sha256('layer'), size: 5 })).toBe(201);
  });

  it('a blob of one repository is not in another until it is mounted', async () => {
    await upload(Buffer.from('layer'));
    const path = `/v2/other/blobs/${sha256('layer')}`;
    expect((await call(path)).status).toBe(404);
    const mount = `/v2/other/blobs/uploads/?mount=${sha256('layer')}&from=a/b`;
    expect((await call(mount, { method: 'POST' })).status).toBe(201);
    expect((await call(path)).status).toBe(200);
    const nothing = `/v2/other/blobs/uploads/?mount=${sha256('absent')}&from=a/b`;
    expect((await call(nothing, { method: 'POST' })).status).toBe(202);
  });

  it('a mount from a path outside of the registry is refused', async () => {
    for (const from of ['../../etc', '..', '/etc', 'a/../b', 'A']) {
      const path = `/v2/other/blobs/uploads/?mount=${sha256('x')}&from=${encodeURIComponent(from)}`;
      expect((await call(path, { method: 'POST' })).status).toBe(404);
    }
  });

  it('A6: refuses a manifest over 4 MiB, announced or sent, and a too large blob', async () => {
    await registry.close();
    await start({ uploadBytesMax: 1000 });
    const headers = { 'Content-Type': OCI_MANIFEST };
    const body = Buffer.alloc(LIMITS.manifestBytesMax + 1, ' ');
    const status = await call('/v2/a/b/manifests/v1', { method: 'PUT', headers, body }).then(
      (response) => response.status,
      () => 413, // the connection is closed while the client still sends
    );
    expect(status).toBe(413);
    expect(await upload(Buffer.alloc(1000))).toBe(201);
    expect([413, 'cut']).toContain(await upload(Buffer.alloc(1001)).catch(() => 'cut'));
    expect(await readdir(join(root, 'uploads'))).toEqual([]);
  });

  it('refuses a chunk that does not continue the upload, and a second writer', async () => {
    const begun = await call('/v2/a/b/blobs/uploads/', { method: 'POST' });
    const location = begun.headers.get('location') ?? '';
    const patch = (range: string, body: string) =>
      call(location, { method: 'PATCH', headers: { 'Content-Range': range }, body });
    expect((await patch('3-5', 'abc')).status).toBe(416);
    expect((await patch('0-2', 'abc')).status).toBe(202);
    expect((await patch('0-2', 'abc')).status).toBe(416);
    let close = (): void => undefined;
    const refused = new Promise<void>((resolve) => (close = resolve));
    const slow = new ReadableStream({
      async start(controller) {
        controller.enqueue(Buffer.from('def'));
        await refused;
        controller.close();
      },
    });
    const writing = call(location, { method: 'PATCH', body: slow, duplex: 'half' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await patch('3-5', 'xyz')).status).toBe(409);
    close();
    expect((await writing).status).toBe(202);
    expect((await call(`${location}?digest=${sha256('abcdef')}`, { method: 'PUT' })).status).toBe(
      201,
    );
  });

  it('an upload of one repository is not in another', async () => {
    const begun = await call('/v2/a/b/blobs/uploads/', { method: 'POST' });
    const location = (begun.headers.get('location') ?? '').replace('/a/b/', '/other/');
    expect((await call(`${location}?digest=${sha256('')}`, { method: 'PUT' })).status).toBe(404);
  });

  it('an interrupted push leaves no blob', async () => {
    const [host = '', port = ''] = registry.registry.split(':');
    const digest = sha256('0123456789');
    const socket = connect(Number(port), host);
    socket.write(
      `POST /v2/a/b/blobs/uploads/?digest=${digest} HTTP/1.1\r\nHost: x\r\nContent-Length: ` +
        `10\r\n\r\n01234`,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await expect.poll(() => readdir(join(root, 'uploads')), { timeout: 30_000 }).toEqual([]);
    expect((await call(`/v2/a/b/blobs/${digest}`)).status).toBe(404);
    defects.splice(0);
  });

  it('twenty parallel pushes of one blob and one tag leave one blob and one manifest', async () => {
    const bytes = randomBytes(300_000);
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => upload(bytes))))).toEqual(
      new Set([201]),
    );
    const pushed = await Promise.all(
      Array.from({ length: 20 }, (_, at) => push('latest', { at: String(at) })),
    );
    expect(pushed.every(({ response }) => response.status === 201)).toBe(true);
    const got = Buffer.from(await (await call('/v2/a/b/manifests/latest')).arrayBuffer());
    expect(pushed.some(({ content }) => got.equals(Buffer.from(content.bytes)))).toBe(true);
    const blob = Buffer.from(await (await call(`/v2/a/b/blobs/${sha256(bytes)}`)).arrayBuffer());
    expect(blob.equals(bytes)).toBe(true);
  });

  it('N7: lists referrers in pages, filters them and says so, with any annotations', async () => {
    const { content } = await push('v1');
    const filler = 'x'.repeat(300_000);
    for (let at = 0; at < 5; at++)
      await push(`t${at}`, { at: String(at), filler }, content.descriptor);
    const found = new Set<string>();
    let path = `/v2/a/b/referrers/${content.descriptor.digest}?artifactType=application/x`;
    let pages = 0;
    for (; path !== ''; pages++) {
      const response = await call(path);
      expect(response.headers.get('oci-filters-applied')).toBe('artifactType');
      const { manifests } = (await response.json()) as { manifests: { digest: string }[] };
      for (const { digest } of manifests) found.add(digest);
      path = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1] ?? '';
    }
    expect([found.size, pages > 1]).toEqual([5, true]);
    const none = await call(`/v2/a/b/referrers/${content.descriptor.digest}?artifactType=none`);
    expect(await none.json()).toMatchObject({ manifests: [] });
  });

  it('refuses a referrer with annotations larger than a page', async () => {
    const { content } = await push('v1');
    const filler = 'x'.repeat(1024 * 1024);
    expect((await push('big', { filler }, content.descriptor)).response.status).toBe(413);
    expect((await push('big', { filler })).response.status).toBe(201);
  });

  it('lists tags in order and in pages, and tags that differ by case separately', async () => {
    for (const tag of ['b', 'A', 'a', 'V1.0', 'v1.0']) await push(tag);
    const tags = async (path: string) =>
      ((await (await call(path)).json()) as { tags: string[] }).tags;
    expect(await tags('/v2/a/b/tags/list')).toEqual(['A', 'V1.0', 'a', 'b', 'v1.0']);
    expect(await tags('/v2/a/b/tags/list?n=2&last=V1.0')).toEqual(['a', 'b']);
    expect((await call('/v2/a/b/tags/list?n=-1')).status).toBe(400);
    expect((await call('/v2/none/tags/list')).status).toBe(404);
  });

  it('lists repositories in order and in pages', async () => {
    const names = async (path: string) =>
      ((await (await call(path)).json()) as { repositories: string[] }).repositories;
    expect(await names('/v2/_catalog')).toEqual([]);
    const { content } = await push('v1');
    for (const name of ['a', 'a-b', 'a/b/c', 'z']) {
      await upload(EMPTY_CONTENT.bytes, undefined, `/v2/${name}/blobs/uploads/`);
      await call(`/v2/${name}/manifests/v1`, {
        method: 'PUT',
        headers: { 'Content-Type': OCI_MANIFEST },
        body: Buffer.from(content.bytes),
      });
    }
    const all = ['a', 'a-b', 'a/b', 'a/b/c', 'z'];
    expect(await names('/v2/_catalog')).toEqual(all);
    const first = await call('/v2/_catalog?n=2');
    expect(await first.json()).toEqual({ repositories: all.slice(0, 2) });
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect(await names(next)).toEqual(all.slice(2, 4));
    expect((await call('/v2/_catalog', { method: 'DELETE' })).status).toBe(405);
  });

  it('gives a byte range, and refuses one past the end', async () => {
    await upload(Buffer.from('0123456789'));
    const range = async (text: string) => {
      const response = await call(`/v2/a/b/blobs/${sha256('0123456789')}`, {
        headers: { Range: text },
      });
      return [response.status, response.status < 300 ? await response.text() : ''];
    };
    expect(await range('bytes=2-4')).toEqual([206, '234']);
    expect(await range('bytes=-3')).toEqual([206, '789']);
    expect(await range('bytes=10-')).toEqual([416, '']);
    expect(await range('lines=1-2')).toEqual([200, '0123456789']);
  });

  it('removes uploads that an earlier process left a day ago, and no younger ones', async () => {
    const old = join(root, 'uploads', 'old');
    await writeFile(old, 'x');
    await utimes(old, 0, 0);
    await writeFile(join(root, 'uploads', 'young'), 'x');
    await registry.close();
    await start();
    expect(await readdir(join(root, 'uploads'))).toEqual(['young']);
  });

  it('a used port is PORT_IN_USE; a network port without users is CONFIG_INVALID', async () => {
    const port = Number(registry.registry.split(':')[1]);
    expect(toCode(await startRegistry({ root, port }))).toBe('PORT_IN_USE');
    expect(toCode(await startRegistry({ root, host: '0.0.0.0' }))).toBe('CONFIG_INVALID');
  });
});

describe('access', () => {
  const basic = (text: string) => ({
    Authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  });

  it('to pull and to push requires the right name and password', async () => {
    await registry.close();
    await start({ auth: { users: { ann: 'pass:word' } } });
    for (const [headers, status] of [
      [{}, 401],
      [basic('ann:pass:word'), 202],
      [basic('ann:pass'), 401],
      [basic('ann:'), 401],
      [basic('constructor:'), 401],
      [basic(':'), 401],
      [{ Authorization: 'Basic ???' }, 401],
    ] as const) {
      const response = await call('/v2/a/b/blobs/uploads/', { method: 'POST', headers });
      expect([headers, response.status]).toEqual([headers, status]);
    }
    expect((await call('/v2/')).headers.get('www-authenticate')).toContain('Basic');
  });

  it('to push requires a password even if anonymous pull is allowed', async () => {
    await registry.close();
    await start({ auth: { users: { ann: 'x' }, anonymousPull: true } });
    expect((await call('/v2/a/b/manifests/v1')).status).toBe(404);
    expect((await call('/v2/a/b/blobs/uploads/', { method: 'POST' })).status).toBe(401);
    expect((await call('/v2/a/b/manifests/v1', { method: 'DELETE' })).status).toBe(401);
  });

  it('a web page of another origin cannot use it through a browser', async () => {
    const headers = { Origin: 'https://evil.example.com' };
    expect((await call('/v2/a/b/blobs/uploads/', { method: 'POST', headers })).status).toBe(403);
  });
});

describe('a path', () => {
  it.each([
    '/v2/../../etc/passwd',
    '/v2/a/../../blobs/uploads/',
    '/v2/%2e%2e/manifests/v1',
    '/v2/a//b/manifests/v1',
    '/v2/_blobs/manifests/v1',
    '/v2/a/.b/manifests/v1',
    '/v2/A/manifests/v1',
    '/v2/a/manifests/..',
    '/v2/a/manifests/v1%00',
    '/v2/a/blobs/uploads/../../x',
    '/etc/passwd',
    '//',
  ])('A15: %s leads nowhere', async (path) => {
    expect(await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/ 40[045] /);
  });

  it('of any text names a route below the registry, or is refused', () => {
    const unit = fc.constantFrom(
      ...['..', '/', '_', 'a', 'A', '.', '%2f', '\\', 'blobs', 'manifests', 'uploads', ':'],
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 12 }), (parts) => {
        try {
          const route = parseRoute(`/v2/${parts.join('')}`);
          const name = 'repository' in route ? route.repository : 'a';
          expect(name).toMatch(/^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/);
          expect(name.split('/')).not.toContain('..');
        } catch (thrown) {
          if (!(thrown instanceof Refusal)) throw thrown;
        }
      }),
    );
  });

  it('with an invalid digest is refused', async () => {
    for (const digest of [
      'sha256:abc',
      `sha256:${'A'.repeat(64)}`,
      'md5:d41d8cd98f00b204e9800998ecf8427e',
      'sha256:../x',
    ]) {
      expect((await call(`/v2/a/b/blobs/${encodeURIComponent(digest)}`)).status).toBe(400);
    }
    expect(
      (await call(`/v2/a/b/blobs/${toContent('', Buffer.from('')).descriptor.digest}`)).status,
    ).toBe(404);
  });
});
