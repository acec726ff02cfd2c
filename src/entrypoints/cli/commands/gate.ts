import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import type { ImageVerdict, WorkloadRequest } from '../../../gates/desk/index.ts';
import { openRegistryClient } from '../../compose/compose.ts';
import { createDesk, openJudge } from '../../compose/open-judge.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, CommandModule, ExitCode } from '../command.ts';
import { parseTarget } from '../targets.ts';
import { formatVerdict, toVerdictExitCode, toVerdictJson } from '../verdict-output.ts';

/**
 * The release or the admission gate, asked from a shell; the verdict is the one that the server
 * would give.
 */
export function createGateCommand(gate: 'release' | 'admission'): CommandModule {
  return { run: (call) => askGate(call, gate) };
}

async function askGate(call: Call, gate: 'release' | 'admission'): Promise<ExitCode> {
  const config = loadCallConfig(call);
  for (const text of call.args) requireImage(text, call.io.cwd);
  const judge = orThrow(await openJudge(config));
  const client = await openRegistryClient(config, call.io.env);
  try {
    const desk = createDesk(client, judge);
    const workload = gate === 'admission' ? createWorkload(call, config.cluster) : null;
    const verdicts: ImageVerdict[] = [];
    for (const image of call.args)
      verdicts.push(await desk.decide(image, gate, workload, call.signal));
    if (wantsJson(call))
      call.io.out(`${JSON.stringify({ gate, verdicts: verdicts.map(toVerdictJson) }, null, 2)}\n`);
    else
      for (const verdict of verdicts)
        call.io.out(formatVerdict(call.io, verdict, call.options.flag('explain')));
    return toVerdictExitCode(verdicts);
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

function createWorkload(call: Call, cluster: string): WorkloadRequest {
  const namespace = call.options.text('namespace') ?? 'default';
  return { cluster, namespace, kind: 'Pod', name: 'waybill-gate', operation: 'CREATE', user: '' };
}
