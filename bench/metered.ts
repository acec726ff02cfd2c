import { existsSync } from 'node:fs';
import { run } from '../tools/process.ts';
import type { Figure } from './benchmark.ts';
import { type Command, timing } from './compare.ts';
import type { Usage } from './usage.ts';

/** What GNU time says of a process with its children. */
type MeteredUsage = Omit<Usage, 'wallMs'>;

/** GNU time: the only way to ask what another process, with its children, has used. */
const TIME = '/usr/bin/time';

export const canMeter = (): boolean => existsSync(TIME);

/** Runs a whole process with its children. Some peers end with other codes than 0. */
export async function meterCommand({ program, args, cwd, env }: Command): Promise<MeteredUsage> {
  const { stderr } = await run(TIME, ['-f', 'usage %U %S %M', program, ...args], {
    ...(cwd ? { cwd } : {}),
    ...(env ? { env } : {}),
  });
  const [, user, system, peak] = /usage ([\d.]+) ([\d.]+) (\d+)\n*$/.exec(stderr) ?? [];
  if (user === undefined || system === undefined || peak === undefined)
    throw new Error(`${program} ${args.join(' ')}: ${stderr.slice(-500)}`);
  return { processorMs: (Number(user) + Number(system)) * 1_000, peakMb: Number(peak) / 1_024 };
}

export interface Contender {
  readonly who: string;
  readonly command: Command;
  /** A slow peer runs less often. */
  readonly rounds?: number;
}

/** The medians of each, all in turn, so that a machine that becomes slower slows all. */
export async function meterInTurn(
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, MeteredUsage>> {
  const all = new Map<string, MeteredUsage[]>();
  for (let round = 0; round < rounds; round++)
    for (const { who, command, rounds: own = rounds } of contenders)
      if (round < own) all.set(who, [...(all.get(who) ?? []), await meterCommand(command)]);
  const median = (usages: readonly MeteredUsage[], take: (one: MeteredUsage) => number): number =>
    timing(usages.map(take)).medianMs;
  return new Map(
    [...all].map(([who, usages]) => [
      who,
      {
        processorMs: median(usages, (one) => one.processorMs),
        peakMb: median(usages, (one) => one.peakMb),
      },
    ]),
  );
}

/** Ours against the sums of others, by processor time, and our peak. */
export function compareMetered(
  what: string,
  usages: ReadonlyMap<string, MeteredUsage>,
  targets: {
    readonly peakMb: number;
    readonly ratios: readonly { readonly against: readonly string[]; readonly max: number }[];
  },
): readonly Figure[] {
  const ours = usages.get('ours') ?? { processorMs: Number.NaN, peakMb: Number.NaN };
  const known = targets.ratios.filter(({ against }) => against.every((who) => usages.has(who)));
  return [
    ...[...usages].map(
      ([who, { processorMs }]): Figure => ({
        ...{ what: `${what}: ${who}`, value: processorMs, unit: 'ms', target: null },
      }),
    ),
    ...known.map(({ against, max }): Figure => {
      const other = against.reduce((sum, who) => sum + (usages.get(who)?.processorMs ?? 0), 0);
      const title = `${what}: ours / ${against.join(' + ')}`;
      return { what: title, value: ours.processorMs / other, unit: '×', target: { max } };
    }),
    { what: `${what}: peak`, value: ours.peakMb, unit: 'MB', target: { max: targets.peakMb } },
  ];
}
