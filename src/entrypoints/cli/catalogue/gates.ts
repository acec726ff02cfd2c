import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import {
  GATE_ADMISSION_OPTIONS,
  GATE_BUILD_OPTIONS,
  GATE_COMMIT_OPTIONS,
  GATE_RELEASE_OPTIONS,
  PIN_OPTIONS,
  POLICY_CHECK_OPTIONS,
  POLICY_DIFF_OPTIONS,
  POLICY_EVAL_OPTIONS,
  POLICY_LIBRARY_OPTIONS,
  POLICY_LOG_OPTIONS,
  POLICY_PROJECT_OPTIONS,
  POLICY_PULL_OPTIONS,
  POLICY_PUSH_OPTIONS,
  POLICY_REPLAY_OPTIONS,
  POLICY_ROLLBACK_OPTIONS,
  POLICY_SHOW_OPTIONS,
  POLICY_TEST_OPTIONS,
} from '../options/gates.ts';

/** Gates and the policy that they evaluate. */
export const GATES_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['gate', 'commit'],
    readsOnly: true,
    summary:
      'Ask whether commits may be made or pushed, from their signatures and the dependencies ' +
      'of their tree.',
    arguments: [
      defineArgument(
        'rev',
        'a commit, or a range such as main..HEAD; without one, HEAD',
        'optional',
      ),
    ],
    options: GATE_COMMIT_OPTIONS,
    examples: [
      'waybill gate commit',
      'waybill gate commit main..HEAD --explain',
      'waybill gate commit --staged',
    ],
    load: () => import('../commands/gate-commit.ts'),
  }),
  defineCommand({
    path: ['gate', 'build'],
    readsOnly: true,
    summary:
      'Ask whether a commit may be built: signed, pinned, from allowed registries, no major ' +
      'finding, materials recorded.',
    arguments: [
      defineArgument('target', 'a folder of the source; without any, this folder', 'optional'),
    ],
    options: GATE_BUILD_OPTIONS,
    examples: [
      'waybill gate build',
      'waybill gate build services/trips --commit v1.4 --explain',
      'waybill gate build --built oci:one --rebuilt oci:two',
    ],
    load: () => import('../commands/gate-build.ts'),
  }),
  defineCommand({
    path: ['gate', 'release'],
    readsOnly: true,
    summary: 'Ask whether a release may be shipped.',
    arguments: [defineArgument('target', 'images', 'several')],
    options: GATE_RELEASE_OPTIONS,
    examples: ['waybill gate release registry.example.com/shop/trips:1.4 --explain'],
    load: () => import('../commands/gate.ts'),
  }),
  defineCommand({
    path: ['gate', 'admission'],
    readsOnly: true,
    summary: 'Ask whether images, or all images of manifests, may run in a cluster, without one.',
    arguments: [defineArgument('target', 'images', 'any')],
    options: GATE_ADMISSION_OPTIONS,
    examples: [
      'waybill gate admission registry.example.com/shop/trips:1.4 --explain',
      'waybill gate admission -f manifests/',
      'helm template shop ./chart | waybill gate admission -f - --namespace shop',
    ],
    load: () => import('../commands/gate-admission.ts'),
  }),
  defineCommand({
    path: ['pin'],
    summary:
      'Write the digest of each image into manifests, behind its tag; comments and order stay.',
    arguments: [],
    options: PIN_OPTIONS,
    examples: [
      'waybill pin -f manifests/',
      'waybill pin -f manifests/ --check',
      'kustomize build overlays/eu | waybill pin -f - > rendered.yaml',
    ],
    load: () => import('../commands/pin.ts'),
  }),
  defineCommand({
    path: ['policy', 'show'],
    readsOnly: true,
    summary: 'Print the policy in force, or the default one to start from.',
    arguments: [],
    options: POLICY_SHOW_OPTIONS,
    examples: ['waybill policy show --default > policy.yaml'],
    load: () => import('../commands/policy-show.ts'),
  }),
  defineCommand({
    path: ['policy', 'check'],
    readsOnly: true,
    summary: 'Load a policy document and report what is wrong with it.',
    arguments: [defineArgument('file', 'policy documents', 'several')],
    options: POLICY_CHECK_OPTIONS,
    examples: ['waybill policy check policy.yaml'],
    load: () => import('../commands/policy-check.ts'),
  }),
  defineCommand({
    path: ['policy', 'library'],
    readsOnly: true,
    summary: 'List policies to learn from, or print one of them, or its tests.',
    arguments: [defineArgument('name', 'a policy of the library', 'optional')],
    options: POLICY_LIBRARY_OPTIONS,
    examples: [
      'waybill policy library',
      'waybill policy library slsa > slsa.yaml',
      'waybill policy library slsa --tests > slsa.tests.yaml',
    ],
    load: () => import('../commands/policy-library.ts'),
  }),
  defineCommand({
    path: ['policy', 'test'],
    readsOnly: true,
    summary:
      'Run the tests of a policy, and show which rules and branches they reach; with --mutate, ' +
      'also which changes of a rule they would not notice.',
    arguments: [defineArgument('file', 'files with tests', 'several')],
    options: POLICY_TEST_OPTIONS,
    examples: [
      'waybill policy test policy.tests.yaml',
      'waybill policy test policy.tests.yaml --mutate --min-branches 90',
    ],
    load: () => import('../commands/policy-test.ts'),
  }),
  defineCommand({
    path: ['policy', 'eval'],
    readsOnly: true,
    summary: 'Ask a policy about facts of a file: the verdict, or the decision record.',
    arguments: [
      defineArgument('file', 'facts in JSON, as they are recorded; - for standard input'),
    ],
    options: POLICY_EVAL_OPTIONS,
    examples: [
      'waybill policy eval facts.json --gate admission',
      'waybill policy eval facts.json --gate release --now 2026-11-22T12:00:00Z --format record',
    ],
    load: () => import('../commands/policy-eval.ts'),
  }),
  defineCommand({
    path: ['policy', 'replay'],
    readsOnly: true,
    summary:
      'Decide again what was decided: by the recorded facts, the policy and the moment of then.',
    arguments: [
      defineArgument(
        'digest',
        'digests of decisions, or of the images and commits that they are about; without one, all',
        'any',
      ),
    ],
    options: POLICY_REPLAY_OPTIONS,
    examples: ['waybill policy replay', `waybill policy replay sha256:${'0'.repeat(64)}`],
    load: () => import('../commands/policy-replay.ts'),
  }),
  defineCommand({
    path: ['policy', 'diff'],
    readsOnly: true,
    summary:
      'Show what another policy changes: its rules, what it tightens or loosens, and by ' +
      'recorded facts whose verdict it changes.',
    arguments: [
      defineArgument('before', 'the policy document of now'),
      defineArgument('after', 'the other policy document'),
    ],
    options: POLICY_DIFF_OPTIONS,
    examples: [
      'waybill policy diff policy.yaml stricter.yaml',
      'waybill policy diff policy.yaml stricter.yaml --gate admission',
    ],
    load: () => import('../commands/policy-diff.ts'),
  }),
  defineCommand({
    path: ['policy', 'project'],
    readsOnly: true,
    summary:
      'Print the policy in a form in which another system enforces it, with the policy inside.',
    arguments: [],
    options: POLICY_PROJECT_OPTIONS,
    examples: [
      'waybill policy project --to git-hook > .git/hooks/pre-push',
      'waybill policy project --to github --output .github/workflows/waybill.yml',
      'waybill policy project --to validating-admission-policy | kubectl apply -f -',
      'waybill policy project --to kyverno | kubectl apply -f -',
    ],
    load: () => import('../commands/policy-project.ts'),
  }),
  defineCommand({
    path: ['policy', 'push'],
    summary:
      'Push the policy to a registry as its next revision: signed, with a number that only grows.',
    arguments: [
      defineArgument('repository', 'the repository; the tag is latest unless another one is named'),
    ],
    options: POLICY_PUSH_OPTIONS,
    examples: [
      'waybill policy push registry.example.com/security/policy --policy policy.yaml --message "no GPL"',
    ],
    load: () => import('../commands/policy-push.ts'),
  }),
  defineCommand({
    path: ['policy', 'pull'],
    summary:
      'Bring the policy in force to the newest signed revision, never an older one; of several ' +
      'repositories, each may only tighten those before it.',
    arguments: [
      defineArgument(
        'repository',
        'where it was pushed: REGISTRY/REPOSITORY[:TAG], oci:DIR or oci-archive:FILE; the widest ' +
          'layer first; without one, policies.from of waybill.yaml',
        'any',
      ),
    ],
    options: POLICY_PULL_OPTIONS,
    examples: [
      'waybill policy pull registry.example.com/security/policy',
      'waybill policy pull registry.example.com/security/policy registry.example.com/shop/policy',
    ],
    load: () => import('../commands/policy-pull.ts'),
  }),
  defineCommand({
    path: ['policy', 'log'],
    readsOnly: true,
    summary:
      'Show the revisions of a pushed policy: what was changed, when, why, and who signed it.',
    arguments: [defineArgument('repository', 'where it was pushed')],
    options: POLICY_LOG_OPTIONS,
    examples: ['waybill policy log registry.example.com/security/policy'],
    load: () => import('../commands/policy-log.ts'),
  }),
  defineCommand({
    path: ['policy', 'rollback'],
    summary: 'Push the document of an earlier revision again, as the next revision.',
    arguments: [defineArgument('repository', 'where it was pushed')],
    options: POLICY_ROLLBACK_OPTIONS,
    examples: ['waybill policy rollback registry.example.com/security/policy --to 3'],
    load: () => import('../commands/policy-rollback.ts'),
  }),
];
