import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answer,
  endless,
  type HostileRegistry,
  type Script,
  startHostileRegistry,
} from '../../../test/support/hostile-registry.ts';
import {
  buildArtifact,
  buildIndex,
  OCI_INDEX,
  OCI_MANIFEST,
  toContent,
} from '../../capabilities/registry/index.ts';
import { sha256 } from '../../core/digest.ts';
import { type ImageReference, parseImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, orThrow, type Result } from '../../core/result.ts';
import { openRegistryClient, type RegistryClient } from './client.ts';

const good = buildArtifact({ artifactType: 'application/x', layers: [] });
const other = buildArtifact({ artifactType: 'application/y', layers: [] });
const blob = toContent('text/plain', Buffer.from('the blob'));
const typed = { 'Content-Type': OCI_MANIFEST };

let script: Script;
let registry: HostileRegistry;
let client: RegistryClient;
let repository: string;

beforeEach(async () => {
  registry = await startHostileRegistry((request, response) => script(request, response));
  client = openClient(20_000);
  repository = `${registry.registry}/team/app`;
});
afterEach(async () => {
  client.close();
  await registry.close();
});

function openClient(requestMs: number): RegistryClient {
  const credentials = async () => ok(null);
  return openRegistryClient({ credentials, requestMs, sleep: async () => {} });
}

/** Another client, which waits only a little for what is slow. */
function replaceClient(): void {
  client.close();
  client = openClient(400);
}

function tagged(tag = 'v1'): ImageReference {
  return orThrow(parseImageReference(`${repository}:${tag}`));
}

