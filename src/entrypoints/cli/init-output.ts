import { relative } from 'node:path';
import { type Io, paint, printable, table } from './io.ts';
import type { Find } from './set-up/finds.ts';
import type { InitFile, InitResult } from './set-up/init-result.ts';

/** Only what can be asked of what is there. */
function nextOf({ finds, git }: InitResult): readonly (readonly [string, string])[] {
  return [
    ['waybill doctor', 'what is missing, unsafe or about to expire'],
    ...(finds.ecosystems.some(({ read }) => read)
      ? ([['waybill scan .', 'what is known against the components here']] as const)
      : []),
    ...(git?.topLevel == null
      ? []
      : ([['waybill gate commit --explain', 'what the policy says of the last commit']] as const)),
    ['waybill gate admission REF --explain', 'what the policy says of an image, and why'],
  ];
}

export function initText(io: Io, result: InitResult): string {
  const { notes, unknown, files, hooks } = result;
  const parts = [
    ...notes.map((note) => `${printable(note)}\n`),
    table(['FOUND', 'VALUE', 'WHERE'], rowsOf(result)),
    ...(unknown.length === 0
      ? []
      : [
          `\n${table(
            ['UNKNOWN', 'WHY'],
            unknown.map(({ what, why }) => [what, why]),
          )}`,
        ]),
    '\n',
    ...files.map((file) => fileText(io, result, file)),
    ...(hooks ?? []).map(({ name, path, did }) => `${did} ${name}: ${printable(path)}\n`),
    `\nnext\n${nextOf(result)
      .map(([command, why]) => `  ${command.padEnd(38)}${why}`)
      .join('\n')}\n`,
  ];
  return parts.join('');
}

function fileText(io: Io, { folder }: InitResult, { path, outcome, why, text }: InitFile): string {
  const name = printable(relative(folder, path));
  const note = why === '' ? '' : `: ${printable(why)}`;
  const line = `${paint(io, outcome === 'written' ? 'green' : 'dim', outcome)} ${name}${note}\n`;
  return outcome === 'would be written' ? `${line}${text.replace(/^(?=.)/gm, '  ')}` : line;
}

function rowsOf({ finds, written, git, remote }: InitResult): readonly (readonly string[])[] {
  const rows = (what: string, all: readonly Find[]) => all.map(({ value, place }) => [what, value, place]);
  return [
    ...finds.ecosystems.map(({ value, read, place }) => [
      'ecosystem',
      read
        ? value
        : `${value} (${/(?:^|\/)package\.json$/.test(place) ? 'no lock file that is read' : 'not read by this version'})`,
      place,
    ]),
    ...rows('pipeline', finds.ci),
    ...rows('environment', finds.environments),
    ...rows('image registry', written.images),
    ...rows('component registry', written.components),
    ...rows('cluster', written.cluster === null ? [] : [written.cluster]),
    ...rows('repository', remote === null ? [] : [{ value: remote, place: 'git remote origin' }]),
    ...(git?.topLevel == null ? [] : rows('commit signing', [{ value: signing(git), place: 'git config' }])),
  ];
}

function signing({ signs, format, allowedSignersFile }: NonNullable<InitResult['git']>): string {
  if (!signs) return 'off';
  return format === 'ssh' && allowedSignersFile === null ? 'ssh, and nobody is an allowed signer' : format;
}

/** The same for programs; a setting of git that is not asked about is not in it. */
export function initJson(result: InitResult): string {
  const { folder, notes, finds, written, git, remote, unknown, files, hooks } = result;
  const found = {
    ecosystems: finds.ecosystems,
    pipelines: finds.ci,
    environments: finds.environments,
    registries: written.images,
    componentRegistries: written.components,
    cluster: written.cluster,
    repository: remote,
    commitSigning: git?.topLevel == null ? null : { value: signing(git), place: 'git config' },
  };
  const told = files.map(({ path, outcome, why, text }) => ({
    path,
    outcome,
    why,
    ...(outcome === 'would be written' ? { text } : {}),
  }));
  return `${JSON.stringify({ folder, notes, found, unknown, files: told, hooks, next: nextOf(result).map(([command]) => command) }, null, 2)}\n`;
}
