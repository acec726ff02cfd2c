import { ANYWHERE, readOptions } from '../../../capabilities/graph/index.ts';
import type { PolicyTrialQuestion } from '../../../capabilities/graph/questions/index.ts';
import type { Instant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import type { WhatIf } from '../../../gates/audit/index.ts';
import { loadPolicy } from '../../compose/policy.ts';
import { loadPolicyInForce, type TrialGraph, tryPolicy } from '../../compose/try-policy.ts';
import { loadCallConfig } from '../call-config.ts';
import type { Call } from '../command.ts';

/** Tries the policy that the call names on the recorded facts. */
export async function answerWhatIf(
  graph: TrialGraph,
  call: Call,
  question: PolicyTrialQuestion,
  now: Instant,
): Promise<WhatIf> {
  const candidate = orThrow(await loadPolicy(await loadCallConfig(call)));
  const inForce = await loadPolicyInForce(await loadCallConfig(dropPolicyOption(call)));
  const { gate, place } = question;
  return orThrow(
    await tryPolicy(
      graph,
      { gate: gate ?? 'admission', candidate, inForce, now },
      readOptions(question),
      place ?? ANYWHERE,
    ),
  );
}

/** `--policy` names the candidate here, not the policy in force. */
function dropPolicyOption(call: Call): Call {
  const { policy: _, ...options } = call.options as { readonly policy?: string };
  return { ...call, options };
}
