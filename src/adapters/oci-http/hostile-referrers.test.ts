import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answer,
  type HostileRegistry,
  type Script,
  startHostileRegistry,
} from '../../../test/support/hostile-registry.ts';
import {
  buildArtifact,
  buildImageManifest,
  buildIndex,
  buildReferrersIndex,
  formatReferrersTag,
  OCI_EMPTY,
  OCI_INDEX,
  OCI_MANIFEST,
  parseManifest,
  requireSubject,
  toContent,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, orThrow, type Result } from '../../core/result.ts';
import { openRegistryClient, type RegistryClient } from './client.ts';

const SIGNATURE = 'application/vnd.cncf.notary.signature';
const subject = buildArtifact({ artifactType: 'application/x', layers: [] });
const signed = buildArtifact({ artifactType: SIGNATURE, layers: [], subject: subject.descriptor });
const signature = { ...signed.descriptor, artifactType: SIGNATURE };
const page = { 'Content-Type': OCI_INDEX };

let script: Script;
let registry: HostileRegistry;
let client: RegistryClient;
let repository: string;

beforeEach(async () => {
  registry = await startHostileRegistry((request, response) => script(request, response));
  client = openRegistryClient({ credentials: async () => ok(null), sleep: async () => {} });
  repository = `${registry.registry}/team/app`;
});
afterEach(async () => {
  client.close();
  await registry.close();
});

const list = (type: string | null = SIGNATURE) =>
  client.referrers(repository, subject.descriptor.digest, type);

/** As a gate asks. */
const search = (pageBytesMax: number = LIMITS.referrerPageBytesMax) => {
  const only = { isWanted: (type: string) => type === SIGNATURE, annotations: ['a'], pageBytesMax };
  return client.referrers(repository, subject.descriptor.digest, null, { only });
};

