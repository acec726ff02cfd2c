import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import { graphPorts as ports } from '../../../test/support/graph-ports.ts';
import type { DeploymentRecord } from '../../capabilities/evidence/index.ts';
import {
  applyChanges,
  type Interval,
  listContainers,
  listObservedKeys,
} from '../../capabilities/graph/index.ts';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';

type Workload = DeploymentRecord['workloads'][number];

const NOW = makeDay(9);
const HOUR = 3_600_000;
const at = (hour: number) => toInstant(makeDay(1) + hour * HOUR);
const graph = freshGraph(ports);

function workload(name: string, version = '1', digest: string | null = `${name}${version}`) {
  const reference = `registry.example.com/shop/${name}:${version}`;
  const known = digest === null ? null : sha256(digest);
  const images = [{ container: 'app', reference, digest: known }];
  return { namespace: 'shop', kind: 'Deployment', name, images } satisfies Workload;
}

function seen(hour: number, workloads: readonly Workload[], more: Partial<DeploymentRecord> = {}) {
  return recordInput('deployment', {
    ...{ cluster: 'eu-1', region: 'west', clusterUid: 'one', observedAt: at(hour) },
    ...{ leaseMs: 6 * HOUR, workloads: [...workloads], ...more },
  });
}

const changes = (since: number, ...ended: readonly string[]) => ({
  changes: {
    since: at(since),
    ended: ended.map((name) => ({ namespace: 'shop', kind: 'Deployment', name })),
  },
});

const append = async (...inputs: readonly ReturnType<typeof seen>[]) =>
  orThrow(await graph.writer.append(inputs, NOW));
const ASK = {
  ...{ knownAt: null, signedBy: null, owner: null, since: null },
  page: { rowsMax: 100, after: null },
};
const PLACE = { cluster: 'eu-1', region: null, namespace: null };
const where = async (hour: number | null) =>
  orThrow(
    await graph.reader.ask({
      ...{ name: 'where', subject: null, ...ASK, place: PLACE },
      asOf: hour === null ? null : at(hour),
    }),
  );
const running = async (hour: number | null = null) =>
  (await where(hour)).deployments.map(({ reference }) => reference.split('/').at(-1)).toSorted();
const problems = async () =>
  orThrow(await graph.reader.ask({ name: 'status' })).problems.map(({ kind }) => kind);
const observed = async () => {
  const [last] = orThrow(
    await graph.reader.ask({ name: 'observations', cluster: 'eu-1', at: null }),
  );
  return last?.workloads.map(({ name }) => name).toSorted();
};

describe('P12: an observation of what changed since the one before', () => {
  it('ends and begins what it names, and leaves everything else as it was', async () => {
    await append(seen(1, [workload('trips'), workload('poi'), workload('user')]));
    await append(seen(2, [workload('trips', '2')], changes(1, 'poi')));
    await append(seen(3, [], changes(2)));
    expect(await running()).toEqual(['trips:2', 'user:1']);
    expect([await running(1.5), await running(2.5)]).toEqual([
      ['poi:1', 'trips:1', 'user:1'],
      ['trips:2', 'user:1'],
    ]);
    expect([await observed(), await problems()]).toEqual([['trips', 'user'], []]);
  });

  it('keeps the lease of what it does not name, as a whole observation does', async () => {
    await append(seen(1, [workload('trips')]), seen(6, [], changes(1)));
    expect(await running(11)).toEqual(['trips:1']);
  });

  it('is not believed where the observation before it is unknown or its lease ended', async () => {
    await append(seen(1, [workload('trips')]));
    await append(seen(3, [workload('poi')], changes(2, 'trips')));
    expect([await running(), await problems()]).toEqual([['trips:1'], ['observation-gap']]);
    await append(seen(8, [workload('poi')], changes(1, 'trips')));
    expect(await running(3)).toEqual(['trips:1']);
    expect(await observed()).toEqual(['trips']);
  });

  it('C22: says which containers run without a digest, with the whole one before it', async () => {
    await append(seen(1, [workload('poi', '1', null), workload('trips')]));
    await append(seen(2, [workload('trips', '2')], changes(1)));
    expect((await where(null)).undigested.map(({ reference }) => reference)).toEqual([
      'registry.example.com/shop/poi:1',
    ]);
    await append(seen(3, [], changes(2, 'poi')));
    expect((await where(null)).undigested).toEqual([]);
  });

  it('gives the same graph when it is made again from the log', async () => {
    await append(seen(1, [workload('trips'), workload('poi')]), seen(4, [workload('poi')]));
    await append(seen(5, [workload('user')], changes(4)), seen(2, [workload('trips')]));
    const exported = async () => {
      const lines: string[] = [];
      for await (const line of graph.reader.export()) lines.push(line);
      return lines;
    };
    const before = await exported();
    orThrow(await graph.writer.rebuild());
    expect(await exported()).toEqual(before);
  });

  it('as the whole ones would be: both lead to the same workloads and keys', () => {
    const state = fc.uniqueArray(
      fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat({ max: 2 })),
      {
        selector: ([name]) => name,
      },
    );
    fc.assert(
      fc.property(fc.array(state, { minLength: 1, maxLength: 8 }), (states) => {
        const wholes = states.map((one, hour): DeploymentRecord => {
          const workloads = one.map(([name, version]) => workload(name, String(version)));
          return {
            ...{ apiVersion: 'waybill.dev/v1', kind: 'Deployment', cluster: 'eu-1', region: null },
            ...{ observedAt: at(hour), leaseMs: HOUR, workloads },
          };
        });
        let [folded] = wholes;
        for (const next of wholes.slice(1)) {
          if (folded === undefined) return;
          const told = toChanges(folded, next);
          const open = [...listContainers(folded).keys()].map(
            (key): Interval => ({ key, from: folded?.observedAt ?? at(0), to: null }),
          );
          expect(listObservedKeys(told, open)).toEqual(new Set(listContainers(next).keys()));
          folded = applyChanges(folded, told);
          expect(new Set(folded.workloads.map((one) => JSON.stringify(one)))).toEqual(
            new Set(next.workloads.map((one) => JSON.stringify(one))),
          );
        }
      }),
      { numRuns: 50 },
    );
  });
});

function toChanges(from: DeploymentRecord, to: DeploymentRecord): DeploymentRecord {
  const has = (record: DeploymentRecord, one: Workload) =>
    record.workloads.some((other) => JSON.stringify(other) === JSON.stringify(one));
  const ended = from.workloads.filter(({ name }) => to.workloads.every((one) => one.name !== name));
  return {
    ...to,
    workloads: to.workloads.filter((one) => !has(from, one)),
    changes: {
      since: from.observedAt,
      ended: ended.map(({ namespace, kind, name }) => ({ namespace, kind, name })),
    },
  };
}
