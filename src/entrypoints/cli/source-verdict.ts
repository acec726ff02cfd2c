import { createHash } from 'node:crypto';
import { describeSkip } from '../../capabilities/ecosystems/index.ts';
import type { Evaluation } from '../../capabilities/policy/index.ts';
import { formatCount } from '../../core/count.ts';
import { formatAnswerInstant } from '../../core/instant.ts';
import type { SourceAnalysis } from '../../gates/source/index.ts';
import { type CommitRecording, recordSource, type SourceRecord } from '../compose/record-source.ts';
import type { Config } from '../config/config.ts';
import type { Call } from './command.ts';
import { makePrintable, sayNote } from './io.ts';
import { type Block, showLine, showNote } from './report/block.ts';
import { type Report, toValue } from './report/report.ts';
import type { SchemaValue } from './report/schemas.ts';
import { showVerdict, toVerdictExitCode } from './verdict-output.ts';

/** One source that was judged. */
export interface JudgedSource {
  /** What was judged, for people: `commit 1a2b… (3 commits)`. */
  readonly what: string;
  readonly commit: string | null;
  readonly commits: readonly string[];
  readonly reading: SourceAnalysis;
  readonly evaluation: Evaluation;
}

/** The verdicts, with the exit code of the most severe one. */
export function reportSources(
  gate: 'commit' | 'build',
  sources: readonly JudgedSource[],
  explain: boolean,
): Report {
  return {
    kind: 'result',
    exitCode: toVerdictExitCode(sources.map(toImageVerdict)),
    value: toValue(`gate-${gate}`, () => ({ gate, verdicts: sources.map(toSourceJson) })),
    blocks: () => sources.flatMap((one) => showSource(one, explain)),
  };
}

function showSource(source: JudgedSource, explain: boolean): readonly Block[] {
  const { verdict, refuses } = source.evaluation;
  return [
    ...showVerdict(toImageVerdict(source), explain),
    ...(verdict.decision !== 'allow' && !refuses
      ? [showNote('the policy only observes here: nothing is refused')]
      : []),
    ...(explain ? showReading(source.reading) : []),
  ];
}

function showReading({ declared, inventory }: SourceAnalysis): readonly Block[] {
  return [
    showLine(
      `  ${formatCount(declared.dependencies.length, 'dependency', 'dependencies')} declared, ` +
        `${formatCount(inventory.components.length, 'package')} locked`,
    ),
    ...declared.problems
      .slice(0, 20)
      .map((skip) => showLine(`  ${describeSkip(skip)} [${skip.cause.code}]`)),
    ...declared.notLookedAt.map(({ kind, places }) =>
      showLine(`  not looked at: ${kind} (${places.slice(0, 3).join(', ')})`),
    ),
  ];
}

type VerdictInput = Parameters<typeof showVerdict>[0];

function toImageVerdict({ what, evaluation }: JudgedSource): VerdictInput {
  const { verdict, refuses } = evaluation;
  return {
    image: what,
    resolved: what,
    verdict,
    refuses,
    cause: null,
    // The record of 1,700 packages is long, and most answers do not show its digest.
    get record() {
      return hashRecord(evaluation);
    },
  };
}

type SourceValue = SchemaValue<'gate-commit'>['verdicts'][number];

function toSourceJson({ what, commit, commits, reading, evaluation }: JudgedSource): SourceValue {
  const { verdict, refuses, record } = evaluation;
  const { outcome, problems, notLookedAt, dependencies } = reading.declared;
  return {
    target: what,
    commit,
    commits,
    decision: verdict.decision,
    refuses,
    results: verdict.results,
    validUntil: verdict.validUntil === null ? null : formatAnswerInstant(verdict.validUntil),
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

/** Notes for people, before anything is judged. */
export function printNotes({ io }: Call, notes: readonly string[]): void {
  for (const note of notes) sayNote(io, `${makePrintable(note)}\n`);
}

/** Records the decision about a commit, and reports that. */
export async function record(
  { io, options }: Call<{ readonly repo?: string | undefined }>,
  config: Config,
  git: CommitRecording['git'],
  source: SourceRecord,
): Promise<void> {
  await recordSource({ config, repo: options.repo, git }, source);
  sayNote(io, `recorded: the decision about commit ${source.id}\n`);
}
