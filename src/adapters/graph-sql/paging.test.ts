import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import { findGraphPlace } from '../../../test/support/graph-place.ts';
import {
  advisoryBatch,
  encodeJson,
  graphPorts as testPorts,
} from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import {
  type Exposure,
  parseSelector,
  type QuestionOptions,
  type ReleaseMatches,
} from '../../capabilities/graph/index.ts';
import { sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { openReader, openWriter, type Reader } from './index.ts';

const RELEASES = 2_300;
const image = (at: number) => sha256(`image ${at}`);

/** Enough releases that the query for some of them differs from the query for a few. */
function makeInputs(at: number): readonly EvidenceInput[] {
  const components = [
    { purl: 'pkg:npm/everywhere@1' },
    ...(at % 100 === 0 ? [{ purl: 'pkg:npm/rare@1' }] : []),
    { purl: `pkg:npm/own@${at}` },
  ];
  const fields = {
    name: `service-${at % 3}`,
    version: String(at),
    releasedAt: makeDay(Math.floor(at / 10)),
    owner: `team-${at % 2}`,
    source: null,
    build: null,
    artifacts: [],
  };
  return [
    {
      kind: 'sbom',
      mediaType: 'application/json',
      body: encodeJson({ complete: true, components }),
      subject: image(at),
    },
    recordInput('release', {
      ...fields,
      images: [{ reference: 'registry.example.com/shop', digest: image(at), platforms: [] }],
    }),
  ];
}

let folder: string;
let reader: Reader;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-paging-'));
  const path = join(folder, 'graph.db');
  const writer = orThrow(await openWriter({ ...findGraphPlace(path), ports: testPorts }));
  const all = Array.from({ length: RELEASES }, (_, at) => makeInputs(at)).flat();
  orThrow(await writer.append(all, makeDay(0)));
  const advisory = { id: 'ADV-1', modified: 1, affected: { 'npm/everywhere': ['1'] } };
  orThrow(
    await writer.append(
      [{ kind: 'advisories', mediaType: 'x', body: advisoryBatch([advisory]), subject: null }],
      makeDay(1),
    ),
  );
  await writer.close();
  reader = orThrow(await openReader({ ...findGraphPlace(path), ports: testPorts }));
});

afterAll(async () => {
  await reader.close();
  rmSync(folder, { recursive: true });
});

async function allPages(
  component: string,
  rowsMax: number,
  ask: Partial<QuestionOptions> = {},
): Promise<readonly string[]> {
  const versions: string[] = [];
  let after: string | null = null;
  do {
    const page: ReleaseMatches = orThrow(
      await reader.ask({
        name: 'releases',
        component: orThrow(parseSelector(component)),
        ...ASK,
        ...ask,
        page: { rowsMax, after },
      }),
    );
    expect(page.releases.length).toBeLessThanOrEqual(rowsMax);
    versions.push(...page.releases.map(({ version }) => version));
    after = page.next;
  } while (after !== null);
  return versions;
}

const newestFirst = Array.from({ length: RELEASES }, (_, at) => String(RELEASES - 1 - at));

describe('pages', () => {
  it('together contain every release once, newest first, for any component', async () => {
    expect(await allPages('everywhere', 999)).toEqual(newestFirst);
    expect(await allPages('rare', 7)).toEqual(
      newestFirst.filter((version) => Number(version) % 100 === 0),
    );
    expect(await allPages('everywhere', 1_000, { owner: 'team-1', since: makeDay(100) })).toEqual(
      newestFirst.filter((version) => Number(version) % 2 === 1 && Number(version) >= 1_000),
    );
  });

  it('of an exposure contain every release once', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Exposure = orThrow(
        await reader.ask({
          name: 'exposure',
          vulnerability: 'ADV-1',
          ...ASK,
          page: { rowsMax: 1_000, after },
        }),
      );
      seen.push(...page.releases.map(({ version }) => version));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(newestFirst);
  });

  it(`have 1 to ${LIMITS.pageRowsMax} rows`, async () => {
    const selector = orThrow(parseSelector('rare'));
    for (const rowsMax of [1, LIMITS.pageRowsMax])
      expect(
        (
          await reader.ask({
            name: 'releases',
            component: selector,
            ...ASK,
            page: { rowsMax, after: null },
          })
        ).ok,
      ).toBe(true);
    for (const rowsMax of [0, -1, LIMITS.pageRowsMax + 1, 1.5, Number.NaN]) {
      const refused = await reader.ask({
        name: 'releases',
        component: selector,
        ...ASK,
        page: { rowsMax, after: null },
      });
      expect(refused).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
    }
  });

  it('an invalid page marker is refused', async () => {
    const selector = orThrow(parseSelector('rare'));
    const forged = Buffer.from(JSON.stringify(['00000000', '[1,2]'])).toString('base64url');
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.base64String(), fc.constant(forged)),
        async (after) => {
          const refused = await reader.ask({
            name: 'releases',
            component: selector,
            ...ASK,
            page: { rowsMax: 5, after },
          });
          expect(refused).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
        },
      ),
      { numRuns: 50 },
    );
  });
});
