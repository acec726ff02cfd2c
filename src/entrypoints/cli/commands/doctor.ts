import { toInstant } from '../../../core/instant.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { type Io, makePrintable, paint } from '../io.ts';
import type { Check, CheckStatus } from '../set-up/check.ts';
import { runChecks, toExitCode } from '../set-up/checks.ts';
import { gatherObservations } from '../set-up/gather.ts';

/** Looks, says, and changes nothing. */
export async function run(call: Call): Promise<ExitCode> {
  const { cwd, env } = call.io;
  const online = call.options.flag('online');
  const now = toInstant(Date.now());
  const seen = await gatherObservations({
    cwd,
    env,
    config: () => loadCallConfig(call),
    online,
    now,
    signal: call.signal,
  });
  const checks = runChecks(seen);
  if (wantsJson(call))
    call.io.out(`${JSON.stringify({ checks, counts: counts(checks) }, null, 2)}\n`);
  else {
    for (const check of checks) call.io.out(formatCheck(call.io, check));
    const { ok, warning, problem, unknown } = counts(checks);
    call.io.out(
      `${ok} in order, ${warning} warnings, ${problem} problems, ${unknown} could not be ` +
        `looked at\n`,
    );
  }
  if (!online) call.io.err('registries were not asked whether they answer: --online\n');
  return toExitCode(checks);
}

const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red', unknown: 'yellow' } as const;

function formatCheck(io: Io, { id, status, message, fix }: Check): string {
  const head =
    `${paint(io, COLOURS[status], status.padEnd(7))}  ${id.padEnd(16)} ` +
    `${makePrintable(message)}\n`;
  return fix === null ? head : `${head}${' '.repeat(26)}fix: ${makePrintable(fix)}\n`;
}

function counts(checks: readonly Check[]): Readonly<Record<CheckStatus, number>> {
  const countStatus = (status: CheckStatus): number =>
    checks.filter((check) => check.status === status).length;
  return {
    ok: countStatus('ok'),
    warning: countStatus('warning'),
    problem: countStatus('problem'),
    unknown: countStatus('unknown'),
  };
}
