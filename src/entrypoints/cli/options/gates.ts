import type { CallOf } from '../command.ts';
import {
  COMMIT_IDENTITY,
  COMMIT_ROOT,
  COMMON,
  defineOption,
  EXPLAIN,
  FORM,
  FROM_LAYOUTS,
  JUDGING,
  KEYRING,
  MANIFESTS,
  POLICY,
  RECORDED_REPOSITORY,
  REGISTRY,
} from '../definitions.ts';

const ON_COMMITS = [
  EXPLAIN,
  defineOption(
    '--allowed-signers <file>',
    'who may sign commits; the default is that of waybill commit verify',
  ),
  KEYRING,
  COMMIT_IDENTITY,
  COMMIT_ROOT,
  defineOption('--record', 'append the commit and the decision to the evidence log'),
  RECORDED_REPOSITORY,
  FORM,
  POLICY,
  ...REGISTRY,
] as const;

export const GATE_COMMIT_OPTIONS = [
  defineOption(
    '--staged',
    'judge the staged changes, before there is a commit (for a pre-commit hook)',
  ),
  defineOption(
    '--push',
    'judge the commits that git names on standard input (for a pre-push hook)',
  ),
  defineOption(
    '--receive',
    'judge the refs that git names on standard input (for a pre-receive hook of a server)',
  ),
  defineOption(
    '--remote <name>',
    'with --push: the remote; commits of its branches are known already',
  ),
  ...ON_COMMITS,
] as const;
export type GateCommitCall = CallOf<typeof GATE_COMMIT_OPTIONS>;

export const GATE_BUILD_OPTIONS = [
  defineOption('--commit <rev>', 'the commit that is built; without it, HEAD'),
  defineOption('--built <image>', 'the image that the build made, compared with --rebuilt'),
  defineOption('--rebuilt <image>', 'the image that a second build of the same commit made'),
  ...ON_COMMITS,
] as const;
export type GateBuildCall = CallOf<typeof GATE_BUILD_OPTIONS>;

export const GATE_RELEASE_OPTIONS = [EXPLAIN, FORM, ...JUDGING] as const;
export type GateReleaseCall = CallOf<typeof GATE_RELEASE_OPTIONS>;

export const GATE_ADMISSION_OPTIONS = [
  EXPLAIN,
  MANIFESTS,
  defineOption(
    '--namespace <name>',
    'namespace of the workload; for manifests, of the objects that name none',
    { fallback: 'default' },
  ),
  FROM_LAYOUTS,
  FORM,
  ...JUDGING,
] as const;
export type GateAdmissionCall = CallOf<typeof GATE_ADMISSION_OPTIONS>;

export const POLICY_SHOW_OPTIONS = [
  defineOption('--default', 'the default policy, even if another one is configured'),
  POLICY,
  ...COMMON,
] as const;
export type PolicyShowCall = CallOf<typeof POLICY_SHOW_OPTIONS>;

export const POLICY_CHECK_OPTIONS = [FORM, ...COMMON] as const;
export type PolicyCheckCall = CallOf<typeof POLICY_CHECK_OPTIONS>;

export const PIN_OPTIONS = [
  { ...MANIFESTS, required: true },
  defineOption('--check', 'write nothing, and end with 1 where an image has no digest'),
  FROM_LAYOUTS,
  FORM,
  ...REGISTRY,
] as const;
export type PinCall = CallOf<typeof PIN_OPTIONS>;
