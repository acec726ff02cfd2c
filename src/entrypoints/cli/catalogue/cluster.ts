import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import {
  CLUSTER_CERTIFICATE_OPTIONS,
  CLUSTER_CHART_OPTIONS,
  CLUSTER_GATEKEEPER_OPTIONS,
  CLUSTER_IMPORT_RATIFY_OPTIONS,
  CLUSTER_SERVER_OPTIONS,
  CLUSTER_WATCHER_OPTIONS,
  CLUSTER_WEBHOOK_OPTIONS,
} from '../options/cluster.ts';

/** What a cluster needs so that its API server asks Waybill. */
export const CLUSTER_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['cluster', 'certificate'],
    summary:
      'Make an authority and a certificate for the admission server, or renew them. The old ' +
      'authority is kept.',
    arguments: [defineArgument('folder', 'the folder for ca.crt, tls.crt and tls.key')],
    options: CLUSTER_CERTIFICATE_OPTIONS,
    examples: ['waybill cluster certificate tls', 'waybill cluster certificate tls --renew'],
    load: () => import('../commands/cluster-certificate.ts'),
  }),
  defineCommand({
    path: ['cluster', 'server'],
    summary:
      'Print the manifests that run `waybill serve` in a cluster, with the policy and trust ' +
      'of this machine.',
    arguments: [],
    options: CLUSTER_SERVER_OPTIONS,
    examples: [
      'waybill cluster server --image registry.example.com/waybill/waybill@sha256:… ' +
        '--cluster eu-1 | kubectl apply -f -',
    ],
    load: () => import('../commands/cluster-server.ts'),
  }),
  defineCommand({
    path: ['cluster', 'chart'],
    summary:
      'Write a Helm chart with the same manifests, the webhook configuration, and the policy and ' +
      'trust of this machine.',
    arguments: [defineArgument('folder', 'a new folder for the chart')],
    options: CLUSTER_CHART_OPTIONS,
    examples: [
      'waybill cluster chart waybill-chart ' +
        '--image registry.example.com/waybill/waybill@sha256:… --cluster eu-1',
    ],
    load: () => import('../commands/cluster-chart.ts'),
  }),
  defineCommand({
    path: ['cluster', 'webhook'],
    summary:
      'Print the webhook configuration that makes the API server ask Waybill, and refuse if ' +
      'Waybill does not answer.',
    arguments: [],
    options: CLUSTER_WEBHOOK_OPTIONS,
    examples: [
      'waybill cluster webhook --ca tls/ca.crt | kubectl apply -f -',
      'waybill cluster webhook --ca ca.crt --url https://waybill.example.com:8443/admit ' +
        '--exempt legacy',
    ],
    load: () => import('../commands/cluster-webhook.ts'),
  }),
  defineCommand({
    path: ['cluster', 'watcher'],
    summary:
      'Print the manifests that run `waybill watch --follow` in a cluster, with no right but to ' +
      'see what runs.',
    arguments: [],
    options: CLUSTER_WATCHER_OPTIONS,
    examples: [
      'waybill cluster watcher --image registry.example.com/waybill/waybill@sha256:… ' +
        '--cluster eu-1 --server https://waybill.example.com:8443 --ca ca.crt | kubectl apply -f -',
    ],
    load: () => import('../commands/cluster-watcher.ts'),
  }),
  defineCommand({
    path: ['cluster', 'gatekeeper'],
    summary:
      'Print the provider, template and constraint that make Gatekeeper ask Waybill about each ' +
      'image.',
    arguments: [],
    options: CLUSTER_GATEKEEPER_OPTIONS,
    examples: [
      'waybill cluster gatekeeper --ca tls/ca.crt | kubectl apply -f -',
      'waybill cluster gatekeeper --ca ca.crt --action warn ' +
        '--url https://waybill.example.com:8443/gatekeeper/verify',
    ],
    load: () => import('../commands/cluster-gatekeeper.ts'),
  }),
  defineCommand({
    path: ['cluster', 'import-ratify'],
    summary:
      'Take over whom the resources of Ratify 1 and 2 trust, and say what could not come over.',
    arguments: [
      defineArgument(
        'files...',
        'resources as kubectl prints them, YAML or JSON; - is standard input',
      ),
    ],
    options: CLUSTER_IMPORT_RATIFY_OPTIONS,
    examples: [
      'kubectl get verifiers,keymanagementproviders,policies,stores -o yaml | waybill cluster ' +
        'import-ratify - --repository "registry.example.com/shop/*"',
      'waybill cluster import-ratify executor.yaml --identity "CN=release,O=Shop,ST=WA,C=US"',
    ],
    load: () => import('../commands/cluster-import-ratify.ts'),
  }),
];
