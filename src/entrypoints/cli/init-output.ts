import { relative } from 'node:path';
import { type Block, paint, showLine, showTable, showText } from './report/block.ts';
import type { SchemaValue } from './report/schemas.ts';
import { OUTLOOK } from './set-up/gate-outlook.ts';
import type { InitFile, InitResult } from './set-up/init-result.ts';
import { formatNaming } from './set-up/name-config.ts';
import type { LocatedValue } from './set-up/survey-result.ts';

/** Only commands that apply to what was found. */
function listNextSteps(result: InitResult): readonly (readonly [string, string])[] {
  const { finds, git, files } = result;
  const [config] = files;
  return [
    ...(config === undefined
      ? []
      : ([
          [formatNaming(config.path), 'every command uses these files, not only the source gates'],
        ] as const)),
    ['waybill doctor', 'what is missing, unsafe or about to expire'],
    ...(finds.ecosystems.some(({ read }) => read)
      ? ([['waybill scan .', 'known vulnerabilities of the components here']] as const)
      : []),
    ...(git?.topLevel == null
      ? []
      : ([
          ['waybill gate commit --explain', 'the verdict of the policy on the last commit'],
        ] as const)),
    ['waybill gate admission REF --explain', 'the verdict of the policy on an image, and why'],
  ];
}

export function showInit(result: InitResult): readonly Block[] {
  const { notes, unknown, files, hooks } = result;
  return [
    ...notes.map((one) => showLine(one)),
    showTable(['FOUND', 'VALUE', 'WHERE', 'ONCE IT ENFORCES'], toRows(result)),
    ...(unknown.length === 0
      ? []
      : [
          showLine(),
          showTable(
            ['UNKNOWN', 'WHY'],
            unknown.map(({ what, why }) => [what, why]),
          ),
        ]),
    showLine(),
    ...files.flatMap((file) => showFile(result, file)),
    ...(hooks ?? []).map(({ name, path, did }) => showLine(`${did} ${name}: ${path}`)),
    showLine(),
    showLine('next'),
    ...listNextSteps(result).map(([command, why]) => showLine(`  ${command.padEnd(36)}  ${why}`)),
  ];
}

function showFile(
  { folder }: InitResult,
  { path, outcome, why, text }: InitFile,
): readonly Block[] {
  const about = why === '' ? '' : `: ${why}`;
  const line = showLine(
    paint(outcome === 'written' ? 'green' : 'dim', outcome),
    ` ${relative(folder, path)}${about}`,
  );
  return outcome === 'would be written' ? [line, showText(text.replace(/^(?=.)/gm, '  '))] : [line];
}

function toRows(result: InitResult): readonly (readonly string[])[] {
  const { ecosystems, pipelines, environments, registries, componentRegistries, cluster } =
    listFound(result);
  const { repository, commitSigning } = listFound(result);
  const rows = (what: string, all: readonly JudgedFind[]) =>
    all.map(({ value, place, gates }) => [what, value, place, gates]);
  return [
    ...ecosystems.map(({ value, read, place, gates }) => [
      'ecosystem',
      read ? value : `${value} (${explainUnread(place)})`,
      place,
      gates,
    ]),
    ...rows('pipeline', pipelines),
    ...rows('environment', environments),
    ...rows('image registry', registries),
    ...rows('component registry', componentRegistries),
    ...rows('cluster', cluster === null ? [] : [cluster]),
    ...(repository === null
      ? []
      : [['repository', repository, 'git remote origin', OUTLOOK.repository]]),
    ...rows('commit signing', commitSigning === null ? [] : [commitSigning]),
  ];
}

interface JudgedFind extends LocatedValue {
  /** What the gates will do about it. */
  readonly gates: string;
}

function listFound(result: InitResult): SchemaValue<'init'>['found'] {
  const { finds, written, git, remote } = result;
  const judge = (one: LocatedValue, gates: string): JudgedFind => ({ ...one, gates });
  return {
    ecosystems: finds.ecosystems.map((one) => ({ ...one, gates: OUTLOOK.ecosystem(one) })),
    pipelines: finds.ci.map((one) => judge(one, OUTLOOK.pipeline(one))),
    environments: finds.environments.map((one) => judge(one, OUTLOOK.environment(one))),
    registries: written.found.images.map((one) => judge(one, OUTLOOK.registry(one, result))),
    componentRegistries: written.found.components.map((one) =>
      judge(one, OUTLOOK.componentRegistry(one, result)),
    ),
    cluster: written.cluster === null ? null : judge(written.cluster, OUTLOOK.cluster),
    repository: remote,
    commitSigning:
      git?.topLevel == null
        ? null
        : judge({ value: describeSigning(git), place: 'git config' }, OUTLOOK.signing),
  };
}

function explainUnread(place: string): string {
  return /(?:^|\/)package\.json$/.test(place)
    ? 'without a lock file that is read'
    : 'not read by this version';
}

function describeSigning({
  signs,
  format,
  allowedSignersFile,
}: NonNullable<InitResult['git']>): string {
  if (!signs) return 'off';
  return format === 'ssh' && allowedSignersFile === null ? 'ssh, without allowed signers' : format;
}

/** The same as JSON. It contains only the git settings that are shown. */
export function toInitValue(result: InitResult): SchemaValue<'init'> {
  const { folder, notes, unknown, files, hooks } = result;
  return {
    folder,
    notes,
    found: listFound(result),
    unknown,
    files: files.map(({ path, outcome, why, text }) => ({
      path,
      outcome,
      why,
      ...(outcome === 'would be written' ? { text } : {}),
    })),
    hooks,
    next: listNextSteps(result).map(([command]) => command),
  };
}
