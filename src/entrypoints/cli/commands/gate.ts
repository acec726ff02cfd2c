import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import type { ImageVerdict, WorkloadAsked } from '../../../gates/desk/index.ts';
import { openRegistryClient } from '../../compose/compose.ts';
import { deskOf, openJudge } from '../../compose/judging.ts';
import type { Call, CommandModule, ExitCode } from '../command.ts';
import { configOf, wantsJson } from '../configured.ts';
import { parseTarget } from '../targets.ts';
import { verdictExit, verdictJson, verdictText } from '../verdict-output.ts';

/** The release or the admission gate, asked from a shell; the verdict is the one that the server would give. */
export function gateCommand(gate: 'release' | 'admission'): CommandModule {
  return { run: (call) => ask(call, gate) };
}

async function ask(call: Call, gate: 'release' | 'admission'): Promise<ExitCode> {
  const config = configOf(call);
  for (const text of call.args) requireImage(text, call.io.cwd);
  const judge = orThrow(await openJudge(config));
  const client = await openRegistryClient(config, call.io.env);
  try {
    const desk = deskOf(client, judge);
    const workload = gate === 'admission' ? workloadOf(call, config.cluster) : null;
    const verdicts: ImageVerdict[] = [];
    for (const image of call.args) verdicts.push(await desk.decide(image, gate, workload, call.signal));
    if (wantsJson(call)) call.io.out(`${JSON.stringify({ gate, verdicts: verdicts.map(verdictJson) }, null, 2)}\n`);
    else for (const verdict of verdicts) call.io.out(verdictText(call.io, verdict, call.options.flag('explain')));
    return verdictExit(verdicts);
  } finally {
    client.close();
    judge.close();
  }
}

function requireImage(text: string, cwd: string): void {
  if (parseTarget(text, cwd).kind === 'image') return;
  throw new Failure(
    'USAGE',
    `${text} is not an image in a registry`,
    'Push it first; a gate reads what the registry holds.',
  );
}

function workloadOf(call: Call, cluster: string): WorkloadAsked {
  const namespace = call.options.text('namespace') ?? 'default';
  return { cluster, namespace, kind: 'Pod', name: 'waybill-gate', operation: 'CREATE', user: '' };
}
