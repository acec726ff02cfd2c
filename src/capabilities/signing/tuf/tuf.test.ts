import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW, fixedKey } from '../../../../test/support/certificates.ts';
import type { Json } from '../../../../test/support/sigstore-instance.ts';
import {
  describeRoot,
  keyId,
  makeTufRepository,
  signMetadata,
  type TufPlan,
} from '../../../../test/support/tuf-repository.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { fail, ok, orThrow } from '../../../core/result.ts';
import { encodeOlpcJson } from '../../../formats/json/olpc.ts';
import { parseTufMeta, parseTufRoot, parseTufTargets } from './metadata.ts';
import { refreshTuf, type TufRepository, type TufState } from './refresh.ts';

const TARGET = Buffer.from('the trusted root');
const FILES = { 'trusted_root.json': TARGET };
const DAY_MS = 24 * 3_600_000;

/** A server that gives no more than it is asked for. */
function serve(files: ReadonlyMap<string, Uint8Array>): TufRepository & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (path, bytesMax) => {
      asked.push(path);
      const bytes = files.get(path) ?? null;
      return bytes !== null && bytes.length > bytesMax
        ? fail('LIMIT_EXCEEDED', 'more bytes than were asked for', 'Ask for less.')
        : ok(bytes);
    },
  };
}

const begin = (plan: TufPlan = {}): TufState => ({
  root: makeTufRepository(plan).get('1.root.json') ?? new Uint8Array(),
  timestamp: null,
  snapshot: null,
  targets: null,
});

const refresh = (
  files: ReadonlyMap<string, Uint8Array>,
  state: TufState = begin(),
  now: Instant = FIXTURE_NOW,
) => refreshTuf({ repository: serve(files), state, wanted: Object.keys(FILES), now });

async function why(...given: Parameters<typeof refresh>): Promise<string> {
  const refreshed = await refresh(...given);
  return refreshed.ok ? 'accepted' : refreshed.failure.message;
}

/** What a client has that saw the repository with this plan. */
async function seen(plan: TufPlan): Promise<TufState> {
  return orThrow(await refresh(makeTufRepository({ files: FILES, ...plan }))).state;
}

describe('I1: a TUF repository is followed from a root that somebody gave', () => {
  it('to its targets, once and again', async () => {
    const files = makeTufRepository({ files: FILES });
    const first = orThrow(await refresh(files));
    expect(first.files.get('trusted_root.json')).toEqual(TARGET);
    expect([first.rootVersion, first.expires]).toEqual([1, FIXTURE_NOW + DAY_MS]);
    expect(orThrow(await refresh(files, first.state)).state).toEqual(first.state);
  });

  it('over each root between, to other keys (§5.3)', async () => {
    const keys: [string, string] = ['tuf three', 'tuf four'];
    const files = makeTufRepository({ files: FILES, root: 4, keys });
    expect(orThrow(await refresh(files)).rootVersion).toBe(4);
    const { fetch, asked } = serve(files);
    const terms = { state: begin(), wanted: [], now: FIXTURE_NOW };
    await refreshTuf({ ...terms, repository: { fetch } });
    expect(asked).toEqual([
      ...['2.root.json', '3.root.json', '4.root.json', '5.root.json'],
      ...['timestamp.json', '1.snapshot.json', '1.targets.json'],
    ]);
  });

  it('without consistent snapshots, by the plain names', async () => {
    const change = (role: string, signed: Json) => {
      if (role === 'root') signed.consistent_snapshot = false;
    };
    const files = makeTufRepository({ files: FILES, change });
    const plain = new Map(
      [...files].map(([path, bytes]) => [
        path.replace(/^(?:targets\/[0-9a-f]+|\d+)\.(?!root)/, ''),
        bytes,
      ]),
    );
    plain.set('targets/trusted_root.json', TARGET);
    expect((await refresh(plain, begin({ change }))).ok).toBe(true);
  });

  it('after other keys took over, a version from the keys before holds nobody back', async () => {
    const state = await seen({ timestamp: 900, snapshot: 900, targets: 900 });
    const keys: [string, string] = ['tuf three', 'tuf four'];
    expect(await why(makeTufRepository({ files: FILES, root: 2, keys }), state)).toBe('accepted');
  });
});

