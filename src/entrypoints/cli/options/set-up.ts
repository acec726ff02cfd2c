import type { CallOf } from '../command.ts';
import { defineOption, FORM, JUDGING } from '../definitions.ts';

export const INIT_OPTIONS = [
  defineOption('--yes', 'ask nothing; so it is too where nobody is at a terminal'),
  defineOption(
    '--hooks',
    'install the hooks that ask the commit gate too, as: waybill hook install',
  ),
  defineOption('--dry-run', 'show what would be written, and write nothing'),
  FORM,
] as const;
export type InitCall = CallOf<typeof INIT_OPTIONS>;

export const DOCTOR_OPTIONS = [
  defineOption(
    '--online',
    'ask the registries too, whether they answer; nothing else asks the network',
  ),
  FORM,
  ...JUDGING,
] as const;
export type DoctorCall = CallOf<typeof DOCTOR_OPTIONS>;
