import { relative } from 'node:path';
import { formatTable, type Io, makePrintable, paint } from './io.ts';
import type { InitFile, InitResult } from './set-up/init-result.ts';
import type { LocatedValue } from './set-up/survey-result.ts';

/** Only what can be asked of what is there. */
function listNextSteps({ finds, git }: InitResult): readonly (readonly [string, string])[] {
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

export function formatInitText(io: Io, result: InitResult): string {
  const { notes, unknown, files, hooks } = result;
  const parts = [
    ...notes.map((note) => `${makePrintable(note)}\n`),
    formatTable(['FOUND', 'VALUE', 'WHERE'], toRows(result)),
    ...(unknown.length === 0
      ? []
      : [
          `\n${formatTable(
            ['UNKNOWN', 'WHY'],
            unknown.map(({ what, why }) => [what, why]),
          )}`,
        ]),
    '\n',
    ...files.map((file) => formatFile(io, result, file)),
    ...(hooks ?? []).map(({ name, path, did }) => `${did} ${name}: ${makePrintable(path)}\n`),
    `\nnext\n${listNextSteps(result)
      .map(([command, why]) => `  ${command.padEnd(38)}${why}`)
      .join('\n')}\n`,
  ];
  return parts.join('');
}

function formatFile(
  io: Io,
  { folder }: InitResult,
  { path, outcome, why, text }: InitFile,
): string {
  const name = makePrintable(relative(folder, path));
  const note = why === '' ? '' : `: ${makePrintable(why)}`;
  const line = `${paint(io, outcome === 'written' ? 'green' : 'dim', outcome)} ${name}${note}\n`;
  return outcome === 'would be written' ? `${line}${text.replace(/^(?=.)/gm, '  ')}` : line;
}

function toRows({ finds, written, git, remote }: InitResult): readonly (readonly string[])[] {
  const rows = (what: string, all: readonly LocatedValue[]) =>
    all.map(({ value, place }) => [what, value, place]);
  return [
    ...finds.ecosystems.map(({ value, read, place }) => [
      'ecosystem',
      read
        ? value
        : `${value} ` +
          `(${/(?:^|\/)package\.json$/.test(place) ? 'no lock file that is read' : 'not read by this version'})`,
      place,
    ]),
    ...rows('pipeline', finds.ci),
    ...rows('environment', finds.environments),
    ...rows('image registry', written.images),
    ...rows('component registry', written.components),
    ...rows('cluster', written.cluster === null ? [] : [written.cluster]),
    ...rows('repository', remote === null ? [] : [{ value: remote, place: 'git remote origin' }]),
    ...(git?.topLevel == null
      ? []
      : rows('commit signing', [{ value: describeSigning(git), place: 'git config' }])),
  ];
}

function describeSigning({
  signs,
  format,
  allowedSignersFile,
}: NonNullable<InitResult['git']>): string {
  if (!signs) return 'off';
  return format === 'ssh' && allowedSignersFile === null
    ? 'ssh, and nobody is an allowed signer'
    : format;
}

/** The same for programs; a setting of git that is not asked about is not in it. */
export function formatInitJson(result: InitResult): string {
  const { folder, notes, finds, written, git, remote, unknown, files, hooks } = result;
  const found = {
    ecosystems: finds.ecosystems,
    pipelines: finds.ci,
    environments: finds.environments,
    registries: written.images,
    componentRegistries: written.components,
    cluster: written.cluster,
    repository: remote,
    commitSigning:
      git?.topLevel == null ? null : { value: describeSigning(git), place: 'git config' },
  };
  const told = files.map(({ path, outcome, why, text }) => ({
    path,
    outcome,
    why,
    ...(outcome === 'would be written' ? { text } : {}),
  }));
  return `${JSON.stringify({ folder, notes, found, unknown, files: told, hooks, next: listNextSteps(result).map(([command]) => command) }, null, 2)}\n`;
}
