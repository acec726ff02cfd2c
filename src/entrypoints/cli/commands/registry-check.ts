import { formatCount } from '../../../core/count.ts';
import { checkRegistryFolder } from '../../compose/registry-folder.ts';
import type { RegistryCheckCall } from '../options/operate.ts';
import { showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Reads a registry's folder again; ends with 1 where something is not as it was pushed. */
export async function run({ args, io, signal }: RegistryCheckCall): Promise<Report> {
  const checked = await checkRegistryFolder(args[0] ?? '.', io.cwd, signal);
  const { repositories, contents, flaws, isCut } = checked;
  const rows = flaws.map(({ repository, digest, what }) => [what, repository ?? '', digest]);
  const places = formatCount(repositories, 'repository', 'repositories');
  const seen = `${formatCount(contents, 'content')} of ${places}`;
  return {
    kind: 'result',
    exitCode: flaws.length === 0 ? 0 : 1,
    value: toValue('registry-check', () => ({ repositories, contents, flaws, isCut })),
    blocks: () =>
      flaws.length === 0
        ? [showLine(`${seen}: all is as it was pushed`)]
        : [
            showTable(['WHAT', 'REPOSITORY', 'DIGEST'], rows),
            showLine(`${seen}: ${flaws.length}${isCut ? ' and more' : ''} are wrong`),
          ],
  };
}
