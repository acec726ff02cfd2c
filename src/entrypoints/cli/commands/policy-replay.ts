import { resolve } from 'node:path';
import { type Policy, parsePolicy } from '../../../capabilities/policy/index.ts';
import { type Digest, parseDigest } from '../../../core/digest.ts';
import { formatAnswerInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { type Replay, replayDecision } from '../../../gates/audit/index.ts';
import { openQuestions } from '../../compose/graph.ts';
import { openRego } from '../../compose/rego.ts';
import { loadPolicyInForce } from '../../compose/try-policy.ts';
import { readDocument } from '../../config/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyReplayCall } from '../options/gates.ts';
import { type Block, paint, showLine, showProse } from '../report/block.ts';
import { type ExitCode, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

type Log = Awaited<ReturnType<typeof openQuestions>>;

/** A decision of the log, decided again. */
interface ReplayedDecision extends Replay {
  readonly decision: Digest;
}

/** Decides again: 0 if all records are the same, 1 if one differs, 3 if one cannot be decided. */
export async function run(call: PolicyReplayCall): Promise<Report> {
  const { policy: files, ...options } = call.options;
  const config = await loadCallConfig({ ...call, options });
  const policies = new Map<Digest, Policy>();
  const rego = openRego(config);
  const inForce = await loadPolicyInForce(config);
  if (inForce !== null) policies.set(inForce.digest, inForce);
  for (const file of files) {
    const policy = orThrow(parsePolicy(orThrow(readDocument(resolve(call.io.cwd, file)))));
    policies.set(policy.digest, policy);
  }
  const log = await openQuestions(config);
  try {
    const { digests, more } = await findDecisions(log, call.args);
    const replayed: ReplayedDecision[] = [];
    for (const decision of digests)
      replayed.push({ decision, ...orThrow(await replayDecision(log, decision, policies, rego)) });
    return {
      kind: 'result',
      exitCode: chooseExitCode(replayed, more),
      value: toValue('policy-replay', () => ({ decisions: replayed.map(toJson), more })),
      blocks: () => showAll(replayed, more),
    };
  } finally {
    await log.close();
  }
}

interface FoundDecisions {
  readonly digests: readonly Digest[];
  readonly more: boolean;
}

/** What the digests name: decisions, or what decisions are about. Without any, all of the log. */
async function findDecisions(log: Log, named: readonly string[]): Promise<FoundDecisions> {
  const found = new Set<Digest>();
  for (const text of named) {
    const digest = orThrow(parseDigest(text));
    const about = orThrow(await log.about(digest, 'decision'));
    if (about.length === 0) found.add(digest);
    for (const entry of about) found.add(entry.digest);
  }
  if (named.length > 0) return { digests: [...found], more: false };
  let position = 0;
  while (found.size < LIMITS.policyReplaysMax) {
    const entries = orThrow(await log.entries(position, LIMITS.pageRowsMax));
    if (entries.length === 0) return { digests: [...found], more: false };
    for (const entry of entries) if (entry.kind === 'decision') found.add(entry.digest);
    position += entries.length;
  }
  return { digests: [...found], more: true };
}

/** More than were looked at cannot be the same. */
function chooseExitCode(replayed: readonly ReplayedDecision[], more: boolean): ExitCode {
  const outcomes = replayed.map(({ outcome }) => (outcome.ok ? outcome.value : 'unknown'));
  if (outcomes.includes('different')) return 1;
  return more || outcomes.includes('unknown') ? 3 : 0;
}

function toJson({
  decision,
  subject,
  gate,
  decidedAt,
  outcome,
}: ReplayedDecision): SchemaValue<'policy-replay'>['decisions'][number] {
  return {
    ...{ decision, subject, gate, decidedAt: formatAnswerInstant(decidedAt) },
    outcome: outcome.ok ? outcome.value : 'unknown',
    why: outcome.ok ? null : outcome.failure.message,
  };
}

const COLOURS = { same: 'green', 'same-but-words': 'green', different: 'red' } as const;

function showAll(replayed: readonly ReplayedDecision[], more: boolean): readonly Block[] {
  const same = replayed.filter(({ outcome }) => outcome.ok && outcome.value !== 'different');
  return [
    ...replayed.flatMap(({ decision, subject, gate, outcome }) => [
      showLine(
        outcome.ok ? paint(COLOURS[outcome.value], outcome.value) : paint('yellow', 'unknown'),
        `  ${decision} (${gate} of ${subject})`,
      ),
      ...(outcome.ok
        ? []
        : [
            showProse(['  '], outcome.failure.message),
            showLine(`    fix: ${outcome.failure.remedy}`),
          ]),
    ]),
    showLine(
      `${same.length} of ${replayed.length} decisions are the same again` +
        `${more ? '; there are more, which were not looked at' : ''}`,
    ),
  ];
}
