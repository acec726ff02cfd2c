import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import {
  advisoryBatch,
  encodeJson,
  graphPorts as ports,
} from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import {
  ANYWHERE,
  parseSelector,
  parseSubject,
  type QuestionOptions,
} from '../../capabilities/graph/index.ts';
import { sha256 } from '../../core/digest.ts';
import { orThrow, type Result } from '../../core/result.ts';
import { openReader, openWriter, type Reader, type Writer } from './index.ts';

/**
 * How SQLite plans to answer. Without measured statistics the plan is the same for any stored data.
 */
const image = sha256('image');
const workload = {
  cluster: 'eu',
  region: 'west',
  namespace: 'shop',
  kind: 'Deployment',
  name: 'web',
};

/** Statements that scan a whole table of a shard, as they were prepared since the last check. */
const walks: string[] = [];
const prepare = DatabaseSync.prototype.prepare;
let folder: string;
let writer: Writer;
let reader: Reader;

beforeAll(async () => {
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string) {
    if (/^(select|update)/.test(sql)) walks.push(...walked(this, sql));
    return prepare.call(this, sql);
  };
  folder = mkdtempSync(join(tmpdir(), 'waybill-plans-'));
  const path = join(folder, 'graph.db');
  writer = orThrow(await openWriter({ path, ports }));
  orThrow(await writer.append(documents(), makeDay(9)));
  reader = orThrow(await openReader({ path, ports }));
});
afterAll(async () => {
  DatabaseSync.prototype.prepare = prepare;
  await reader.close();
  await writer.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => void walks.splice(0));

/**
 * No index leads to the rows, or only an index on the shard does; or a Bloom filter is made of a
 * whole table.
 */
function walked(database: DatabaseSync, sql: string): readonly string[] {
  const values = (sql.match(/\?/g) ?? []).map(() => null);
  const steps = prepare.call(database, `explain query plan ${sql}`).all(...values);
  const whole = /^SCAN (?!CONSTANT|some\b)|\(shard=\?\)|AUTOMATIC|BLOOM FILTER/;
  return steps
    .map(({ detail }) => String(detail))
    .filter((detail) => whole.test(detail) && !isFew(detail, sql))
    .map((detail) => `${detail}: ${sql}`);
}

/**
 * What may be scanned: the few clusters, and rows in the order of the answer until its page is
 * full.
 */
function isFew(detail: string, sql: string): boolean {
  return (
    /^S\w+ (cluster|shard|log_head|schema_version|sqlite_schema|pragma_\w+)\b/.test(detail) ||
    ENDS.some((one) => one.test(sql))
  );
}

/** Statements that end with their page: every scanned row is part of the answer. */
const ENDS = [
  // Whether there is any version at all: one row.
  /^select "match_key" from "version_key" where "shard" = \? limit \?$/,
  /^select "position" from "log_entry".* order by "position" desc limit/,
  /^select "violation"\.\* from "violation" where .* order by "violation"\."at" desc, "violation"\."id" desc limit/,
  // Kinds of components: one for each ecosystem and distribution release.
  /^select "id" from "lookup" where "shard" = \? order by "id" limit/,
  /^select "image_set"\."id".* from "image_set" inner join .* order by "image_set"\."id" desc limit/,
  /^select "release"\."id".* from "release" where .* order by "release"\."released_at" desc, "release"\."id" desc limit/,
];

function documents(): readonly EvidenceInput[] {
  const source = { host: 'https://git.example.com', repository: 'shop', commit: 'c0ffee1' };
  const running = [{ container: 'main', reference: 'registry.example.com/shop:1', digest: image }];
  const of = {
    policy: sha256('policy'),
    facts: sha256('facts'),
    decidedAt: makeDay(4),
    record: {},
  };
  const signer = { format: 'x509', identity: 'CN=ci', thumbprint: 'print' };
  const trust = { revision: 1, digest: sha256('trust') };
  const event = {
    at: makeDay(5),
    workload,
    rule: 'shell',
    severity: 'high',
    detail: 'a shell',
  } as const;
  const sbom = encodeJson({
    complete: true,
    components: [{ purl: 'pkg:npm/lib@1', layer: image }],
  });
  const affected = { 'npm/lib': ['1'] };
  const batch = [
    { id: 'ADV-1', modified: 1, aliases: ['CVE-1'], affected },
    { id: 'ADV-2', modified: 1, aliases: ['CVE-2026-2', 'CVE-2026-3'], affected },
    { id: 'DSA-1', modified: 1, upstream: ['CVE-1', 'CVE-2026-4'], affected },
  ];
  return [
    { kind: 'advisories', mediaType: 'x', body: advisoryBatch(batch), subject: null },
    { kind: 'sbom', mediaType: 'x', body: sbom, subject: image },
    {
      kind: 'scan',
      mediaType: 'x',
      body: encodeJson({ tool: 'other', findings: [{ names: ['CVE-1'], purl: 'pkg:npm/lib@1' }] }),
      subject: image,
    },
    recordInput('commit', {
      ...{ source, author: 'ada', committer: 'ada', committedAt: makeDay(0), signed: true, signer },
    }),
    recordInput('build', {
      id: '1',
      builder: 'ci',
      source,
      startedAt: null,
      finishedAt: null,
      products: [image],
    }),
    recordInput('release', {
      ...{
        name: 'shop',
        version: '1',
        releasedAt: makeDay(1),
        owner: 'team',
        source,
        artifacts: [],
      },
      build: { id: '1', builder: 'ci' },
      images: [{ reference: 'registry.example.com/shop:1', digest: image, platforms: [] }],
    }),
    recordInput('ownership', { release: 'shop', owner: 'team', from: makeDay(0) }),
    recordInput('verification', {
      ...{
        subject: sha256(sbom),
        covers: [],
        signature: sha256('signature'),
        trust,
        signer,
        reasons: [],
        ends: { chain: makeDay(8), expiry: null },
      },
      ...{ outcome: 'trusted', verifiedAt: makeDay(1) },
    }),
    recordInput('deployment', {
      ...{ cluster: 'eu', region: 'west', observedAt: makeDay(2), leaseMs: 60_000 },
      workloads: [{ namespace: 'shop', kind: 'Deployment', name: 'web', images: running }],
    }),
    recordInput('decision', {
      subject: image,
      gate: 'admission',
      decision: 'allow',
      workload,
      ...of,
    }),
    recordInput('violation', { id: 'v1', image, ...event }),
    recordInput('violation', { id: 'v2', image: null, ...event }),
  ];
}

const DAY_MS = 86_400_000;
const named = orThrow(parseSubject('shop'));
const selector = orThrow(parseSelector('lib'));
const place = (of: Partial<typeof ANYWHERE>) => ({ ...ANYWHERE, ...of });
type Question = readonly [what: string, ask: (ask: QuestionOptions) => Promise<Result<unknown>>];

const QUESTIONS: readonly Question[] = [
  ['releases', (ask) => reader.ask({ name: 'releases', component: selector, ...ask })],
  ['exposure', (ask) => reader.ask({ name: 'exposure', vulnerability: 'CVE-1', ...ask })],
  ['where, of an image', (ask) => reader.ask({ name: 'where', subject: image, ...ask })],
  ['where, of a release', (ask) => reader.ask({ name: 'where', subject: named, ...ask })],
  [
    'where, of a reference',
    (ask) =>
      reader.ask({
        name: 'where',
        subject: orThrow(parseSubject('registry.example.com/shop:1')),
        ...ask,
      }),
  ],
  [
    'where, in a cluster',
    (ask) => reader.ask({ name: 'where', subject: null, ...ask, place: place({ cluster: 'eu' }) }),
  ],
  [
    'where, in a region',
    (ask) => reader.ask({ name: 'where', subject: null, ...ask, place: place({ region: 'west' }) }),
  ],
  [
    'where, in a namespace',
    (ask) =>
      reader.ask({ name: 'where', subject: null, ...ask, place: place({ namespace: 'shop' }) }),
  ],
  [
    'where, in a namespace of a cluster',
    (ask) =>
      reader.ask({
        name: 'where',
        subject: null,
        ...ask,
        place: place({ cluster: 'eu', namespace: 'shop' }),
      }),
  ],
  ['findings', (ask) => reader.ask({ name: 'findings', subject: image, ...ask })],
  ['why', (ask) => reader.ask({ name: 'why', subject: image, component: selector, ...ask })],
  ['provenance', (ask) => reader.ask({ name: 'provenance', subject: named, ...ask })],
  ['violations', (ask) => reader.ask({ name: 'violations', subject: null, ...ask })],
  ['violations of an image', (ask) => reader.ask({ name: 'violations', subject: image, ...ask })],
  [
    'violations in a cluster',
    (ask) =>
      reader.ask({ name: 'violations', subject: null, ...ask, place: place({ cluster: 'eu' }) }),
  ],
  [
    'violations in a region',
    (ask) =>
      reader.ask({ name: 'violations', subject: null, ...ask, place: place({ region: 'west' }) }),
  ],
  [
    'violations in a namespace',
    (ask) =>
      reader.ask({
        name: 'violations',
        subject: null,
        ...ask,
        place: place({ namespace: 'shop' }),
      }),
  ],
  [
    'known violations',
    (ask) => reader.ask({ name: 'known-violations', ids: ['v1', 'v3'], ...ask }),
  ],
  ['verdicts', (ask) => reader.ask({ name: 'verdicts', subject: image, ...ask })],
  [
    'subjects of a policy trial, running',
    (ask) => reader.ask({ name: 'judged', gate: 'admission', ...ask }),
  ],
  [
    'subjects of a policy trial, in a cluster',
    (ask) =>
      reader.ask({ name: 'judged', gate: 'admission', ...ask, place: place({ cluster: 'eu' }) }),
  ],
  [
    'the last observation',
    (ask) => reader.ask({ name: 'observations', cluster: 'eu', at: null, ...ask }),
  ],
  ['expiries', (ask) => reader.ask({ name: 'expiries', within: 9 * DAY_MS, ...ask })],
  ['changes', (ask) => reader.ask({ name: 'changes', ...ask })],
  ['owners', (ask) => reader.ask({ name: 'owners', ...ask })],
  ['patch-plan', (ask) => reader.ask({ name: 'patch-plan', vulnerability: 'CVE-1', ...ask })],
  ['timeline', (ask) => reader.ask({ name: 'timeline', subject: named, ...ask })],
  ['licenses', (ask) => reader.ask({ name: 'licenses', subject: image, ...ask })],
  ['diff', (ask) => reader.ask({ name: 'diff', from: image, to: named, ...ask })],
  ...(
    [
      ...[{ commit: 'c0ffee1' }, { person: 'ada' }, { builder: 'ci' }, { signer: 'CN=ci' }],
      ...[{ key: 'print' }, { base: image }, { component: selector }],
    ] as const
  ).map(
    (cause): Question => [
      `blast radius of a ${Object.keys(cause)[0]}`,
      (ask) => reader.ask({ name: 'blast-radius', ...ask, ...cause }),
    ],
  ),
  ['missing', (ask) => reader.ask({ name: 'missing', ...ask })],
  [
    'missing, in a cluster',
    (ask) => reader.ask({ name: 'missing', ...ask, place: place({ cluster: 'eu' }) }),
  ],
  ['the last audits', (ask) => reader.ask({ name: 'last-audits', subjects: [image], ...ask })],
];

describe('a question costs as much as its answer: no statement scans a growing table', () => {
  it.each(QUESTIONS)('%s', async (_, ask) => {
    orThrow(await ask(ASK));
    expect(walks).toEqual([]);
  });

  it.each(QUESTIONS)('%s, narrowed by owner, by date and as of a moment', async (_, ask) => {
    orThrow(await ask({ ...ASK, owner: 'team', since: makeDay(0), asOf: makeDay(6) }));
    expect(walks).toEqual([]);
  });
});

describe('the cost of recording does not depend on the stored data', () => {
  it('every document of a kind that is appended', async () => {
    orThrow(await writer.append(documents(), makeDay(9)));
    expect(walks).toEqual([]);
  });

  it('a statement that scans a table is detected', async () => {
    const sql = 'select id from violation where shard = ? and detail = shard';
    for await (const rows of writer.connected.queryRows(sql, 1)) expect(rows).not.toEqual([]);
    expect(walks).toHaveLength(1);
  });
});
