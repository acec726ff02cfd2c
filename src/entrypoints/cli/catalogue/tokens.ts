import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import { TENANT_OPTIONS, TOKEN_CREATE_OPTIONS, TOKEN_LIST_OPTIONS } from '../options/tokens.ts';

/** Who may read and write through waybill serve, and whose rows. */
export const TOKEN_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['token', 'create'],
    summary: 'Make a token for waybill serve; only its hash is kept.',
    arguments: [defineArgument('name', 'who will have it')],
    options: TOKEN_CREATE_OPTIONS,
    examples: [
      'waybill token create dashboard --role reader',
      'waybill token create ci --role publisher --expires 30d --token-file tokens',
      'waybill token create shop --role admin --tenant shop',
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
  defineCommand({
    path: ['tenant', 'create'],
    summary:
      'Give a tenant a log and a graph of its own in the same database; on PostgreSQL, the ' +
      'server itself gives no other its rows.',
    arguments: [defineArgument('name', 'small letters, digits and hyphens')],
    options: TENANT_OPTIONS,
    examples: ['waybill tenant create shop'],
    load: () => import('../commands/tenant-create.ts'),
  }),
  defineCommand({
    path: ['tenant', 'list'],
    readsOnly: true,
    summary: 'List the tenants of the database.',
    arguments: [],
    options: TENANT_OPTIONS,
    examples: ['waybill tenant list'],
    load: () => import('../commands/tenant-list.ts'),
  }),
];
