import { Failure } from '../../../core/failure.ts';
import { ok, orThrow } from '../../../core/result.ts';
import type { ImageVerdict, WorkloadRequest } from '../../../gates/desk/index.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';
import { openGraphFacts } from '../../compose/graph.ts';
import { createDesk, openJudge } from '../../compose/open-judge.ts';
import { openRegistryClient } from '../../compose/registry.ts';
import { parseTarget } from '../../compose/targets.ts';
import { letSignalsThrough } from '../breathing-index.ts';
import { loadCallConfig } from '../call-config.ts';
import type { Call, CommandModule } from '../command.ts';
import type { GateReleaseCall } from '../options/gates.ts';
import { type Report, toValue } from '../report/report.ts';
import { showVerdict, toVerdictExitCode, toVerdictJson } from '../verdict-output.ts';

/** Asks the release or the admission gate. The verdict is the one that the server would give. */
export function createGateCommand(gate: 'release' | 'admission'): CommandModule<GateOptions> {
  return { run: (call) => askGate(call, gate) };
}

/** The admission gate judges a workload in the given namespace. */
type GateOptions = GateReleaseCall['options'] & { readonly namespace?: string };

async function askGate(call: Call<GateOptions>, gate: 'release' | 'admission'): Promise<Report> {
  const config = await loadCallConfig(call);
  for (const text of call.args) requireImage(text, call.io.cwd);
  const judge = orThrow(await openJudge(config));
  const advisories = letSignalsThrough(judge.inForce.advisories, call.signal);
  const inForce = { ...judge.inForce, advisories };
  const client = await openRegistryClient(config, call.io.env);
  const graph = await openGraphFacts(config);
  try {
    const desk = createDesk({
      source: client,
      inForce: async () => ok(inForce),
      graph: graph.find,
      reading: readWithinBudget,
    });
    const workload = gate === 'admission' ? createWorkload(call, config.cluster) : null;
    const verdicts: ImageVerdict[] = [];
    for (const image of call.args)
      verdicts.push(await desk.decide(image, gate, workload, call.signal));
    return {
      kind: 'result',
      exitCode: toVerdictExitCode(verdicts),
      value: toValue(`gate-${gate}`, () => ({ gate, verdicts: verdicts.map(toVerdictJson) })),
      blocks: () => verdicts.flatMap((one) => showVerdict(one, call.options.explain)),
    };
  } finally {
    await graph.close();
    client.close();
    judge.close();
  }
}

function requireImage(text: string, cwd: string): void {
  if (parseTarget(text, cwd).kind === 'image') return;
  throw new Failure(
    'USAGE',
    `${text} is not an image in a registry`,
    'Push it first; a gate reads from the registry.',
  );
}

function createWorkload(call: Call<GateOptions>, cluster: string): WorkloadRequest {
  const namespace = call.options.namespace ?? 'default';
  return { cluster, namespace, kind: 'Pod', name: 'waybill-gate', operation: 'CREATE', user: '' };
}
