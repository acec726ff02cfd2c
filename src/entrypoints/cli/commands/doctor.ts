import { instantOf } from '../../../core/instant.ts';
import type { Call, ExitCode } from '../command.ts';
import { configOf, wantsJson } from '../configured.ts';
import { type Io, paint, printable } from '../io.ts';
import type { Check, CheckStatus } from '../set-up/check.ts';
import { checksOf, exitOf } from '../set-up/checks.ts';
import { gather } from '../set-up/gather.ts';

/** Looks, says, and changes nothing. */
export async function run(call: Call): Promise<ExitCode> {
  const { cwd, env } = call.io;
  const online = call.options.flag('online');
  const now = instantOf(Date.now());
  const seen = await gather({ cwd, env, config: () => configOf(call), online, now, signal: call.signal });
  const checks = checksOf(seen);
  if (wantsJson(call)) call.io.out(`${JSON.stringify({ checks, counts: counts(checks) }, null, 2)}\n`);
  else {
    for (const check of checks) call.io.out(line(call.io, check));
    const { ok, warning, problem, unknown } = counts(checks);
    call.io.out(`${ok} in order, ${warning} warnings, ${problem} problems, ${unknown} could not be looked at\n`);
  }
  if (!online) call.io.err('registries were not asked whether they answer: --online\n');
  return exitOf(checks);
}

const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red', unknown: 'yellow' } as const;

function line(io: Io, { id, status, message, fix }: Check): string {
  const head = `${paint(io, COLOURS[status], status.padEnd(7))}  ${id.padEnd(16)} ${printable(message)}\n`;
  return fix === null ? head : `${head}${' '.repeat(26)}fix: ${printable(fix)}\n`;
}

function counts(checks: readonly Check[]): Readonly<Record<CheckStatus, number>> {
  const of = (status: CheckStatus): number => checks.filter((check) => check.status === status).length;
  return { ok: of('ok'), warning: of('warning'), problem: of('problem'), unknown: of('unknown') };
}
