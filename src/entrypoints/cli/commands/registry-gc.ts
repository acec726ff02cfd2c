import { formatCount } from '../../../core/count.ts';
import { removeGarbage } from '../../compose/registry-folder.ts';
import { parseDurationMs } from '../durations.ts';
import type { RegistryGcCall } from '../options/operate.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Removes what no manifest of a registry's folder names. */
export async function run({ args, options, io }: RegistryGcCall): Promise<Report> {
  const ageMinMs = parseDurationMs(options.olderThan);
  const { dryRun } = options;
  const removed = await removeGarbage(args[0] ?? '.', io.cwd, { ageMinMs, dryRun });
  const { contents, bytes, unnamed } = removed;
  const what = `${formatCount(contents, 'content')} (${formatCount(bytes, 'byte')})`;
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('registry-gc', () => ({ dryRun, contents, bytes, unnamed })),
    blocks: () => [
      showLine(`${dryRun ? 'would remove' : 'removed'} ${what}`),
      showLine(`${formatCount(unnamed, 'blob')} that no manifest of its repository names`),
    ],
  };
}
