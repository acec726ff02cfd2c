import { Failure } from '../../../core/failure.ts';
import type { CommandDefinition, CommandModule } from '../command.ts';
import { buildCompletionScript } from '../completion.ts';
import { SHELLS } from '../definitions.ts';
import { showText } from '../report/block.ts';

/** The catalogue is an argument, because it contains this command. */
export function createCompletionCommand(
  commands: readonly CommandDefinition[],
  groups: Readonly<Record<string, string>>,
): CommandModule {
  return {
    run: async (call) => {
      const shell = SHELLS.find((name) => name === call.args[0]);
      if (shell === undefined) {
        throw new Failure(
          'USAGE',
          `unknown shell ${call.args[0]}`,
          `Use one of ${SHELLS.join(', ')}.`,
        );
      }
      const script = buildCompletionScript(shell, commands, groups);
      return { kind: 'result', exitCode: 0, value: null, blocks: () => [showText(script)] };
    },
  };
}
