import { GATES } from '../../../core/verdict.ts';
import type { CallOf } from '../command.ts';
import {
  COMMIT_IDENTITY,
  COMMIT_ROOT,
  COMMON,
  defineFormat,
  defineOption,
  EXPECT_BUNDLE,
  EXPLAIN,
  FORM,
  FROM_LAYOUTS,
  JUDGING,
  KEY,
  KEYRING,
  MANIFESTS,
  NOTATION,
  OUTPUT,
  POLICY,
  RECORDED_REPOSITORY,
  REGISTRY,
  TRUST,
} from '../definitions.ts';
import { PROJECTION_NAMES } from '../projections/names.ts';

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
  EXPECT_BUNDLE,
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

export const POLICY_TEST_OPTIONS = [
  defineOption(
    '--mutate',
    'change every rule in one place, and list the changes that no test notices',
  ),
  defineOption(
    '--min-branches <percent>',
    'end with 1 where the tests reach fewer of the branches of the rules',
  ),
  defineOption(
    '--min-killed <percent>',
    'with --mutate: end with 1 where the tests notice fewer of the changes',
  ),
  POLICY,
  FORM,
  ...COMMON,
] as const;
export type PolicyTestCall = CallOf<typeof POLICY_TEST_OPTIONS>;

const GATE = defineOption('--gate <gate>', 'the gate that is asked', {
  choices: GATES,
  required: true,
});

export const POLICY_EVAL_OPTIONS = [
  GATE,
  defineOption('--now <time>', 'the moment of the decision; without it, this moment'),
  POLICY,
  defineFormat(['blocks', 'value'], ['record']),
  OUTPUT,
  ...COMMON,
] as const;
export type PolicyEvalCall = CallOf<typeof POLICY_EVAL_OPTIONS>;

export const POLICY_REPLAY_OPTIONS = [
  defineOption(
    '--policy <file>',
    'a policy of that time; may be given more than once; the one in force is known, and so are ' +
      'those that were pushed or pulled here',
    { several: true },
  ),
  FORM,
  ...COMMON,
] as const;
export type PolicyReplayCall = CallOf<typeof POLICY_REPLAY_OPTIONS>;

export const POLICY_DIFF_OPTIONS = [
  defineOption(
    '--gate <gate>',
    'try both on the recorded facts of this gate, for what was judged and for what runs; may be ' +
      'given more than once',
    { several: true, choices: GATES },
  ),
  FORM,
  ...COMMON,
] as const;
export type PolicyDiffCall = CallOf<typeof POLICY_DIFF_OPTIONS>;

const MESSAGE = defineOption('--message <text>', 'why the policy is changed');
const EFFECTIVE_FROM = defineOption(
  '--effective-from <time>',
  'the moment from which it is in force; until then the revision before it is',
);
const OF_STORE = [TRUST, NOTATION, FORM, ...REGISTRY] as const;

export const POLICY_PUSH_OPTIONS = [POLICY, KEY, MESSAGE, EFFECTIVE_FROM, ...OF_STORE] as const;
export type PolicyPushCall = CallOf<typeof POLICY_PUSH_OPTIONS>;

export const POLICY_ROLLBACK_OPTIONS = [
  defineOption('--to <number>', 'the number of the revision whose document is to be in force', {
    required: true,
  }),
  KEY,
  MESSAGE,
  ...OF_STORE,
] as const;
export type PolicyRollbackCall = CallOf<typeof POLICY_ROLLBACK_OPTIONS>;

export const POLICY_PULL_OPTIONS = [
  defineOption('--replace', 'replace a policy file that was not pulled'),
  defineOption('--as <repository>', 'for an artifact on disk: the repository whose trust counts'),
  POLICY,
  ...OF_STORE,
] as const;
export type PolicyPullCall = CallOf<typeof POLICY_PULL_OPTIONS>;

export const POLICY_LOG_OPTIONS = [
  defineOption('--max <number>', 'how many revisions are shown', { fallback: '20' }),
  ...OF_STORE,
] as const;
export type PolicyLogCall = CallOf<typeof POLICY_LOG_OPTIONS>;

export const POLICY_PROJECT_OPTIONS = [
  defineOption('--to <form>', 'where it is enforced', {
    choices: PROJECTION_NAMES,
    required: true,
  }),
  POLICY,
  TRUST,
  OUTPUT,
  ...COMMON,
] as const;
export type PolicyProjectCall = CallOf<typeof POLICY_PROJECT_OPTIONS>;

export const POLICY_LIBRARY_OPTIONS = [
  defineOption('--tests', 'the tests of the policy in its place'),
  FORM,
  OUTPUT,
  ...COMMON,
] as const;
export type PolicyLibraryCall = CallOf<typeof POLICY_LIBRARY_OPTIONS>;

export const PIN_OPTIONS = [
  { ...MANIFESTS, required: true },
  defineOption('--check', 'write nothing, and end with 1 where an image has no digest'),
  FROM_LAYOUTS,
  FORM,
  ...REGISTRY,
] as const;
export type PinCall = CallOf<typeof PIN_OPTIONS>;