describe('attacks that TUF names are refused (1.0.33 §1.5.2)', () => {
  it.each<[string, TufPlan, string]>([
    ['a timestamp', { timestamp: 1, snapshot: 5, targets: 5 }, 'timestamp.json is older'],
    [
      'the snapshot that it names',
      { timestamp: 6, snapshot: 4, targets: 5 },
      'timestamp.json is older',
    ],
    ['the targets', { timestamp: 6, snapshot: 6, targets: 4 }, 'older targets.json (rollback)'],
  ])('rollback of %s', async (_, plan, expected) => {
    const state = await seen({ timestamp: 5, snapshot: 5, targets: 5 });
    expect(await why(makeTufRepository({ files: FILES, ...plan }), state)).toContain(expected);
    const newer = { timestamp: 6, snapshot: 6, targets: 6 };
    expect(await why(makeTufRepository({ files: FILES, ...newer }), state)).toBe('accepted');
  });

  it('A57: the cache is verified again, and a poisoned part of it decides nothing', async () => {
    const state = await seen({ timestamp: 2, snapshot: 2, targets: 2 });
    const spoil = (bytes: Uint8Array | null): Uint8Array => {
      const document = JSON.parse(Buffer.from(bytes ?? []).toString());
      document.signed.version += 7;
      return Buffer.from(JSON.stringify(document));
    };
    const current = makeTufRepository({ files: FILES, timestamp: 3, snapshot: 3, targets: 3 });
    for (const part of ['timestamp', 'snapshot', 'targets'] as const)
      expect(await why(current, { ...state, [part]: spoil(state[part]) })).toBe('accepted');
    const root = spoil(state.root);
    expect(await why(current, { ...state, root })).toContain('signed by 0 of 2');
    expect(await why(current, state)).toBe('accepted');
  });

  it('rollback by a snapshot that no longer names a document', async () => {
    const state = await seen({
      change: (role, signed) => {
        if (role === 'snapshot') signed.meta['other.json'] = { version: 1 };
      },
    });
    const later = makeTufRepository({ files: FILES, timestamp: 2, snapshot: 2 });
    expect(await why(later, state)).toContain('older other.json');
  });

  it.each(['root', 'timestamp', 'snapshot', 'targets'])(
    'freeze: %s was right once, and has ended',
    async (role) => {
      const end = (at: number) => (one: string, signed: Json) => {
        if (one === role) signed.expires = new Date(at).toISOString().replace('.000', '');
      };
      const change = end(FIXTURE_NOW);
      const files = makeTufRepository({ files: FILES, change });
      expect(await why(files, begin({ change }))).toContain(`${role}.json ended`);
      const later = end(FIXTURE_NOW + 1_000);
      const current = makeTufRepository({ files: FILES, change: later });
      expect(await why(current, begin({ change: later }))).toBe('accepted');
    },
  );

  it.each([
    ['snapshot', '1.snapshot.json', { snapshot: 2 }, '2.snapshot.json'],
    ['targets', '1.targets.json', { targets: 2 }, '2.targets.json'],
  ])('mix-and-match: a %s of another time', async (role, path, plan, from) => {
    const other = makeTufRepository({ files: FILES, ...plan }).get(from) ?? new Uint8Array();
    // Without a hash, only its version tells it from the one that is named.
    const change = (one: string, signed: Json) => {
      if (one === 'timestamp' || one === 'snapshot')
        for (const claim of Object.values<Json>(signed.meta)) {
          delete claim.hashes;
          delete claim.length;
        }
    };
    const bare = makeTufRepository({ files: FILES, change });
    expect(await why(bare)).toBe('accepted');
    expect(await why(new Map([...bare, [path, other]]))).toContain('mix-and-match');
    const named = makeTufRepository({ files: FILES });
    expect(await why(new Map([...named, [path, other]]))).toMatch(/another document|more bytes/);
    expect(role).toBeTruthy();
  });

  it('endless data: no more is read than is named', async () => {
    const files = makeTufRepository({ files: FILES });
    const [path] = [...files.keys()].filter((name) => name.startsWith('targets/'));
    const long = Buffer.alloc(TARGET.length + 1, 'x');
    expect(await why(new Map([...files, [path ?? '', long]]))).toContain('more bytes');
    const endless = new Map([...files, ['timestamp.json', Buffer.alloc(1024 * 1024, ' ')]]);
    expect(await why(endless)).toContain('more bytes');
  });

  it('endless roots are not followed for ever', async () => {
    const files = makeTufRepository({ files: FILES, root: 258 });
    expect(await why(files)).toContain('without end');
  });

  it('arbitrary software: a target of the same length', async () => {
    const files = makeTufRepository({ files: FILES });
    const [path] = [...files.keys()].filter((name) => name.startsWith('targets/'));
    const other = Buffer.from(TARGET).fill('x');
    expect(await why(new Map([...files, [path ?? '', other]]))).toContain('arbitrary software');
  });

  it('arbitrary software: a target without a hash', async () => {
    const change = (role: string, signed: Json) => {
      if (role === 'targets') signed.targets['trusted_root.json'].hashes = {};
    };
    expect(await why(makeTufRepository({ files: FILES, change }))).toContain('has no hash');
  });
});

