import { formatCount } from '../../../core/count.ts';
import { toInstant } from '../../../core/instant.ts';
import type { Config } from '../../config/config.ts';
import { readAbout, showAbout } from '../about.ts';
import { loadCallConfig } from '../call-config.ts';
import type { DoctorCall } from '../options/set-up.ts';
import { type Block, paint, showLine, showProse } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { Check, CheckStatus } from '../set-up/check.ts';
import { runChecks, toExitCode } from '../set-up/checks.ts';
import { gatherObservations } from '../set-up/gather.ts';

/** Checks and reports; changes nothing. */
export async function run(call: DoctorCall): Promise<Report> {
  const { cwd, env } = call.io;
  const online = call.options.online;
  const now = toInstant(Date.now());
  let loading: Promise<Config> | null = null;
  const config = (): Promise<Config> => {
    loading ??= loadCallConfig(call);
    return loading;
  };
  const seen = await gatherObservations({
    cwd,
    env,
    config,
    online,
    now,
    signal: call.signal,
  });
  const checks = runChecks(seen);
  const about = await readAbout(config);
  return {
    kind: 'result',
    exitCode: toExitCode(checks),
    value: toValue('doctor', () => ({ about, checks, counts: countStatuses(checks) })),
    blocks: () => [
      ...showAbout(about),
      showLine(),
      ...checks.flatMap(showCheck),
      showCounts(checks),
    ],
    hints: online ? [] : ['the registries were not contacted; to contact them: --online'],
  };
}

const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red', unknown: 'yellow' } as const;

function showCheck({ id, status, message, fix }: Check): readonly Block[] {
  const state = paint(COLOURS[status], status.padEnd(7));
  const head = showProse([state, `  ${id.padEnd(16)} `], message);
  return fix === null ? [head] : [head, showProse([`${' '.repeat(26)}fix: `], fix)];
}

function showCounts(checks: readonly Check[]): Block {
  const { ok, warning, problem, unknown } = countStatuses(checks);
  return showLine(
    `${ok} in order, ${formatCount(warning, 'warning')}, ` +
      `${formatCount(problem, 'problem')}, ${unknown} could not be checked`,
  );
}

function countStatuses(checks: readonly Check[]): Readonly<Record<CheckStatus, number>> {
  const countStatus = (status: CheckStatus): number =>
    checks.filter((check) => check.status === status).length;
  return {
    ok: countStatus('ok'),
    warning: countStatus('warning'),
    problem: countStatus('problem'),
    unknown: countStatus('unknown'),
  };
}