function toCode(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

describe('a registry that sends false manifests', () => {
  const send = (headers: Record<string, string>, body: string | Uint8Array) => {
    script = (_, response) => answer(response, 200, headers, body);
  };

  it('A1, A2: a manifest with another digest than requested is refused', async () => {
    send(typed, other.bytes);
    expect(toCode(await client.manifest(repository, good.descriptor.digest))).toBe(
      'DIGEST_MISMATCH',
    );
    send(typed, good.bytes);
    expect(toCode(await client.manifest(repository, good.descriptor.digest))).toBe('ok');
  });

  it('A1: a tag is resolved by hashing: a header with another digest is refused', async () => {
    send({ ...typed, 'Docker-Content-Digest': other.descriptor.digest }, good.bytes);
    expect(toCode(await client.resolve(tagged()))).toBe('DIGEST_MISMATCH');
    send({ ...typed, 'Docker-Content-Digest': good.descriptor.digest }, good.bytes);
    expect(orThrow(await client.resolve(tagged())).digest).toBe(good.descriptor.digest);
    send(typed, good.bytes);
    expect(orThrow(await client.resolve(tagged())).digest).toBe(good.descriptor.digest);
  });

  it('A2: a resolved digest is read by that digest, even if the tag moves', async () => {
    let turn = 0;
    script = ({ path }, response) => {
      const content = path.includes('sha256:') || turn++ > 0 ? other : good;
      answer(response, 200, typed, content.bytes);
    };
    const resolved = orThrow(await client.resolve(tagged()));
    expect(resolved.digest).toBe(good.descriptor.digest);
    const fresh = openRegistryClient({ credentials: async () => ({ ok: true, value: null }) });
    expect(toCode(await fresh.manifest(repository, resolved))).toBe('DIGEST_MISMATCH');
    fresh.close();
  });

  it.each<[string, string, Record<string, string>, string]>([
    [
      'a Content-Type that contradicts its mediaType',
      'MALFORMED',
      { 'Content-Type': OCI_INDEX },
      good.bytes.toString(),
    ],
    ['an HTML page', 'MALFORMED', { 'Content-Type': 'text/html' }, '<html></html>'],
    [
      'schema 1',
      'UNSUPPORTED',
      { 'Content-Type': 'application/vnd.docker.distribution.manifest.v1+json' },
      '{"schemaVersion":1}',
    ],
    [
      'layers and manifests at once',
      'MALFORMED',
      typed,
      '{"schemaVersion":2,"config":{},"layers":[],"manifests":[]}',
    ],
    ['a repeated key', 'DUPLICATE_KEY', typed, '{"schemaVersion":2,"schemaVersion":2}'],
    ['nothing', 'MALFORMED', typed, ''],
    [
      'an encoding that was not requested',
      'REGISTRY_MISBEHAVED',
      { ...typed, 'Content-Encoding': 'gzip' },
      'x',
    ],
  ])('a manifest with %s is refused', async (_, code, headers, body) => {
    send(headers, body === good.bytes.toString() ? good.bytes : body);
    expect(toCode(await client.resolve(tagged()))).toBe(code);
  });

  it('A6, G25: an announced manifest of 1 GB, or an endless one, stops at the limit', async () => {
    const sentMore = `sent more than ${LIMITS.manifestBytesMax} bytes`;
    const chunk = Buffer.alloc(64 * 1024, ' ');
    const patient = openRegistryClient({ credentials: async () => ({ ok: true, value: null }) });
    script = (_, response) =>
      endless(response, { ...typed, 'Content-Length': String(1024 ** 3) }, chunk);
    await expect(patient.resolve(tagged()).then(orThrow)).rejects.toThrow(sentMore);
    script = (_, response) => endless(response, typed, chunk);
    await expect(patient.resolve(tagged()).then(orThrow)).rejects.toThrow(sentMore);
    patient.close();
  });

  it('A6: a manifest of exactly the limit is read, and one byte more is refused', async () => {
    const patient = openRegistryClient({ credentials: async () => ({ ok: true, value: null }) });
    const padded = (bytes: number) =>
      Buffer.concat([good.bytes, Buffer.alloc(bytes - good.bytes.length, ' ')]);
    send(typed, padded(LIMITS.manifestBytesMax));
    expect(toCode(await patient.resolve(tagged()))).toBe('ok');
    send(typed, padded(LIMITS.manifestBytesMax + 1));
    expect(toCode(await patient.resolve(tagged()))).toBe('LIMIT_EXCEEDED');
    patient.close();
  });
});

describe('a registry that sends false blobs', () => {
  const read = (descriptor = blob.descriptor) =>
    client.blobBytes(repository, descriptor, 1_000_000);

  it.each<[string, string, Script]>([
    [
      'other bytes of the right length',
      'DIGEST_MISMATCH',
      (_, response) => answer(response, 200, {}, 'the BLOB'),
    ],
    [
      'more bytes',
      'DIGEST_MISMATCH',
      (_, response) => answer(response, 200, {}, 'the blob and more'),
    ],
    ['fewer bytes', 'DIGEST_MISMATCH', (_, response) => answer(response, 200, {}, 'the')],
    [
      'A7: a Content-Length of another size',
      'DIGEST_MISMATCH',
      (_, response) => answer(response, 200, {}, 'x'),
    ],
    [
      'a truncated body',
      'REGISTRY_UNREACHABLE',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': '8' });
        response.write('the');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      'an endless body',
      'DIGEST_MISMATCH',
      (_, response) => endless(response, {}, Buffer.from('xx')),
    ],
    ['404', 'NOT_FOUND', (_, response) => answer(response, 404)],
    ['401 without a challenge', 'REGISTRY_DENIED', (_, response) => answer(response, 401)],
    ['403', 'REGISTRY_DENIED', (_, response) => answer(response, 403)],
    ['500', 'REGISTRY_UNREACHABLE', (_, response) => answer(response, 500)],
    ['a status without a meaning', 'REGISTRY_MISBEHAVED', (_, response) => answer(response, 418)],
    [
      'a partial answer that was not requested',
      'REGISTRY_MISBEHAVED',
      (_, response) => answer(response, 206, {}, 'the blob'),
    ],
    ['the blob', 'ok', (_, response) => answer(response, 200, {}, 'the blob')],
  ])('%s gives %s', async (_, code, hostile) => {
    script = hostile;
    expect(toCode(await read())).toBe(code);
  });

  it('A7: a stream of wrong bytes fails before its last chunk is passed on', async () => {
    script = (_, response) => answer(response, 200, {}, 'the BLOB');
    const stream = orThrow(await client.blob(repository, blob.descriptor));
    const got: Uint8Array[] = [];
    await expect(
      (async () => {
        for await (const chunk of stream) got.push(chunk);
      })(),
    ).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(got).toEqual([]);
  });

  it('an empty blob is read, and an empty body is not another blob', async () => {
    script = (_, response) => answer(response, 200);
    expect(toCode(await read(toContent('text/plain', new Uint8Array()).descriptor))).toBe('ok');
    expect(toCode(await read())).toBe('DIGEST_MISMATCH');
  });
});

describe('a slow registry', () => {
  it('G28: one that accepts but never answers is REGISTRY_UNREACHABLE in time', async () => {
    replaceClient();
    script = () => undefined;
    expect(toCode(await client.resolve(tagged()))).toBe('REGISTRY_UNREACHABLE');
  });

  it('G28: a manifest that arrives byte by byte without a pause is LIMIT_EXCEEDED', async () => {
    replaceClient();
    script = (_, response) => endless(response, typed, Buffer.from(' '), 20);
    expect(toCode(await client.resolve(tagged()))).toBe('LIMIT_EXCEEDED');
  });

  it('G28: a blob that arrives too slowly fails, and one with a slow reader does not', async () => {
    replaceClient();
    const large = toContent('text/plain', Buffer.alloc(300_000, 'x'));
    script = (_, response) => endless(response, {}, Buffer.from('x'), 20);
    expect(toCode(await client.blobBytes(repository, large.descriptor, 1_000_000))).toBe(
      'LIMIT_EXCEEDED',
    );
    script = (_, response) => answer(response, 200, {}, large.bytes);
    let size = 0;
    for await (const chunk of orThrow(await client.blob(repository, large.descriptor))) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      size += chunk.length;
    }
    expect(size).toBe(300_000);
  });

  it('the caller’s deadline ends a request and a body with DEADLINE_EXCEEDED', async () => {
    script = () => undefined;
    expect(toCode(await client.resolve(tagged(), { signal: AbortSignal.timeout(100) }))).toBe(
      'DEADLINE_EXCEEDED',
    );
    const large = toContent('text/plain', Buffer.alloc(300_000, 'x')).descriptor;
    script = (_, response) => endless(response, {}, Buffer.from('x'), 20);
    const signal = AbortSignal.timeout(100);
    expect(toCode(await client.blobBytes(repository, large, 1_000_000, { signal }))).toBe(
      'DEADLINE_EXCEEDED',
    );
    expect(toCode(await client.resolve(tagged(), { signal: AbortSignal.abort() }))).toBe(
      'DEADLINE_EXCEEDED',
    );
  });

  it('a closed port is REGISTRY_UNREACHABLE; non-HTTP is REGISTRY_MISBEHAVED', async () => {
    const gone = await startHostileRegistry(() => undefined);
    await gone.close();
    const reference = orThrow(parseImageReference(`${gone.registry}/a:1`));
    expect(toCode(await client.resolve(reference))).toBe('REGISTRY_UNREACHABLE');
    script = (_, response) => {
      response.socket?.end('SSH-2.0-OpenSSH\r\n\r\n');
    };
    expect(toCode(await client.resolve(tagged()))).toBe('REGISTRY_MISBEHAVED');
  });

  it('endless headers are refused', async () => {
    script = (_, response) => {
      response.socket?.write('HTTP/1.1 200 OK\r\n');
      for (let at = 0; at < 2_000; at++) response.socket?.write(`X-${at}: ${'y'.repeat(100)}\r\n`);
    };
    expect(toCode(await client.resolve(tagged()))).toBe('REGISTRY_MISBEHAVED');
  });
});

