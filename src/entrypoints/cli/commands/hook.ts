import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { orThrow } from '../../../core/result.ts';
import { findForm } from '../../compose/installation.ts';
import { openGit, openHooks } from '../../compose/trees.ts';
import { version } from '../../compose/version.ts';
import { loadConfig } from '../../config/config.ts';
import type { Call, CommandModule } from '../command.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

export function createHookCommand(task: 'install' | 'uninstall'): CommandModule<HookOptions> {
  return { run: (call) => changeHooks(call, task) };
}

interface HookOptions {
  readonly server: boolean;
  readonly config?: string | undefined;
}

async function changeHooks(
  { io, options }: Call<HookOptions>,
  task: 'install' | 'uninstall',
): Promise<Report> {
  const side = options.server ? 'server' : 'person';
  const config = options.config === undefined ? null : resolve(io.cwd, options.config);
  // A hook that names a broken file would refuse every push: that is better said now.
  if (config !== null) await loadConfig({ config }, io.env, io.cwd);
  const repository = orThrow(await openGit(io.cwd, io.env));
  try {
    const hooks = await openHooks(repository);
    const changes = orThrow(
      task === 'install'
        ? await hooks.install({ ...findProgram(), config }, side)
        : await hooks.uninstall(side),
    );
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue(`hook-${task}`, () => ({ hooks: changes })),
      blocks: () => changes.map(showChange),
    };
  } finally {
    repository.close();
  }
}

type HookValue = SchemaValue<'hook-install'>['hooks'][number];

function showChange({ name, path, did, kept }: HookValue): Block {
  const what = did === 'left' ? 'is not ours and was not changed' : did;
  const back = did === 'removed' ? '; the earlier hook was restored' : `; runs first: ${kept}`;
  return showLine(`${name} ${what}: ${path}${kept === null ? '' : back}`);
}

/**
 * The binary and the script that run now. Waybill as a single file has no script: the second word
 * is then what the user typed, such as a name on the PATH, and not a path.
 */
export function findProgram(
  form: ReturnType<typeof findForm> = findForm(),
  { execPath, argv }: Pick<NodeJS.Process, 'execPath' | 'argv'> = process,
) {
  const node = realpathSync(execPath);
  // mutant hook-of-a-single-file by commands/hook: condition -> false
  if (form === 'executable') return { node, entry: null, version: version() };
  const [, script] = argv;
  return { node, entry: script === undefined ? null : realpathSync(script), version: version() };
}
