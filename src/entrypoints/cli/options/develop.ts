import type { CallOf } from '../command.ts';
import { COMMON, defineOption, FORM, POLICY, REGISTRY } from '../definitions.ts';

export const COMMIT_VERIFY_OPTIONS = [
  defineOption(
    '--allowed-signers <file>',
    "who may sign, as ssh-keygen reads it; without it that of waybill.yaml, then git's " +
      'own of the user or the machine',
  ),
  defineOption(
    '--merge-signer <principal>',
    'a platform that merges for others, beside the mergeSigners of the policy; may stand ' +
      'more than once',
    { several: true },
  ),
  POLICY,
  defineOption('--record', 'append what was verified to the evidence log'),
  defineOption('--repo <url>', 'with --record: the repository; without it, the remote origin'),
  FORM,
  ...COMMON,
] as const;
export type CommitVerifyCall = CallOf<typeof COMMIT_VERIFY_OPTIONS>;

export const HOOK_INSTALL_OPTIONS = [FORM] as const;
export type HookInstallCall = CallOf<typeof HOOK_INSTALL_OPTIONS>;

export const HOOK_UNINSTALL_OPTIONS = [FORM] as const;
export type HookUninstallCall = CallOf<typeof HOOK_UNINSTALL_OPTIONS>;

export const DEPS_OPTIONS = [
  defineOption('--all', 'show also what only a lock names, is pinned and has no finding'),
  FORM,
  ...COMMON,
] as const;
export type DepsCall = CallOf<typeof DEPS_OPTIONS>;

export const FIX_OPTIONS = [
  defineOption('--apply', 'write the changes; nothing is written where a file changed meanwhile'),
  defineOption(
    '--digest <image=digest>',
    'the digest of a base image as it is written; may stand more than once',
    {
      several: true,
    },
  ),
  defineOption('--resolve', 'ask registries for the digests of base images'),
  defineOption(
    '--versions-from <target>',
    'an image or SBOM that tells the versions of system packages',
  ),
  FORM,
  ...REGISTRY,
] as const;
export type FixCall = CallOf<typeof FIX_OPTIONS>;
