import { createHash } from 'node:crypto';
import type { Evaluation } from '../../capabilities/policy/index.ts';
import type { SourceAnalysis } from '../../gates/source/index.ts';
import { wantsJson } from './call-config.ts';
import type { Call, ExitCode } from './command.ts';
import { makePrintable } from './io.ts';
import { formatVerdict, toVerdictExitCode } from './verdict-output.ts';

/** One source that was judged. */
export interface JudgedSource {
  /** What was judged, for people: `commit 1a2b… (3 commits)`. */
  readonly what: string;
  readonly commit: string | null;
  readonly commits: readonly string[];
  readonly reading: SourceAnalysis;
  readonly evaluation: Evaluation;
}

/** Prints verdicts and gives the exit code of what refuses most. */
export function printSources(
  call: Call,
  gate: 'commit' | 'build',
  sources: readonly JudgedSource[],
): ExitCode {
  if (wantsJson(call))
    call.io.out(`${JSON.stringify({ gate, verdicts: sources.map(toSourceJson) }, null, 2)}\n`);
  else for (const source of sources) printSource(call, source);
  return toVerdictExitCode(sources.map(toImageVerdict));
}

function printSource(call: Call, source: JudgedSource): void {
  call.io.out(formatVerdict(call.io, toImageVerdict(source), call.options.flag('explain')));
  const { declared, inventory } = source.reading;
  const { verdict, refuses } = source.evaluation;
  if (verdict.decision !== 'allow' && !refuses)
    call.io.err('the policy only observes here: nothing is refused\n');
  if (!call.options.flag('explain')) return;
  call.io.out(
    `  ${declared.dependencies.length} dependencies declared, ${inventory.components.length} ` +
      `packages locked\n`,
  );
  for (const { location, cause } of declared.problems.slice(0, 20))
    call.io.out(`  ${makePrintable(location)}: ${makePrintable(cause.message)} [${cause.code}]\n`);
  for (const { kind, places } of declared.notLookedAt)
    call.io.out(
      `  not looked at: ${makePrintable(kind)} (${makePrintable(places.slice(0, 3).join(', '))})\n`,
    );
}

type VerdictInput = Parameters<typeof formatVerdict>[1];

function toImageVerdict({ what, evaluation }: JudgedSource): VerdictInput {
  const { verdict, refuses } = evaluation;
  return {
    image: what,
    resolved: what,
    verdict,
    refuses,
    cause: null,
    record: hashRecord(evaluation),
  };
}

function toSourceJson({ what, commit, commits, reading, evaluation }: JudgedSource): object {
  const { verdict, refuses, record } = evaluation;
  const { outcome, problems, notLookedAt, dependencies } = reading.declared;
  return {
    target: what,
    commit,
    commits,
    decision: verdict.decision,
    refuses,
    results: verdict.results,
    validUntil: record.validUntil,
    facts: record.facts,
    record: hashRecord(evaluation),
    dependencies: { outcome, count: dependencies.length, notLookedAt },
    problems: problems.map(({ location, cause }) => ({
      location,
      code: cause.code,
      message: cause.message,
    })),
  };
}

function hashRecord({ recordBytes }: Evaluation): string {
  return `sha256:${createHash('sha256').update(recordBytes).digest('hex')}`;
}
