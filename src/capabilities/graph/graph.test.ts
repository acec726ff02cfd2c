import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeJson, graphPorts as testPorts } from '../../../test/support/graph-ports.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Purl } from '../../core/purl.ts';
import { failed, orThrow } from '../../core/result.ts';
import { groupAliases, sortNames } from '../advisories/index.ts';
import { EVIDENCE_KINDS, type EvidenceKind } from '../evidence/index.ts';
import { buildComponentSet } from './component-set.ts';
import { listIntervals } from './deployments.ts';
import { readFact } from './facts.ts';
import { findNearNames } from './near-names.ts';
import type { MemberComponent, ParsedAdvisory } from './port.ts';
import { parseSelector } from './selector.ts';

const LEFT_PAD = {
  type: 'npm',
  namespace: null,
  name: 'left-pad',
  version: null,
  qualifiers: {},
  subpath: null,
};

const UNREAD = new Failure('MALFORMED', 'no advisory', 'Leave it out.');
const READING: ParsedAdvisory = {
  id: '',
  aliases: [],
  upstream: [],
  modified: null,
  published: null,
  withdrawn: null,
  packages: [],
  severity: 'unknown',
  score: null,
  stated: [],
  statedOfPackages: [],
  handle: null,
};

describe('the value of --component', () => {
  it.each([
    ['log4j', { kind: 'name', name: 'log4j', versions: { kind: 'any' } }],
    [
      'log4j-core@2.12.3',
      { kind: 'name', name: 'log4j-core', versions: { kind: 'exact', version: '2.12.3' } },
    ],
    [
      'log4j-core@<2.15',
      { kind: 'name', name: 'log4j-core', versions: { kind: 'range', range: '<2.15' } },
    ],
    ['@babel/core', { kind: 'name', name: '@babel/core', versions: { kind: 'any' } }],
    [
      '@babel/core@7.0.0',
      { kind: 'name', name: '@babel/core', versions: { kind: 'exact', version: '7.0.0' } },
    ],
    [
      'zlib1g@1:1.2.13.dfsg-1~deb12',
      {
        kind: 'name',
        name: 'zlib1g',
        versions: { kind: 'exact', version: '1:1.2.13.dfsg-1~deb12' },
      },
    ],
    [
      'pkg:NPM/left-pad@1.0',
      { kind: 'purl', parts: { ...LEFT_PAD, version: '1.0' }, source: null },
    ],
    ['pkg:npm/left-pad', { kind: 'purl', parts: LEFT_PAD, source: null }],
  ])('G3: %s', (text, selector) => {
    expect(parseSelector(text)).toEqual({ ok: true, value: selector });
  });

  it('never throws for any text, and refuses a text that names nothing', () => {
    for (const text of ['', '@', ' ', 'x@', 'pkg:', 'x'.repeat(5_000)])
      expect(parseSelector(text).ok, text).toBe(text === '@');
    fc.assert(fc.property(fc.string(), (text) => void parseSelector(text)));
  });
});

describe('names of one vulnerability', () => {
  it('are joined by aliases over many steps, and separate without the joining advisory', () => {
    const bridge = { id: 'B', aliases: ['A', 'C'] };
    const rest = [
      { id: 'A', aliases: ['CVE-2026-0001'] },
      { id: 'C', aliases: ['X'] },
    ];
    expect(groupAliases([bridge, ...rest]).map(({ names }) => names)).toEqual([
      ['A', 'B', 'C', 'CVE-2026-0001', 'X'],
    ]);
    expect(groupAliases(rest).map(({ names }) => names)).toEqual([
      ['A', 'CVE-2026-0001'],
      ['C', 'X'],
    ]);
  });

  it('two CVE ids in one group are a conflict, and the CVE id is shown first', () => {
    const [group] = groupAliases([{ id: 'A', aliases: ['CVE-2026-0001', 'CVE-2026-0002'] }]);
    expect(group?.cves).toEqual(['CVE-2026-0001', 'CVE-2026-0002']);
    expect(groupAliases([{ id: 'A', aliases: ['CVE-2026-0001'] }])[0]?.cves).toHaveLength(1);
    expect(sortNames(['A', 'CVE-2026-0001'])[0]).toBe('CVE-2026-0001');
    expect(sortNames(['BIT-1', 'GHSA-1'])).toEqual(['GHSA-1', 'BIT-1']);
  });

  it('are the same groups in any order of the advisories', () => {
    const name = fc.constantFrom('A', 'B', 'C', 'D', 'E');
    const statements = fc.array(fc.record({ id: name, aliases: fc.array(name, { maxLength: 2 }) }));
    fc.assert(
      fc.property(statements, (said) => {
        const names = (all: typeof said) => groupAliases(all).map((group) => group.names);
        expect(names([...said].reverse())).toEqual(names(said));
      }),
    );
  });
});