function toCode(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

function junk(count: number, artifactType = 'application/junk', from = 0): Descriptor[] {
  const at = (number: number) => ({
    mediaType: OCI_MANIFEST,
    digest: sha256(`junk ${number}`),
    size: 9,
    artifactType,
  });
  return Array.from({ length: count }, (_, number) => at(number + from));
}

describe('a list of referrers', () => {
  it('N7: is filtered again, even if the registry says that it filtered', async () => {
    for (const headers of [page, { ...page, 'OCI-Filters-Applied': 'artifactType' }]) {
      script = (_, response) =>
        answer(response, 200, headers, buildReferrersIndex([...junk(3), signature]));
      expect(orThrow(await list())).toMatchObject({
        descriptors: [{ digest: signature.digest }],
        complete: true,
      });
    }
  });

  it('N7, A5: follows its pages to the end, with the query of their links', async () => {
    script = ({ path }, response) => {
      const at = Number(new URL(`http://x${path}`).searchParams.get('page') ?? 0);
      const next = at < 3 ? { Link: `<${path.split('?')[0]}?page=${at + 1}>; rel="next"` } : {};
      answer(
        response,
        200,
        { ...page, ...next },
        buildReferrersIndex(at === 3 ? [signature] : junk(2, 'a', at * 2)),
      );
    };
    expect(orThrow(await list(null))).toMatchObject({ complete: true, via: 'api' });
    expect(orThrow(await list(null)).descriptors.length).toBe(7);
  });

  it.each([
    ['A5: whose page links to itself', (path: string) => path],
    [
      'A5: whose pages go in a circle',
      (path: string) => (path.endsWith('a') ? '/v2/team/app/b' : '/v2/team/app/a'),
    ],
  ])('%s is read once and reported as incomplete', async (_, next) => {
    script = ({ path }, response) =>
      answer(
        response,
        200,
        { ...page, Link: `<${next(path)}>; rel="next"` },
        buildReferrersIndex([signature]),
      );
    expect(orThrow(await list())).toMatchObject({
      complete: false,
      descriptors: [{ digest: signature.digest }],
    });
    expect(registry.seen.length).toBeLessThan(4);
  });

  it('A3: whose pages never end stops at the limit and is incomplete', async () => {
    let at = 0;
    script = (_, response) => {
      const headers = { ...page, Link: `</v2/team/app/referrers/x?at=${++at}>; rel="next"` };
      answer(response, 200, headers, buildReferrersIndex(junk(1, 'application/junk', at)));
    };
    expect(orThrow(await list())).toMatchObject({ complete: false, descriptors: [] });
    expect(registry.seen.length).toBe(LIMITS.referrerPagesMax);
  });

  it('A4, G24: 100,000 junk entries take bounded time, and the list is incomplete', async () => {
    const bytes = buildReferrersIndex([...junk(100_000), signature]);
    script = (_, response) => answer(response, 200, page, bytes);
    expect(orThrow(await list())).toMatchObject({ complete: false });
  });

  it('A4, G24: 10,000 paged entries of another type do not hide the good one', async () => {
    script = ({ path }, response) => {
      const at = Number(/page=(\d+)/.exec(path)?.[1] ?? 0);
      const next = at < 9 ? { Link: `</v2/team/app/referrers/x?page=${at + 1}>; rel="next"` } : {};
      const entries = junk(1_000, 'application/junk', at * 1_000);
      answer(
        response,
        200,
        { ...page, ...next },
        buildReferrersIndex(at === 9 ? [...entries, signature] : entries),
      );
    };
    expect(orThrow(await list())).toMatchObject({
      complete: true,
      descriptors: [{ digest: signature.digest }],
    });
  });

  it('A4: of the wanted type is complete with the limit, not with one entry more', async () => {
    for (const [count, complete] of [
      [LIMITS.referrersMax, true],
      [LIMITS.referrersMax + 1, false],
    ] as const) {
      script = (_, response) =>
        answer(response, 200, page, buildReferrersIndex(junk(count, SIGNATURE)));
      const found = orThrow(await list());
      expect([found.descriptors.length, found.complete]).toEqual([LIMITS.referrersMax, complete]);
    }
  });

  it('truth B3: whose pages are too large together is incomplete', async () => {
    const large = { at: 'x'.repeat(1_000_000) };
    const bytes = buildReferrersIndex([
      ...[1, 2, 3].map((at) => ({ ...signature, digest: sha256(`${at}`), annotations: large })),
    ]);
    let at = 0;
    script = (_, response) => {
      const headers = { ...page, Link: `</v2/team/app/referrers/x?at=${++at}>; rel="next"` };
      answer(response, 200, headers, bytes);
    };
    expect(orThrow(await list())).toMatchObject({ complete: false });
    expect(at).toBe(Math.floor(LIMITS.referrersBytesMax / bytes.length) + 1);
  });

  it('truth B3: 30,000 entries of other types on one page hide nothing from a gate', async () => {
    const bytes = buildReferrersIndex([...junk(30_000), signature]);
    expect(bytes.length).toBeGreaterThan(LIMITS.manifestBytesMax);
    script = (_, response) => answer(response, 200, page, bytes);
    expect(orThrow(await search())).toMatchObject({ complete: true, descriptors: [signature] });
    const small = { complete: false, descriptors: [], oversized: true };
    expect(orThrow(await search(LIMITS.manifestBytesMax))).toMatchObject(small);
  });

  it('truth B3: of annotations, only small ones that a gate reads are kept', async () => {
    const fat = { a: 'kept', b: 'x'.repeat(3_000_000) };
    const entries = [1, 2, 3].map((at) => ({ ...signature, digest: sha256(`${at}`) }));
    for (const some of [entries.slice(0, 1), entries]) {
      script = (_, response) => {
        const manifests = some.map((entry) => ({ ...entry, annotations: fat }));
        answer(response, 200, page, buildReferrersIndex(manifests));
      };
      const kept = some.map((entry) => ({ ...entry, annotations: { a: 'kept' } }));
      expect(orThrow(await search())).toMatchObject({ complete: true, descriptors: kept });
    }
    script = (_, response) => {
      const large = { a: 'x'.repeat(70_000) };
      answer(response, 200, page, buildReferrersIndex([{ ...signature, annotations: large }]));
    };
    expect(orThrow(await search()).descriptors).toEqual([signature]);
  });

  it('truth B3: a large page that is no list, or has a bad entry, is refused', async () => {
    const pad = ' '.repeat(LIMITS.manifestBytesMax);
    for (const body of ['{"manifests":[{}]}', '{"manifests":{}}', '[]', '{"mediaType":"a/b"}']) {
      script = (_, response) => answer(response, 200, page, body + pad);
      expect([body, toCode(await search())]).toEqual([body, 'MALFORMED']);
    }
  });

  it.each<[string, string, Script]>([
    [
      'continues on another host',
      'REDIRECT_REFUSED',
      (_, r) =>
        answer(r, 200, { ...page, Link: '<http://127.0.0.2/>; rel=next' }, buildReferrersIndex([])),
    ],
    [
      'has a Link that is malformed',
      'REGISTRY_MISBEHAVED',
      (_, r) => answer(r, 200, { ...page, Link: 'next' }, buildReferrersIndex([])),
    ],
    [
      'is an image manifest',
      'MALFORMED',
      (_, r) => answer(r, 200, { 'Content-Type': OCI_MANIFEST }, subject.bytes),
    ],
    [
      'is a web page',
      'MALFORMED',
      (_, r) => answer(r, 200, { 'Content-Type': 'text/html' }, '<html>'),
    ],
    [
      'has an entry without digest',
      'MALFORMED',
      (_, r) => answer(r, 200, page, '{"schemaVersion":2,"manifests":[{}]}'),
    ],
    ['N7: is 401, which is not 404', 'REGISTRY_DENIED', (_, r) => answer(r, 401)],
    ['N7: is 403, which is not 404', 'REGISTRY_DENIED', (_, r) => answer(r, 403)],
    ['N7: is 500, which is not 404', 'REGISTRY_UNREACHABLE', (_, r) => answer(r, 500)],
    ['N7: is 405, which is not 404', 'REGISTRY_MISBEHAVED', (_, r) => answer(r, 405)],
  ])('that %s gives %s, never an empty list', async (_, code, hostile) => {
    script = hostile;
    expect(toCode(await list())).toBe(code);
  });

  it('without its second page is a failure, not the end of the list', async () => {
    script = ({ path }, response) =>
      path.includes('two')
        ? answer(response, 404)
        : answer(
            response,
            200,
            { ...page, Link: '</v2/two>; rel="next"' },
            buildReferrersIndex([signature]),
          );
    expect(toCode(await list())).toBe('NOT_FOUND');
  });
});

describe('the fallback tag', () => {
  const fallback = (
    status: number,
    body: Uint8Array | string,
    more: Script = (_, response) => answer(response, 404),
  ) => {
    script = (request, response) => {
      const tag = request.path.endsWith(
        `/manifests/${formatReferrersTag(subject.descriptor.digest)}`,
      );
      if (tag) answer(response, status, page, body);
      else more(request, response);
    };
  };

  it('N7: is read if the API is 404; without the tag there are no referrers', async () => {
    fallback(200, buildReferrersIndex([signature, ...junk(2)]));
    expect(orThrow(await list())).toMatchObject({
      via: 'fallback-tag',
      complete: true,
      descriptors: [signature],
    });
    fallback(404, '');
    expect(orThrow(await list())).toMatchObject({
      via: 'fallback-tag',
      complete: true,
      descriptors: [],
    });
  });

  it('A9: that is not an index, or is unreadable, is a failure, not an empty list', async () => {
    fallback(200, '{"schemaVersion":2,"config":{},"layers":[]}');
    expect(toCode(await list())).toBe('MALFORMED');
    fallback(403, '');
    expect(toCode(await list())).toBe('REGISTRY_DENIED');
  });

  it.each([
    ['no type', undefined],
    ['the type of the empty config', OCI_EMPTY],
  ])('S17: an entry with %s is opened before it is left out', async (_, artifactType) => {
    const entry = { ...signed.descriptor, ...(artifactType === undefined ? {} : { artifactType }) };
    fallback(200, buildReferrersIndex([entry]), ({ path }, response) =>
      path.endsWith(signed.descriptor.digest)
        ? answer(response, 200, { 'Content-Type': OCI_MANIFEST }, signed.bytes)
        : answer(response, 404),
    );
    expect(orThrow(await list())).toMatchObject({
      complete: true,
      descriptors: [{ artifactType: SIGNATURE }],
    });
  });

  it('S17: if such an entry cannot be opened, the list is incomplete', async () => {
    fallback(200, buildReferrersIndex([signed.descriptor]));
    expect(orThrow(await list())).toMatchObject({ complete: false, descriptors: [] });
  });

  it('N4, A8, A9, truth B3: what names another subject is refused, with the difference', () => {
    const elsewhere = { ...subject.descriptor, digest: signed.descriptor.digest };
    const foreign = buildArtifact({ artifactType: SIGNATURE, layers: [], subject: elsewhere });
    const none = buildImageManifest({
      config: toContent(SIGNATURE, Buffer.from('{}')).descriptor,
      layers: [],
    });
    const resized = { ...subject.descriptor, size: subject.descriptor.size + 1 };
    const sized = buildArtifact({ artifactType: SIGNATURE, layers: [], subject: resized });
    const retyped = { ...subject.descriptor, mediaType: OCI_INDEX };
    const typed = buildArtifact({ artifactType: SIGNATURE, layers: [], subject: retyped });
    const { digest, size, mediaType } = subject.descriptor;
    for (const [content, said] of [
      [foreign, `the subject ${elsewhere.digest}`],
      [none, 'no subject'],
      [sized, `it with ${size + 1} bytes, and it has ${size}`],
      [typed, `it as ${OCI_INDEX}, and it is ${mediaType}`],
    ] as const) {
      const manifest = orThrow(parseManifest(content.bytes, OCI_MANIFEST));
      expect(requireSubject(manifest, subject.descriptor)).toMatchObject({
        failure: {
          code: 'REGISTRY_MISBEHAVED',
          message: `a listed referrer of ${digest} names ${said}`,
        },
      });
    }
    expect(
      toCode(
        requireSubject(orThrow(parseManifest(signed.bytes, OCI_MANIFEST)), subject.descriptor),
      ),
    ).toBe('ok');
  });
});

describe('pushing a referrer to a registry without the API', () => {
  interface StoredIndex {
    bytes: Uint8Array;
    etag: string;
  }

  /** Keeps the fallback index. `before` may change it between our read and our write. */
  function keeping(
    start: readonly Descriptor[] | null,
    conditional: boolean,
    before: (kept: StoredIndex) => void,
  ) {
    const kept: StoredIndex | null =
      start === null ? null : { bytes: buildReferrersIndex(start), etag: '"1"' };
    const state: { kept: StoredIndex | null; puts: number } = { kept, puts: 0 };
    script = ({ method, path, headers, body }, response) => {
      if (!path.includes('/manifests/sha256-'))
        return answer(response, method === 'PUT' ? 201 : 404);
      if (method === 'GET') {
        if (state.kept === null) return answer(response, 404);
        return answer(
          response,
          200,
          conditional ? { ...page, ETag: state.kept.etag } : page,
          state.kept.bytes,
        );
      }
      state.puts++;
      state.kept ??= { bytes: buildReferrersIndex([]), etag: '"0"' };
      if (state.puts === 1) before(state.kept);
      const stale = headers['if-match'] !== undefined && headers['if-match'] !== state.kept.etag;
      if (conditional && stale) return answer(response, 412);
      state.kept = { bytes: body, etag: `"${state.puts + 10}"` };
      return answer(response, 201);
    };
    return state;
  }
  const digests = (bytes: Uint8Array | undefined) => {
    const manifest = orThrow(parseManifest(bytes ?? new Uint8Array(), OCI_INDEX));
    return manifest.kind === 'index' ? manifest.manifests.map(({ digest }) => digest) : [];
  };
  const [mine] = junk(1);
  const [theirs] = junk(1, 'application/theirs', 7);

  it('N7, S17: adds it to the index with type and annotations, and keeps the rest', async () => {
    const state = keeping(mine === undefined ? [] : [mine], false, () => undefined);
    const annotated = buildArtifact({
      ...{ artifactType: SIGNATURE, layers: [], subject: subject.descriptor },
      annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': '["ab"]' },
    });
    expect(toCode(await client.pushManifest(repository, annotated))).toBe('ok');
    const index = orThrow(parseManifest(state.kept?.bytes ?? new Uint8Array(), OCI_INDEX));
    expect(index.kind === 'index' ? index.manifests : []).toMatchObject([
      { digest: mine?.digest },
      {
        artifactType: SIGNATURE,
        annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': '["ab"]' },
      },
    ]);
    const puts = state.puts;
    await client.pushManifest(repository, annotated);
    expect(state.puts).toBe(puts);
  });

  it('keeps entries that others add meanwhile, with conditional writes', async () => {
    const state = keeping(mine === undefined ? [] : [mine], true, (kept) => {
      kept.bytes = buildReferrersIndex([mine, theirs].filter((one) => one !== undefined));
      kept.etag = '"2"';
    });
    expect(toCode(await client.pushManifest(repository, signed))).toBe('ok');
    expect(digests(state.kept?.bytes)).toEqual([
      mine?.digest,
      theirs?.digest,
      signed.descriptor.digest,
    ]);
  });

  it('writes again if others overwrote it, without conditional writes', async () => {
    let reads = 0;
    const state = keeping([], false, () => undefined);
    const inner = script;
    script = (request, response) => {
      const read = request.method === 'GET' && request.path.includes('/manifests/sha256-');
      if (read && ++reads === 2 && state.kept !== null)
        state.kept.bytes = buildReferrersIndex(junk(1));
      inner(request, response);
    };
    expect(toCode(await client.pushManifest(repository, signed))).toBe('ok');
    expect(digests(state.kept?.bytes)).toEqual([junk(1)[0]?.digest, signed.descriptor.digest]);
  });

  it('gives up after some rounds if others change it all the time', async () => {
    script = ({ method, path }, response) => {
      if (!path.includes('/manifests/sha256-')) answer(response, 201);
      else if (method === 'GET')
        answer(response, 200, { ...page, ETag: '"x"' }, buildReferrersIndex([]));
      else answer(response, 412);
    };
    expect(toCode(await client.pushManifest(repository, signed))).toBe('REGISTRY_UNREACHABLE');
  });

  it('A9: does not overwrite a document that is not an index', async () => {
    script = ({ method, path }, response) => {
      if (path.includes('/manifests/sha256-') && method === 'GET')
        answer(response, 200, {}, subject.bytes);
      else answer(response, 201);
    };
    expect(toCode(await client.pushManifest(repository, signed))).toBe('MALFORMED');
    expect(
      registry.seen.filter(({ method, path }) => method === 'PUT' && path.includes('sha256-')),
    ).toEqual([]);
  });

  it('writes the tag unless the registry names the right subject', async () => {
    for (const [said, writes] of [
      [subject.descriptor.digest, 0],
      [signed.descriptor.digest, 1],
    ] as const) {
      const state = keeping([], false, () => undefined);
      const inner = script;
      script = (request, response) => {
        const direct = request.method === 'PUT' && !request.path.includes('sha256-');
        if (direct) answer(response, 201, { 'OCI-Subject': said });
        else inner(request, response);
      };
      expect(toCode(await client.pushManifest(repository, signed))).toBe('ok');
      expect(state.puts).toBe(writes);
    }
  });

  it('A16: an index may have its own signature, separate from its members', async () => {
    const index = buildIndex({ manifests: [subject.descriptor] });
    const state = keeping(null, false, () => undefined);
    const ofIndex = buildArtifact({
      artifactType: SIGNATURE,
      layers: [],
      subject: index.descriptor,
    });
    expect(toCode(await client.pushManifest(repository, ofIndex))).toBe('ok');
    expect(digests(state.kept?.bytes)).toEqual([ofIndex.descriptor.digest]);
    expect(registry.seen.at(-1)?.path).toContain(formatReferrersTag(index.descriptor.digest));
  });
});
