import type { CommandDefinition } from '../command.ts';
import { defineArgument, SHELLS } from '../definitions.ts';

/** The completion of a shell, which is made from every command. */
export function defineCompletion(
  loadCommands: () => Promise<readonly CommandDefinition[]>,
  groups: Readonly<Record<string, string>>,
): CommandDefinition {
  return {
    path: ['completion'],
    summary: 'Print the completion script of a shell.',
    arguments: [defineArgument('shell', SHELLS.join(', '))],
    options: [],
    examples: [
      'source <(waybill completion bash)',
      'waybill completion fish > ~/.config/fish/completions/waybill.fish',
    ],
    load: async () => {
      const { createCompletionCommand } = await import('../commands/completion.ts');
      return createCompletionCommand(await loadCommands(), groups);
    },
  };
}
