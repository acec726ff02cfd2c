import type { CallOf } from '../command.ts';
import { COMMON, defineOption, FORM } from '../definitions.ts';

const TOKEN_FILE = defineOption(
  '--token-file <file>',
  'the file of tokens that waybill serve reads; without it, tokens in the home',
);

export const TOKEN_CREATE_OPTIONS = [
  defineOption(
    '--role <role>',
    'what it may do: a role or a set of roles; may be given more than once',
    {
      several: true,
    },
  ),
  defineOption('--expires <age>', 'how long it counts, or the moment of its end', {
    fallback: '90d',
  }),
  defineOption('--tenant <name>', 'whose rows alone it reads and writes'),
  TOKEN_FILE,
  FORM,
  ...COMMON,
] as const;
export type TokenCreateCall = CallOf<typeof TOKEN_CREATE_OPTIONS>;

export const TOKEN_LIST_OPTIONS = [TOKEN_FILE, FORM, ...COMMON] as const;
export type TokenListCall = CallOf<typeof TOKEN_LIST_OPTIONS>;

export const TENANT_OPTIONS = [FORM, ...COMMON] as const;
export type TenantCall = CallOf<typeof TENANT_OPTIONS>;
