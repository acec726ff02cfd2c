import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import { TOKEN_CREATE_OPTIONS, TOKEN_LIST_OPTIONS } from '../options/tokens.ts';

/** Who may read and write through waybill serve. */
export const TOKEN_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['token', 'create'],
    summary: 'Make a token for waybill serve; only its hash is kept.',
    arguments: [defineArgument('name', 'who will have it')],
    options: TOKEN_CREATE_OPTIONS,
    examples: [
      'waybill token create dashboard --role reader',
      'waybill token create ci --role publisher --expires 30d --token-file tokens',
    ],
    load: () => import('../commands/token-create.ts'),
  }),
  defineCommand({
    path: ['token', 'list'],
    readsOnly: true,
    summary: 'List the tokens of a file, their roles and when they expire.',
    arguments: [],
    options: TOKEN_LIST_OPTIONS,
    examples: ['waybill token list'],
    load: () => import('../commands/token-list.ts'),
  }),
  defineCommand({
    path: ['token', 'revoke'],
    summary: 'Take a token out of the file: a server that runs refuses it within a second.',
    arguments: [defineArgument('name', 'whose token it is')],
    options: TOKEN_LIST_OPTIONS,
    examples: ['waybill token revoke ci'],
    load: () => import('../commands/token-revoke.ts'),
  }),
];
