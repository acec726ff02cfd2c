import { ANYWHERE, readOptions } from '../../../capabilities/graph/index.ts';
import type { PolicyTrialQuestion } from '../../../capabilities/graph/questions/index.ts';
import type { Instant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import type { WhatIf } from '../../../phases/operate/index.ts';
import { loadPolicy } from '../../compose/compose.ts';
import { loadPolicyInForce, type TrialGraph, tryPolicy } from '../../compose/try-policy.ts';
import { loadCallConfig } from '../call-config.ts';
import { type Call, Options } from '../command.ts';

/** Tries the policy that the call names on what was recorded. */
export async function answerWhatIf(
  graph: TrialGraph,
  call: Call,
  question: PolicyTrialQuestion,
  now: Instant,
): Promise<WhatIf> {
  const candidate = orThrow(await loadPolicy(loadCallConfig(call)));
  const inForce = await loadPolicyInForce(loadCallConfig(dropPolicyOption(call)));
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

/** `--policy` names the candidate here, not what is in force. */
function dropPolicyOption(call: Call): Call {
  const { options } = call;
  const names = ['home', 'config'] as const;
  return {
    ...call,
    options: new Options(Object.fromEntries(names.map((name) => [name, options.text(name)]))),
  };
}
