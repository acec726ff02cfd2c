import { realpathSync } from 'node:fs';
import { orThrow } from '../../../core/result.ts';
import { openGit, openHooks } from '../../compose/trees.ts';
import { version } from '../../compose/version.ts';
import type { Call, CommandModule } from '../command.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

export function createHookCommand(task: 'install' | 'uninstall'): CommandModule {
  return { run: (call) => changeHooks(call, task) };
}

async function changeHooks({ io }: Call, task: 'install' | 'uninstall'): Promise<Report> {
  const repository = orThrow(await openGit(io.cwd, io.env));
  try {
    const hooks = await openHooks(repository);
    const changes = orThrow(
      task === 'install' ? await hooks.install(findProgram()) : await hooks.uninstall(),
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

/** The binary and the script that run now; if Waybill is a single file, there is no script. */
export function findProgram() {
  const node = realpathSync(process.execPath);
  const script = process.argv[1];
  const entry = script === undefined ? null : realpathSync(script);
  return { node, entry: entry === node ? null : entry, version: version() };
}
