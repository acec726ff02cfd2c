import type { CallOf } from '../command.ts';
import {
  ALLOWED_SIGNERS,
  COMMIT_IDENTITY,
  COMMIT_ROOT,
  COMMON,
  CONFIG,
  defineOption,
  FORM,
  KEYRING,
  MERGE_SIGNER,
  POLICY,
  RECORDED_REPOSITORY,
  REGISTRY,
} from '../definitions.ts';

export const COMMIT_VERIFY_OPTIONS = [
  ALLOWED_SIGNERS,
  KEYRING,
  COMMIT_IDENTITY,
  COMMIT_ROOT,
  MERGE_SIGNER,
  POLICY,
  defineOption('--record', 'append the verified commits to the evidence log'),
  RECORDED_REPOSITORY,
  FORM,
  ...COMMON,
] as const;
export type CommitVerifyCall = CallOf<typeof COMMIT_VERIFY_OPTIONS>;

export const COMMIT_SETUP_OPTIONS = [
  defineOption(
    '--key <key>',
    'the public half of an SSH key (~/.ssh/id_ed25519.pub), or the fingerprint of another key',
    { required: true },
  ),
  defineOption('--signature-format <format>', 'how commits are signed', {
    choices: ['ssh', 'openpgp', 'x509'],
    fallback: 'ssh',
  }),
  defineOption('--global', 'for all repositories of this user, not for this one alone'),
  defineOption('--dry-run', 'show what would be set, and set nothing'),
  CONFIG,
  FORM,
] as const;
export type CommitSetupCall = CallOf<typeof COMMIT_SETUP_OPTIONS>;

const SERVER = defineOption(
  '--server',
  'a pre-receive hook, for a repository that others push to: nobody can leave it out there',
);

export const HOOK_INSTALL_OPTIONS = [SERVER, CONFIG, FORM] as const;
export type HookInstallCall = CallOf<typeof HOOK_INSTALL_OPTIONS>;

export const HOOK_UNINSTALL_OPTIONS = [SERVER, FORM] as const;
export type HookUninstallCall = CallOf<typeof HOOK_UNINSTALL_OPTIONS>;

export const DEPS_OPTIONS = [
  defineOption('--all', 'also show pinned dependencies without findings that only a lock names'),
  FORM,
  ...COMMON,
] as const;
export type DepsCall = CallOf<typeof DEPS_OPTIONS>;

export const FIX_OPTIONS = [
  defineOption(
    '--only <finding|package>',
    'one finding by its id or an alias (CVE-…), or one package by its name; all else stays',
  ),
  defineOption(
    '--apply',
    'write the changes; nothing is written if a file changed in the meantime',
  ),
  defineOption(
    '--digest <image=digest>',
    'the digest of a base image, with the image as the Dockerfile names it; may be given ' +
      'more than once',
    {
      several: true,
    },
  ),
  defineOption('--resolve', 'ask registries for the digests of base images'),
  defineOption(
    '--versions-from <target>',
    'an image or SBOM from which the versions of system packages are taken',
  ),
  FORM,
  ...REGISTRY,
] as const;
export type FixCall = CallOf<typeof FIX_OPTIONS>;

export const LSP_OPTIONS = [...COMMON] as const;
export type LspCall = CallOf<typeof LSP_OPTIONS>;
