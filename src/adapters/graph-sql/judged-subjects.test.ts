import { describe, expect, it } from 'vitest';
import { makeDigest } from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay, recordInput } from '../../../test/support/graph-history.ts';
import { graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import type { Gate } from '../../core/verdict.ts';

const graph = freshGraph(graphPorts);
const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(5)));

const place = (name: string) => ({ cluster: 'eu', namespace: 'shop', kind: 'Deployment', name });

function deployment(...running: readonly (readonly [name: string, of: string])[]): EvidenceInput {
  return recordInput('deployment', {
    ...{ cluster: 'eu', region: 'west', observedAt: makeDay(3), leaseMs: 604_800_000 },
    workloads: running.map(([name, of]) => ({
      ...{ namespace: 'shop', kind: 'Deployment', name },
      images: [
        { container: 'main', reference: `registry.example.com/${of}:1`, digest: makeDigest(of) },
      ],
    })),
  });
}

function decision(of: string, gate: Gate, name: string | null, said: 'allow' | 'deny', on: number) {
  return recordInput('decision', {
    ...{ subject: makeDigest(of), gate, decision: said, decidedAt: makeDay(on), record: {} },
    ...{ policy: sha256('policy'), facts: sha256(`facts ${on}`) },
    workload: name === null ? null : { ...place(name), region: 'west' },
  });
}

function release(of: string, version: string, on: number): EvidenceInput {
  return recordInput('release', {
    ...{ name: of, version, releasedAt: makeDay(on), owner: 'team', source: null, build: null },
    images: [{ reference: `registry.example.com/${of}:1`, digest: makeDigest(of), platforms: [] }],
    artifacts: [],
  });
}

async function ask() {
  const answer = await graph.reader.ask({ name: 'judged', gate: 'admission', ...ASK });
  return orThrow(answer).subjects;
}

describe('X8: what a policy is tried on', () => {
  it('has the last decision of its own workload, else the last of its image', async () => {
    await append(
      deployment(['web', 'one'], ['job', 'one'], ['new', 'one'], ['other', 'two']),
      decision('one', 'admission', 'web', 'deny', 1),
      decision('one', 'audit', 'web', 'deny', 2),
      decision('one', 'admission', 'job', 'allow', 3),
      decision('one', 'audit', null, 'allow', 4),
    );
    const told = (await ask()).map(({ running, last, others }) => [
      running?.workload.name,
      ...[last, ...others].map((one) => one && `${one.gate} ${one.decision} ${one.workload}`),
    ]);
    const [web, job] = ['eu/shop/Deployment/web', 'eu/shop/Deployment/job'];
    expect(told.sort()).toEqual([
      ['job', `admission allow ${job}`, 'audit allow null'],
      ['new', `admission allow ${job}`, 'audit allow null'],
      ['other', null],
      ['web', `admission deny ${web}`, `audit deny ${web}`],
    ]);
  });

  it('names the newest releases of each image, however many another one has', async () => {
    const many = Array.from({ length: LIMITS.rowEvidenceMax * 3 }, (_, at) =>
      release('one', `1.${at}`, at),
    );
    await append(release('two', '1', 0), ...many, deployment(['web', 'one'], ['job', 'two']));
    const told = (await ask()).map(({ running, releases }) => [
      running?.workload.name,
      releases.map(({ version }) => version),
    ]);
    expect(told.sort()).toEqual([
      ['job', ['1']],
      ['web', ['1.14', '1.13', '1.12', '1.11', '1.10']],
    ]);
  });
});
