import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import type { DecisionEvent, DeskPorts } from '../../gates/desk/index.ts';
import { buildFactsEvidence } from '../../gates/facts/index.ts';
import { createDesk } from '../compose/open-judge.ts';
import { openRegistryClient } from '../compose/registry.ts';
import {
  type DeskCall,
  type DeskReply,
  type DeskThreadData,
  packVerdict,
  type SentGraphFacts,
  unpackGraphFacts,
} from './admission/desk-protocol.ts';
import { FilesInForce } from './admission/in-force.ts';

const waiting = new Map<number, (facts: SentGraphFacts) => void>();
let asked = 0;

function post(reply: DeskReply): void {
  parentPort?.postMessage(reply);
}

/** The server has the connections to the graph. */
async function askGraph(
  ...[image, members, origin]: Parameters<DeskPorts['graph']>
): ReturnType<DeskPorts['graph']> {
  const id = ++asked;
  const facts = await new Promise<SentGraphFacts>((resolve) => {
    waiting.set(id, resolve);
    post({ kind: 'graph', id, image, members, origin });
  });
  return unpackGraphFacts(facts);
}

/** Facts that were sent, by digest. */
const sent = new Set<Digest>();

function selectNewFacts(
  evaluation: Pick<DecisionEvent['evaluation'], 'record' | 'facts'>,
): readonly EvidenceInput[] {
  const made = buildFactsEvidence(evaluation, LIMITS.factsOfHeavyImageBytesMax);
  const fresh = made.flatMap((one) => {
    const digest = one.subject ?? sha256(one.body);
    return sent.has(digest) ? [] : [[digest, one] as const];
  });
  for (const [digest] of fresh) sent.add(digest);
  for (const oldest of sent) {
    if (sent.size <= LIMITS.evidenceCacheEntriesMax) break;
    sent.delete(oldest);
  }
  return fresh.map(([, one]) => one);
}

/** The facts cross as the documents that are recorded, and not as values: they may be large. */
function describeEvent(decided: DecisionEvent): DecisionEvent {
  const { subject, workload, evaluation, vex, now } = decided;
  const { verdict, refuses, record, recordBytes, facts } = evaluation;
  const { artifacts, signatures } = facts;
  return {
    subject,
    workload,
    now,
    ...(vex === undefined ? {} : { vex }),
    evaluation: {
      verdict,
      refuses,
      record,
      recordBytes,
      facts: {
        ...(artifacts === undefined ? {} : { artifacts }),
        ...(signatures === undefined ? {} : { signatures }),
      },
    },
    factsEvidence: selectNewFacts({ record, facts }),
  };
}

/**
 * Decides about images whose documents are too large for the thread that answers. It has its own
 * registry client, policy, trust and index; its owner may end it at any point.
 */
async function serveDesk({
  config,
  env,
  limits,
  keptBytesMax,
  isLast,
}: DeskThreadData): Promise<void> {
  // On Linux each thread has its own priority; elsewhere it would apply to the whole process.
  if (isLast && process.platform === 'linux') setPriority(Math.min(getPriority() + 10, 19));
  const client = await openRegistryClient(config, env);
  const inForce = new FilesInForce(config, () => toInstant(Date.now()));
  const desk = createDesk({
    source: client,
    inForce: () => inForce.get(),
    graph: askGraph,
    decided: (event) => post({ kind: 'decided', event: describeEvent(event) }),
    counted: {
      verified: () => post({ kind: 'verified' }),
      cached: (hit) => post({ kind: 'cached', hit }),
    },
    limits,
    keptBytesMax,
  });
  const decide = async ({ id, question }: DeskCall & { kind: 'decide' }): Promise<void> => {
    const { image, gate, workload } = question;
    const signal = AbortSignal.timeout(LIMITS.admissionDeadlineMs);
    const verdict = packVerdict(await desk.decide(image, gate, workload, signal));
    post({ kind: 'verdict', id, verdict });
  };
  parentPort?.on('message', (call: DeskCall) => {
    if (call.kind === 'decide') void decide(call);
    else if (call.kind === 'forget') desk.forget(call.digest);
    else {
      waiting.get(call.id)?.(call.facts);
      waiting.delete(call.id);
    }
  });
}

// Outside a thread there is nobody to serve. What is thrown ends the thread, which is reported.
if (workerData !== null) void serveDesk(workerData as DeskThreadData);
