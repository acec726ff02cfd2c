import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import {
  GATE_ADMISSION_OPTIONS,
  GATE_BUILD_OPTIONS,
  GATE_COMMIT_OPTIONS,
  GATE_RELEASE_OPTIONS,
  PIN_OPTIONS,
  POLICY_CHECK_OPTIONS,
  POLICY_SHOW_OPTIONS,
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
];
