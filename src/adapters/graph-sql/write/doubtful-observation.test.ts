import { describe, expect, it } from 'vitest';
import { freshGraph } from '../../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../../test/support/graph-history.ts';
import { graphPorts as ports } from '../../../../test/support/graph-ports.ts';
import type { DeploymentRecord, EvidenceInput } from '../../../capabilities/evidence/index.ts';
import { sha256 } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';

const ASK = {
  ...{ asOf: null, knownAt: null, signedBy: null, owner: null, since: null },
  page: { rowsMax: 100, after: null },
};
const NOW = makeDay(9);
const PLACE = { cluster: 'eu-1', region: null, namespace: null };

const graph = freshGraph(ports);

/** `eu-1` runs one workload, as seen from the given nodes. */
function seen(name: string, day: number, more: Partial<DeploymentRecord> = {}): EvidenceInput {
  const image = {
    container: 'app',
    reference: `registry.example.com/shop/${name}:1`,
    digest: sha256(name),
  };
  return recordInput('deployment', {
    ...{ cluster: 'eu-1', region: 'west', observedAt: makeDay(day), leaseMs: 7 * 86_400_000 },
    nodes: [{ name: 'n1', uid: 'u1', zone: null }],
    workloads: [{ namespace: 'shop', kind: 'Deployment', name, images: [image] }],
    ...more,
  });
}
const OTHER_NODES = { nodes: [{ name: 'n1', uid: 'u2', zone: null }] };

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, NOW));
const running = async () =>
  orThrow(await graph.reader.ask({ name: 'where', subject: null, ...ASK, place: PLACE }))
    .deployments.map(({ workload }) => workload.name)
    .toSorted();
const problems = async () =>
  orThrow(await graph.reader.ask({ name: 'status' })).problems.map(({ kind }) => kind);

describe('O1: an observation that came from the server or an import, without `watch`', () => {
  it('of another cluster of the same name ends nothing and is reported once', async () => {
    await append(seen('trips', 1));
    await append(seen('poi', 2, OTHER_NODES), seen('poi', 3, OTHER_NODES));
    expect([await running(), await problems(), orThrow(await graph.reader.head()).size]).toEqual([
      ['trips'],
      ['cluster-conflict'],
      3,
    ]);
    await append(seen('user', 4));
    expect(await running()).toEqual(['user']);
  });

  it('is also identified by the uid of kube-system, across unidentified ones', async () => {
    await append(seen('trips', 1, { clusterUid: 'one' }), seen('trips', 2, { nodes: [] }));
    await append(seen('poi', 3, { clusterUid: 'two' }));
    expect([await running(), await problems()]).toEqual([['trips'], ['cluster-conflict']]);
    await append(seen('poi', 3, { ...OTHER_NODES, clusterUid: 'one' }));
    expect(await running()).toEqual(['poi']);
  });

  it('is not believed either if it is older than all others', async () => {
    await append(seen('trips', 3), seen('poi', 1, OTHER_NODES));
    expect(
      orThrow(
        await graph.reader.ask({
          name: 'where',
          subject: null,
          ...ASK,
          asOf: makeDay(2),
          place: PLACE,
        }),
      ).deployments,
    ).toEqual([]);
    await append(seen('user', 2));
    expect(
      orThrow(
        await graph.reader.ask({
          name: 'where',
          subject: null,
          ...ASK,
          asOf: makeDay(2),
          place: PLACE,
        }),
      ).deployments,
    ).toHaveLength(1);
  });

  it('is believed if it says that the cluster was rebuilt, with its new nodes', async () => {
    await append(
      seen('trips', 1),
      seen('poi', 2, { ...OTHER_NODES, rebuilt: true }),
      seen('user', 3, OTHER_NODES),
    );
    expect([await running(), await problems()]).toEqual([['user'], []]);
    await append(seen('trips', 4));
    expect([await running(), await problems()]).toEqual([['user'], ['cluster-conflict']]);
  });

  it('with a future time ends nothing and blocks nothing; clock skew is allowed', async () => {
    const skewed = toInstant(NOW + LIMITS.clockSkewMs);
    await append(seen('trips', 8), seen('poi', 8, { observedAt: toInstant(skewed + 1) }));
    expect([await running(), await problems()]).toEqual([['trips'], ['observation-to-come']]);
    await append(seen('user', 8, { observedAt: skewed }));
    expect(
      orThrow(
        await graph.reader.ask({
          name: 'where',
          subject: null,
          ...ASK,
          asOf: skewed,
          place: PLACE,
        }),
      ).deployments,
    ).toHaveLength(1);
  });

  it('truth C4: by a clock that was ahead ends where a true one follows', async () => {
    const ahead = toInstant(Date.UTC(2099, 0, 1));
    await append(seen('trips', 8));
    const future = seen('poi', 8, { observedAt: ahead });
    orThrow(await graph.writer.append([future], ahead));
    expect(await running()).toEqual(['poi']);
    const where = { name: 'where', subject: null, ...ASK, place: PLACE } as const;
    // Until then it is not known how long it holds: it was not made yet.
    const [open] = orThrow(await graph.reader.ask(where)).deployments;
    expect([open?.from, open?.until, open?.evidence]).not.toContain(ahead + 7 * 86_400_000);
    await append(seen('user', 9));
    expect([await running(), await problems()]).toEqual([['user'], []]);
    await append(seen('user', 9, { observedAt: toInstant(NOW + 1) }));
    const [row] = orThrow(await graph.reader.ask(where)).deployments;
    expect([row?.workload.name, row?.until]).toEqual(['user', NOW + 1 + 7 * 86_400_000]);
  });

  it('is judged the same when the graph is made again from the log', async () => {
    await append(seen('trips', 1), seen('poi', 2, OTHER_NODES), seen('poi', 20), seen('user', 3));
    const exported = async () => {
      const lines: string[] = [];
      for await (const line of graph.reader.export()) lines.push(line);
      return lines;
    };
    const before = await exported();
    orThrow(await graph.writer.rebuild());
    expect(await exported()).toEqual(before);
  });
});