describe('deployments', () => {
  const hour = 3_600_000;
  const seen = (at: number, ...keys: readonly string[]) => ({
    observedAt: toInstant(at * hour),
    leaseMs: 2 * hour,
    keys: new Set(keys),
  });
  const shown = (...observations: readonly ReturnType<typeof seen>[]) =>
    listIntervals(observations).map(
      ({ key, from, to }) => `${key} ${from / hour}-${to === null ? '' : to / hour}`,
    );

  it('P12: run from the first observation to the first that does not show them', () => {
    expect(shown(seen(0, 'a'), seen(1, 'a', 'b'), seen(2, 'b'))).toEqual(['a 0-2', 'b 1-']);
  });

  it('of a silent cluster ended with its lease, even if they are seen again', () => {
    expect(shown(seen(0, 'a'), seen(2, 'a'))).toEqual(['a 0-']);
    expect(shown(seen(0, 'a'), seen(3, 'a'))).toEqual(['a 0-2', 'a 3-']);
  });

  it('have a duration: of two observations of one moment the later one counts', () => {
    expect(shown(seen(0, 'a'), seen(0, 'b'))).toEqual(['b 0-']);
  });
});

describe('a component set', () => {
  const member = (purl: string, more: Partial<MemberComponent> = {}): MemberComponent => ({
    ...{
      purl: purl as Purl,
      name: 'x',
      version: '1',
      source: null,
      locations: [],
      layer: null,
      development: false,
    },
    ...more,
  });
  it('has one digest in any order of its members, and another if one member differs', () => {
    const [a, b] = [member('pkg:npm/a@1'), member('pkg:npm/b@1')];
    expect(buildComponentSet([b, a, a])).toEqual(buildComponentSet([a, b]));
    for (const other of [
      { source: { name: 's', version: '1' } },
      { locations: ['x'] },
      { layer: sha256('l') as Digest },
      { development: true },
    ]) {
      expect(buildComponentSet([member('pkg:npm/a@1', other), b]).digest).not.toBe(
        buildComponentSet([a, b]).digest,
      );
    }
  });
});

describe('near names', () => {
  it('are ordered by distance, and far names are left out', () => {
    expect(findNearNames('log4j-cre', ['log4j-core', 'log4j-api', 'zlib'], 5)).toEqual([
      'log4j-core',
      'log4j-api',
    ]);
    expect(findNearNames('log4j', ['openssl', 'a'.repeat(200)], 5)).toEqual([]);
    expect(findNearNames('og4', ['log4j'], 5)).toEqual(['log4j']);
  });
});

describe('what a document says', () => {
  const input = (kind: EvidenceKind, body: Uint8Array) => ({
    kind,
    mediaType: 'x',
    body,
    subject: null,
  });
  it('a malformed own record is refused; an unreadable SBOM is kept and reported', () => {
    expect(readFact(input('release', encodeJson({})), testPorts)).toMatchObject({
      ok: false,
      failure: { code: 'EVIDENCE_REJECTED' },
    });
    expect(orThrow(readFact(input('sbom', encodeJson({})), testPorts))).toMatchObject({
      kind: 'unreadable',
    });
    expect(
      orThrow(readFact(input('sbom', encodeJson({ complete: true, components: [] })), testPorts)),
    ).toMatchObject({
      kind: 'set',
    });
  });

  it('an unreadable line of an advisory batch is named and hides no other line', () => {
    const body = new TextEncoder().encode(`{"id":"A","modified":1,"affected":{}}\nnot json\n`);
    expect(orThrow(readFact(input('advisories', body), testPorts))).toMatchObject({
      advisories: [{ reading: { id: 'A' } }],
      unreadable: [expect.stringMatching(/JSON/)],
    });
  });

  it('a line that was read before it was appended says what it says when it is read again', () => {
    const lines = ['{"id":"A","modified":2}', '{"no":1}', '{"id":"A","modified":1}', ' '];
    const large = `{"id":"B","details":"${'x'.repeat(LIMITS.advisoryBytesMax)}"}`;
    const readings = new Map(
      [...lines, large].flatMap((line, at) => {
        const id = /"id":"(.)"/.exec(line)?.[1];
        return id === undefined ? [] : [[at, { ...READING, id, modified: toInstant(2 - at) }]];
      }),
    );
    const plain = { ...testPorts.matcher, readAdvisory: () => failed(UNREAD) };
    const ports = { ...testPorts, matcher: plain };
    const recalling = { ...plain, recall: (at: number) => readings.get(at) ?? null };
    const body = Buffer.from([...lines, large].join('\n'));
    const fact = orThrow(readFact(input('advisories', body), { ...ports, matcher: recalling }));
    expect(fact).toMatchObject({
      advisories: [
        {
          text: Buffer.from(lines[0] ?? ''),
          recordDigest: sha256(lines[0] ?? ''),
          reading: { id: 'A' },
        },
      ],
      unreadable: [UNREAD.message, 'the record is too large'],
    });
  });

  it('never throws anything but a Failure, for any bytes', () => {
    const kind = fc.constantFrom(...(Object.keys(EVIDENCE_KINDS) as EvidenceKind[]));
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    const image = fc.json().map((text) => new TextEncoder().encode(`{"manifests":[${text}]}`));
    fc.assert(
      fc.property(kind, fc.oneof(bytes, image), (any, body) => {
        const fact = readFact(input(any, body), testPorts);
        expect(fact.ok || fact.failure instanceof Failure).toBe(true);
      }),
    );
  });
});
