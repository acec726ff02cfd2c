import type { CommandDefinition } from '../command.ts';
import { COMMON, defineArgument, defineFormat, defineOption, JUDGING } from '../definitions.ts';

/** What runs on: servers, and what watches over that which was released. */
export const OPERATE_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['serve'],
    summary: 'Decide admissions over HTTPS and take in evidence.',
    arguments: [],
    options: [
      defineOption('--listen <host:port>', 'address', { fallback: '127.0.0.1:8443' }),
      defineOption(
        '--tls-cert <file>',
        'certificate chain, PEM; without it one is made and its authority printed',
      ),
      defineOption('--tls-key <file>', 'private key, PEM'),
      defineOption(
        '--token-file <file>',
        'token of clients that read or write evidence (or WAYBILL_TOKEN); needed unless ' +
          'bound to loopback',
      ),
      defineOption('--cluster <name>', 'cluster that is decided for (WAYBILL_CLUSTER)'),
      defineOption('--audit-interval <age>', 'how often everything known is audited, or off', {
        fallback: '24h',
      }),
      ...JUDGING,
    ],
    examples: [
      'waybill serve',
      'waybill serve --listen 0.0.0.0:8443 --tls-cert tls.crt --tls-key tls.key --token-file token',
    ],
    load: () => import('../commands/serve.ts'),
  },
  {
    path: ['watch'],
    summary: 'Record what runs in a cluster, from what kubectl prints.',
    arguments: [],
    options: [
      defineOption(
        '--from <file>',
        'what `kubectl get pods,deployments,nodes -A -o json` printed; - is standard input',
      ),
      defineOption('--cluster <name>', 'name of the cluster (WAYBILL_CLUSTER)'),
      defineOption(
        '--cluster-uid <uid>',
        'uid of its kube-system namespace; without it, from the list, where that holds it',
      ),
      defineOption(
        '--region <name>',
        'region of the cluster; without it, from the labels of its nodes; none: it has none',
      ),
      defineOption('--at <time>', 'when it was observed; without it, now'),
      defineOption('--lease <age>', 'for how long silence means that all runs on', {
        fallback: '24h',
      }),
      defineOption('--empty', 'take a list without any pod for a cluster in which nothing runs'),
      defineOption('--rebuilt', 'the cluster was built anew, or got all new nodes, under its name'),
      defineFormat('table', 'json'),
      ...COMMON,
    ],
    examples: [
      'kubectl get pods,deployments,nodes -A -o json | waybill watch --from - --cluster eu-1',
      'waybill watch --from eu-1.json --cluster eu-1 --at 2026-01-31T00:00:00Z',
    ],
    load: () => import('../commands/watch.ts'),
  },
  {
    path: ['audit'],
    summary:
      "Judge all that was released and all that runs by today's advisories, signatures, " +
      'trust and policy.',
    arguments: [],
    options: [
      defineOption(
        '--since-last',
        'show only what changed since the last audit, each with its cause',
      ),
      defineOption('--all', 'show what is in order too, and every row'),
      defineOption(
        '--fail-on <what>',
        'what ends with exit code 1: a denial, also a rule that only records, or nothing',
        {
          choices: ['deny', 'record', 'never'],
          fallback: 'deny',
        },
      ),
      defineOption(
        '--dry-run',
        'record nothing, so that the next audit compares with the same one',
      ),
      defineFormat('table', 'json'),
      ...JUDGING,
    ],
    examples: ['waybill audit', 'waybill audit --since-last --format json'],
    load: () => import('../commands/audit.ts'),
  },
  {
    path: ['violation', 'ingest'],
    summary: 'Record runtime events of Falco, joined to workload, release, commit and author.',
    arguments: [
      defineArgument(
        'file',
        'events as Falco writes them with json_output, one a line; - is standard input',
      ),
    ],
    options: [
      defineOption('--cluster <name>', 'cluster that the events are from (WAYBILL_CLUSTER)'),
      defineFormat('table', 'json'),
      ...COMMON,
    ],
    examples: [
      'waybill violation ingest falco.ndjson --cluster eu-1',
      'kubectl logs -n falco daemonset/falco | waybill violation ingest - --cluster eu-1',
    ],
    load: () => import('../commands/violation-ingest.ts'),
  },
  {
    path: ['registry', 'serve'],
    summary: 'Run the embedded registry, with the referrers API, over a folder.',
    arguments: [defineArgument('folder', 'where content is kept')],
    options: [defineOption('--listen <host:port>', 'address', { fallback: '127.0.0.1:5000' })],
    examples: [
      'waybill registry serve ./registry',
      'waybill registry serve ./registry --listen 127.0.0.1:5001',
    ],
    load: () => import('../commands/registry-serve.ts'),
  },
];
