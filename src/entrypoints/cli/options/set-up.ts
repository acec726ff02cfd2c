import type { CallOf } from '../command.ts';
import { COMMON, defineOption, FORM, JUDGING } from '../definitions.ts';

export const INIT_OPTIONS = [
  defineOption(
    '--yes',
    'ask nothing, and allow nothing that was found; this is the default without a terminal',
  ),
  defineOption(
    '--hooks',
    'also install the hooks that ask the commit gate, as waybill hook install does',
  ),
  defineOption('--dry-run', 'show what would be written, and write nothing'),
  FORM,
] as const;
export type InitCall = CallOf<typeof INIT_OPTIONS>;

export const DOCTOR_OPTIONS = [
  defineOption(
    '--online',
    'also ask the registries whether they answer; nothing else uses the network',
  ),
  FORM,
  ...JUDGING,
] as const;
export type DoctorCall = CallOf<typeof DOCTOR_OPTIONS>;

export const VERSION_OPTIONS = [FORM, ...COMMON] as const;
export type VersionCall = CallOf<typeof VERSION_OPTIONS>;