describe('a document counts by the keys of its role', () => {
  const KEYS: [string, string] = ['tuf three', 'tuf four'];
  const replace = (path: string, signed: Json, seeds: readonly string[]) =>
    new Map([...makeTufRepository({ files: FILES }), [path, signMetadata(signed, seeds)]]);
  const root = (version: number, body: Json) => ({
    ...{ _type: 'root', spec_version: '1.0.33', version },
    ...{ expires: '2030-01-01T00:00:00Z', ...body },
  });

  it.each<[string, readonly string[], string]>([
    ['both before and both after', ['tuf one', 'tuf two', ...KEYS], 'tuf three'],
    ['one of two before', ['tuf one', ...KEYS], '1 of 2'],
    ['none before', KEYS, '0 of 2'],
    ['one of two after', ['tuf one', 'tuf two', 'tuf three'], '1 of 2'],
    ['none after', ['tuf one', 'tuf two'], '0 of 2'],
  ])('a new root by %s', async (_, seeds, expected) => {
    const said = await why(replace('2.root.json', root(2, describeRoot(KEYS)), seeds));
    // Where the root counts, the timestamp is by keys that have gone.
    expect(said).toContain(expected === 'tuf three' ? 'timestamp.json is signed by 0' : expected);
  });

  it('a root of another version than its name says', async () => {
    const signed = root(3, describeRoot(['tuf one', 'tuf two']));
    expect(await why(replace('2.root.json', signed, ['tuf one', 'tuf two']))).toContain(
      'another version',
    );
  });

  it('one key under two names is one key', async () => {
    const body = describeRoot(['tuf one', 'tuf two']);
    const twin = { ...body.keys[keyId(fixedKey('tuf one'))] };
    const twice = { ...body, keys: { ...body.keys, twin } };
    twice.roles.root.keyids = [keyId(fixedKey('tuf one')), 'twin'];
    const document = JSON.parse(Buffer.from(signMetadata(root(1, twice), ['tuf one'])).toString());
    document.signatures.push({ keyid: 'twin', sig: document.signatures[0].sig });
    const state = { ...begin(), root: Buffer.from(JSON.stringify(document)) };
    expect(await why(makeTufRepository({ files: FILES }), state)).toContain('1 of 2');
  });

  it('the first root is signed by itself', async () => {
    const state = { ...begin(), root: signMetadata(root(1, describeRoot(KEYS)), ['tuf one']) };
    expect(await why(makeTufRepository({ files: FILES }), state)).toContain('0 of 2');
  });

  it.each<[string, (signed: Json) => void, string]>([
    ['of another role', (signed) => (signed._type = 'snapshot'), 'of another role'],
    ['of a specification 2', (signed) => (signed.spec_version = '2.0.0'), 'specification'],
    ['with a version that is no whole number', (signed) => (signed.version = 1.5), 'its version'],
    ['without an end', (signed) => delete signed.expires, 'its version'],
  ])('a timestamp %s is refused', async (_, edit, expected) => {
    const change = (role: string, signed: Json) => {
      if (role === 'timestamp') edit(signed);
    };
    expect(await why(makeTufRepository({ files: FILES, change }))).toContain(expected);
  });

  it('a role that nobody must sign is refused', async () => {
    const body = describeRoot(['tuf one', 'tuf two']);
    body.roles.timestamp.threshold = 0;
    const state = { ...begin(), root: signMetadata(root(1, body), ['tuf one', 'tuf two']) };
    expect(await why(makeTufRepository({ files: FILES }), state)).toContain('what it says');
  });

  it('a signature over other bytes does not count', async () => {
    const files = makeTufRepository({ files: FILES });
    const document = JSON.parse(Buffer.from(files.get('timestamp.json') ?? []).toString());
    document.signed.version = 2;
    const changed = new Map([...files, ['timestamp.json', Buffer.from(JSON.stringify(document))]]);
    expect(await why(changed)).toContain('0 of 1');
  });
});

it('a repository that ends while it is read, or has nothing, is refused', async () => {
  const files = makeTufRepository({ files: FILES });
  expect(await why(files, begin(), toInstant(FIXTURE_NOW + DAY_MS))).toContain('ended');
  expect(await why(new Map())).toContain('timestamp.json is not there');
});

it('any bytes are metadata or a failure', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json().map((signed) => `{"signed":${signed},"signatures":[]}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const bytes = Buffer.from(text);
      parseTufRoot(bytes);
      parseTufTargets(bytes);
      expect(typeof parseTufMeta(bytes, 'snapshot').ok).toBe('boolean');
    }),
  );
});

it('the canonical JSON of OLPC escapes quotes and backslashes only', () => {
  expect(encodeOlpcJson({ b: [1, true, null], a: 'x"\\\n/é' })).toBe(
    '{"a":"x\\"\\\\\n/é","b":[1,true,null]}',
  );
  expect([encodeOlpcJson({ a: 1.5 }), encodeOlpcJson([2 ** 60])]).toEqual([null, null]);
});
