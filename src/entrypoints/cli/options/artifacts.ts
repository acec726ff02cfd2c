import type { CallOf } from '../command.ts';
import { defineOption, FORM, REGISTRY } from '../definitions.ts';

export const COPY_OPTIONS = [
  defineOption('--dry-run', 'list what belongs to the release, and write nothing'),
  defineOption(
    '--replace-tags',
    'replace tags of cosign, such as sha256-….sig, that have other content at the target',
  ),
  FORM,
  ...REGISTRY,
] as const;
export type CopyCall = CallOf<typeof COPY_OPTIONS>;
