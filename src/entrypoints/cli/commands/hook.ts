import { realpathSync } from 'node:fs';
import { orThrow } from '../../../core/result.ts';
import { openGit, openHooks } from '../../compose/compose.ts';
import { version } from '../../compose/version.ts';
import { wantsJson } from '../call-config.ts';
import type { Call, CommandModule, ExitCode } from '../command.ts';
import { makePrintable } from '../io.ts';

export function createHookCommand(task: 'install' | 'uninstall'): CommandModule {
  return { run: (call) => changeHooks(call, task) };
}

async function changeHooks(
  { io, options, args, signal }: Call,
  task: 'install' | 'uninstall',
): Promise<ExitCode> {
  const repository = orThrow(await openGit(io.cwd, io.env));
  try {
    const hooks = await openHooks(repository);
    const changes = orThrow(
      task === 'install' ? await hooks.install(findProgram()) : await hooks.uninstall(),
    );
    if (wantsJson({ io, options, args, signal })) {
      io.out(`${JSON.stringify({ hooks: changes }, null, 2)}\n`);
      return 0;
    }
    for (const { name, path, did, kept } of changes) {
      const what = did === 'left' ? 'is not ours and stays' : did;
      const before =
        kept === null
          ? ''
          : did === 'removed'
            ? '; the hook of before is back'
            : `; runs first: ${kept}`;
      io.out(`${makePrintable(`${name} ${what}: ${path}${before}`)}\n`);
    }
    return 0;
  } finally {
    repository.close();
  }
}

/** The very binary and script that run now; where Waybill is one file there is no script. */
export function findProgram() {
  const node = realpathSync(process.execPath);
  const script = process.argv[1];
  const entry = script === undefined ? null : realpathSync(script);
  return { node, entry: entry === node ? null : entry, version: version() };
}
