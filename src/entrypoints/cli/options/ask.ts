import type { CallOf } from '../command.ts';
import { COMMON, defineOption, FORM } from '../definitions.ts';

export const EXPORT = defineOption(
  '--export <file>',
  'also write the answer as a signed statement, with proofs of the documents that it names',
);

export const ASK_OPTIONS = [
  defineOption('--verify <file>', 'check this exported answer; no database is read'),
  defineOption('--log-key <key>', 'the key of the log that answered (NAME+ID+KEY)'),
  defineOption(
    '--checkpoint <file>',
    'the checkpoint that you hold, which must be the one of the answer',
  ),
  FORM,
  ...COMMON,
] as const;
export type AskVerifyCall = CallOf<typeof ASK_OPTIONS>;
