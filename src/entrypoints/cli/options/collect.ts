import type { CallOf } from '../command.ts';
import { defineOption, FORM, REGISTRY } from '../definitions.ts';

export const COLLECT_OPTIONS = [
  defineOption(
    '--watch <age>',
    'go on: look again so often, such as 30s; without it, look once and end',
  ),
  FORM,
  ...REGISTRY,
] as const;
export type CollectCall = CallOf<typeof COLLECT_OPTIONS>;
