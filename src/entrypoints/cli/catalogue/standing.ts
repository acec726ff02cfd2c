import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import {
  STANDING_ADD_OPTIONS,
  STANDING_LIST_OPTIONS,
  STANDING_NOTICES_OPTIONS,
} from '../options/standing.ts';

const NAME = defineArgument('name', 'small letters, digits, dots and hyphens');

/** Questions that waybill serve asks again whenever something new is known. */
export const STANDING_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['standing', 'add'],
    summary: 'Keep a question: waybill serve asks it again, and tells who wants to know.',
    arguments: [NAME],
    options: STANDING_ADD_OPTIONS,
    examples: [
      'waybill standing add log4shell --ask "exposure CVE-2021-44228" --slack https://…',
      'waybill standing add gaps --ask missing --email sec@shop.example.com --digest 24h',
    ],
    load: () => import('../commands/standing-add.ts'),
  }),
  defineCommand({
    path: ['standing', 'list'],
    readsOnly: true,
    summary: 'List the standing questions, and when they were asked last.',
    arguments: [],
    options: STANDING_LIST_OPTIONS,
    examples: ['waybill standing list'],
    load: () => import('../commands/standing-list.ts'),
  }),
  defineCommand({
    path: ['standing', 'remove'],
    summary: 'Ask a question no more; its notices that wait are still delivered.',
    arguments: [NAME],
    options: STANDING_LIST_OPTIONS,
    examples: ['waybill standing remove log4shell'],
    load: () => import('../commands/standing-remove.ts'),
  }),
  defineCommand({
    path: ['standing', 'notices'],
    summary: 'List the notices that were not delivered, and why; try one again.',
    arguments: [],
    options: STANDING_NOTICES_OPTIONS,
    examples: ['waybill standing notices', 'waybill standing notices --retry ID'],
    load: () => import('../commands/standing-notices.ts'),
  }),
];
