import { dirname, resolve } from 'node:path';
import {
  parseSuite,
  type RulePlace,
  type SuiteReport,
  trySuite,
} from '../../../capabilities/policy/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { readDocument } from '../../config/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PolicyTestCall } from '../options/gates.ts';
import { type Block, paint, showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/** One file of tests, and what its policy did with them. */
interface TriedFile {
  readonly file: string;
  readonly policyFile: string;
  readonly report: SuiteReport;
}

/** Runs the tests of each file. Ends with 1 if one fails, or if they reach too little. */
export async function run(call: PolicyTestCall): Promise<Report> {
  const { options } = call;
  const minBranches = parsePercent('--min-branches', options.minBranches);
  const minKilled = parsePercent('--min-killed', options.minKilled);
  if (minKilled !== null && !options.mutate)
    throw new Failure('USAGE', '--min-killed says nothing without --mutate', 'Add --mutate.');
  const tried: TriedFile[] = [];
  for (const file of call.args) tried.push(await tryFile(call, file));
  const flaws = tried.flatMap(({ file, report }) => [
    ...findShortfall(file, 'branches', countBranches(report), minBranches),
    ...findShortfall(file, 'changes', countKilled(report), minKilled),
  ]);
  const fails = tried.some(({ report }) => report.outcomes.some(({ wrong }) => wrong.length > 0));
  return {
    kind: 'result',
    // mutant policy-tests-always-pass by policy-commands: condition -> false
    exitCode: fails || flaws.length > 0 ? 1 : 0,
    value: toValue('policy-test', () => ({ suites: tried.map(toJson) })),
    blocks: () => [
      ...tried.flatMap(showFile),
      ...flaws.map((flaw) => showLine(paint('red', flaw))),
    ],
  };
}

async function tryFile(call: PolicyTestCall, file: string): Promise<TriedFile> {
  const path = resolve(call.io.cwd, file);
  const bytes = readSmallFile(path, LIMITS.policyTestsBytesMax);
  const suite = orThrow(parseSuite(Buffer.from(bytes).toString('utf8')));
  const own = suite.policy === null ? null : resolve(dirname(path), suite.policy);
  const policyFile =
    call.options.policy === undefined && own !== null ? own : (await loadCallConfig(call)).policy;
  const text = orThrow(readDocument(policyFile));
  const report = orThrow(trySuite(text, suite.tests, { mutate: call.options.mutate }));
  return { file, policyFile, report };
}

function parsePercent(option: string, written: string | undefined): number | null {
  if (written === undefined) return null;
  const percent = /^\d{1,3}$/.test(written) ? Number(written) : Number.NaN;
  if (percent <= 100) return percent;
  throw new Failure('USAGE', `${option} ${written} is no percentage`, 'Write a number up to 100.');
}

interface Share {
  readonly reached: number;
  readonly all: number;
}

function countBranches({ coverage }: SuiteReport): Share {
  const all = coverage.reduce((sum, { branches }) => sum + branches, 0);
  return { all, reached: all - coverage.reduce((sum, { missing }) => sum + missing.length, 0) };
}

/** Where mutants were not tried, because a test fails, none is missing beside that. */
function countKilled({ mutants }: SuiteReport): Share {
  return { all: mutants?.tried ?? 0, reached: mutants?.killed ?? 0 };
}

function findShortfall(
  file: string,
  what: string,
  { reached, all }: Share,
  percent: number | null,
): readonly string[] {
  // mutant policy-tests-that-reach-little by policy-commands: condition -> true
  if (percent === null || reached * 100 >= percent * all) return [];
  return [`${file}: the tests notice ${reached} of ${all} ${what}; ${percent} % are asked for`];
}

function showFile({ file, report }: TriedFile): readonly Block[] {
  const { outcomes, coverage, mutants, policy } = report;
  const failed = outcomes.filter(({ wrong }) => wrong.length > 0);
  const { reached, all } = countBranches(report);
  const seen = coverage.filter(({ holds, broken }) => holds > 0 && broken > 0).length;
  return [
    showLine(
      paint(failed.length === 0 ? 'green' : 'red', failed.length === 0 ? 'passed' : 'failed'),
      `  ${file}: ${outcomes.length - failed.length} of ${outcomes.length} tests of ` +
        `${policy.name}, revision ${policy.revision}`,
    ),
    ...failed.flatMap(({ test, wrong }) => [
      showLine('  ', paint('red', 'failed'), ` ${test.name} (${test.gate})`),
      ...wrong.map(({ rule, expected, found }) =>
        showLine(
          `    ${rule ?? 'decision'}: expected ${expected}, found ${found ?? 'no such rule'}`,
        ),
      ),
    ]),
    showLine(
      `  rules seen both ways: ${seen} of ${coverage.length}; branches: ${reached} of ${all}`,
    ),
    showTable(
      ['RULE', 'HOLDS', 'BROKEN', 'UNDETERMINED', 'BRANCHES'],
      coverage.map(({ rule, holds, broken, undetermined, branches, missing }) => [
        ...[rule, `${holds}`, `${broken}`, `${undetermined}`],
        `${branches - missing.length} of ${branches}`,
      ]),
    ),
    ...coverage.flatMap(({ rule, missing }) =>
      missing.map(({ never, ...place }) =>
        showLine(`  never ${never}: ${rule} ${showPlace(place)}`),
      ),
    ),
    ...(mutants === null
      ? []
      : [
          showLine(
            `  changes noticed: ${mutants.killed} of ${mutants.tried}` +
              `${mutants.more ? '; there are more' : ''}`,
          ),
          ...mutants.survived.map(({ rule, change, ...place }) =>
            showLine(`  not noticed: ${rule} ${showPlace(place)}: ${change}`),
          ),
        ]),
  ];
}

function showPlace({ line, column, text }: RulePlace): string {
  return `${line}:${column} ${JSON.stringify(text)}`;
}

function toJson({
  file,
  policyFile,
  report: { policy, outcomes, coverage, mutants },
}: TriedFile): SchemaValue<'policy-test'>['suites'][number] {
  const { name, revision, digest } = policy;
  return {
    file,
    policy: { file: policyFile, name, revision, digest },
    tests: outcomes.map(({ test, decision, wrong }) => ({
      name: test.name,
      gate: test.gate,
      expected: test.expect,
      decision,
      passed: wrong.length === 0,
      wrong,
    })),
    rules: coverage,
    mutants,
  };
}