describe('a registry that is busy', () => {
  it('G28: a request is tried again after 503 and after a cut connection', async () => {
    let tries = 0;
    script = (_, response) => {
      tries++;
      if (tries === 1) answer(response, 503);
      else if (tries === 2) response.socket?.resetAndDestroy();
      else answer(response, 200, typed, good.bytes);
    };
    expect(toCode(await client.resolve(tagged()))).toBe('ok');
    expect(tries).toBe(3);
  });

  it('G28: repeated 429 ends after the limit of tries, with REGISTRY_UNREACHABLE', async () => {
    script = (_, response) => answer(response, 429);
    expect(toCode(await client.resolve(tagged()))).toBe('REGISTRY_UNREACHABLE');
    expect(registry.seen.length).toBe(LIMITS.registryAttemptsMax);
  });

  it('Retry-After is followed up to the limit, and a longer wait is not started', async () => {
    const waits: number[] = [];
    const patient = openRegistryClient({
      credentials: async () => ({ ok: true, value: null }),
      sleep: async (ms) => void waits.push(ms),
    });
    script = (_, response) => answer(response, 429, { 'Retry-After': '2' });
    await patient.resolve(tagged());
    expect(waits).toEqual([2000, 2000, 2000]);
    script = (_, response) => answer(response, 429, { 'Retry-After': '3600' });
    expect(toCode(await patient.resolve(tagged()))).toBe('REGISTRY_UNREACHABLE');
    expect(waits.length).toBe(3);
    patient.close();
  });

  it('no more requests than the limit run to one registry at a time', async () => {
    let now = 0;
    let most = 0;
    script = (_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        answer(response, 200, typed, good.bytes);
      }, 200);
    };
    await Promise.all(Array.from({ length: 40 }, (_, at) => client.resolve(tagged(`t${at}`))));
    expect(most).toBe(LIMITS.registryRequestsMax);
  });
});

describe('an index over its limit', () => {
  it('of 1,000 manifests is read, and one of 1,001 is refused', async () => {
    const members = (count: number) =>
      buildIndex({
        manifests: Array.from({ length: count }, (_, at) => ({
          mediaType: OCI_MANIFEST,
          digest: sha256(`${at}`),
          size: 1,
        })),
      });
    for (const [count, code] of [
      [1_000, 'ok'],
      [1_001, 'LIMIT_EXCEEDED'],
    ] as const) {
      script = (_, response) =>
        answer(response, 200, { 'Content-Type': OCI_INDEX }, members(count).bytes);
      expect(toCode(await client.resolve(tagged()))).toBe(code);
    }
  });
});
