import type { CommandDefinition } from '../command.ts';
import {
  COMMON,
  defineArgument,
  defineFormat,
  defineOption,
  NOTATION,
  OUTPUT,
  POLICY,
  TRUST,
} from '../definitions.ts';

const NAMESPACE = defineOption('--namespace <name>', "Waybill's own namespace", {
  fallback: 'waybill',
});

/** What a cluster is given so that its API server asks. */
export const CLUSTER_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['cluster', 'certificate'],
    summary:
      'Make an authority and a certificate for the admission server, or renew them; the old ' +
      'authority is kept.',
    arguments: [defineArgument('folder', 'where ca.crt, tls.crt and tls.key lie, or are to lie')],
    options: [
      NAMESPACE,
      defineOption(
        '--host <host>',
        'a name or address more; needed for a server outside the cluster',
        { several: true },
      ),
      defineOption('--renew', 'make new ones though the old ones are good'),
      defineFormat('table', 'json'),
      ...COMMON,
    ],
    examples: ['waybill cluster certificate tls', 'waybill cluster certificate tls --renew'],
    load: () => import('../commands/cluster-certificate.ts'),
  },
  {
    path: ['cluster', 'server'],
    summary:
      'Print the manifests that run `waybill serve` in a cluster, with the policy and trust ' +
      'of here.',
    arguments: [],
    options: [
      defineOption('--image <reference>', 'image of Waybill, by its digest', { required: true }),
      defineOption('--cluster <name>', 'cluster that is decided for (WAYBILL_CLUSTER)'),
      NAMESPACE,
      defineOption('--storage <size>', 'of the volume that keeps evidence and advisories', {
        fallback: '10Gi',
      }),
      defineFormat('yaml', 'json'),
      POLICY,
      TRUST,
      NOTATION,
      OUTPUT,
      ...COMMON,
    ],
    examples: [
      'waybill cluster server --image registry.example.com/waybill/waybill@sha256:… ' +
        '--cluster eu-1 | kubectl apply -f -',
    ],
    load: () => import('../commands/cluster-server.ts'),
  },
  {
    path: ['cluster', 'webhook'],
    summary:
      'Print the webhook configuration that makes the API server ask Waybill, and refuse ' +
      'where it cannot.',
    arguments: [],
    options: [
      defineOption(
        '--ca <file>',
        "authority of the server's certificate, PEM; two while it is being changed",
        {
          several: true,
          required: true,
        },
      ),
      NAMESPACE,
      defineOption(
        '--url <url>',
        'https address of a server outside the cluster, instead of the Service inside',
      ),
      defineOption(
        '--exempt <namespace>',
        'a namespace that is not decided about, beside kube-system and that of Waybill',
        {
          several: true,
        },
      ),
      defineOption('--timeout <seconds>', 'how long the API server waits, 1 to 30', {
        fallback: '10',
      }),
      defineFormat('yaml', 'json'),
      OUTPUT,
      ...COMMON,
    ],
    examples: [
      'waybill cluster webhook --ca tls/ca.crt | kubectl apply -f -',
      'waybill cluster webhook --ca ca.crt --url https://waybill.example.com:8443/admit ' +
        '--exempt legacy',
    ],
    load: () => import('../commands/cluster-webhook.ts'),
  },
];
