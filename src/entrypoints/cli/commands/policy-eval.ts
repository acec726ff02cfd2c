import { resolve } from 'node:path';
import {
  decodeFacts,
  type Evaluation,
  evaluateAll,
  findFactFlaw,
  type Policy,
} from '../../../capabilities/policy/index.ts';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { formatAnswerInstant, parseInstant, toInstant } from '../../../core/instant.ts';
import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { readFileBounded, readWhole } from '../../../system/files/read-file.ts';
import { loadPolicy } from '../../compose/policy.ts';
import { openRego } from '../../compose/rego.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyEvalCall } from '../options/gates.ts';
import { type Report, toValue } from '../report/report.ts';
import { showVerdict, toVerdictExitCode } from '../verdict-output.ts';

/** Asks the policy about the facts of a file, as a gate would with them. */
export async function run(call: PolicyEvalCall): Promise<Report> {
  const { gate } = call.options;
  const [file = ''] = call.args;
  const config = await loadCallConfig(call);
  const policy = orThrow(await loadPolicy(config));
  const bytes =
    file === '-'
      ? await readWhole('standard input', LIMITS.documentBytesMax, call.io.stdin)
      : await readFileBounded(resolve(call.io.cwd, file), LIMITS.documentBytesMax);
  const json = orThrow(parseJson(bytes, { bytesMax: LIMITS.documentBytesMax }));
  const flaw = isJsonObject(json) ? findFactFlaw(json, gate) : 'the facts are no object';
  // mutant facts-of-a-file-unread by policy-commands: condition -> !isJsonObject(json)
  if (flaw !== null || !isJsonObject(json))
    throw new Failure('MALFORMED', `${file}: ${flaw}`, 'See docs/reference/facts.md.');
  const now =
    call.options.now === undefined
      ? toInstant(Date.now())
      : orThrow(parseInstant(call.options.now));
  const question = { gate, now, facts: decodeFacts(json, gate) };
  const evaluation = await evaluateAll(policy, question, openRego(config), call.signal);
  return toReport(call, policy, evaluation);
}

function toReport(
  { options, args }: PolicyEvalCall,
  policy: Policy,
  evaluation: Evaluation,
): Report {
  const { verdict, refuses, record } = evaluation;
  const { name, revision, digest } = policy;
  const { decision, results, validUntil } = verdict;
  const recordDigest = sha256(evaluation.recordBytes);
  const shown = {
    ...{ image: args[0] ?? '', resolved: `${options.gate} gate, facts ${record.facts}` },
    ...{ verdict, refuses, record: recordDigest, cause: null },
  };
  return {
    kind: 'result',
    exitCode: toVerdictExitCode([shown]),
    value: toValue('policy-eval', () => ({
      gate: options.gate,
      policy: { name, revision, digest },
      ...{ decision, refuses, results },
      validUntil: validUntil === null ? null : formatAnswerInstant(validUntil),
      facts: record.facts,
      record: recordDigest,
    })),
    blocks: () => showVerdict(shown, true),
    documents: { record: () => evaluation.recordBytes },
  };
}
