import type { CommandDefinition } from '../command.ts';
import { argument, COMMON, format, JUDGING, option } from '../definitions.ts';

/** What runs on: servers, and what watches over that which was released. */
export const OPERATE_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['serve'],
    summary: 'Decide admissions over HTTPS and take in evidence.',
    arguments: [],
    options: [
      option('--listen <host:port>', 'address', { fallback: '127.0.0.1:8443' }),
      option('--tls-cert <file>', 'certificate chain, PEM; without it one is made and its authority printed'),
      option('--tls-key <file>', 'private key, PEM'),
      option(
        '--token-file <file>',
        'token of clients that read or write evidence (or WAYBILL_TOKEN); needed unless bound to loopback',
      ),
      option('--cluster <name>', 'cluster that is decided for (WAYBILL_CLUSTER)'),
      option('--audit-interval <age>', 'how often everything known is audited, or off', { fallback: '24h' }),
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
      option('--from <file>', 'what `kubectl get pods,deployments,nodes -A -o json` printed; - is standard input'),
      option('--cluster <name>', 'name of the cluster (WAYBILL_CLUSTER)'),
      option('--cluster-uid <uid>', 'uid of its kube-system namespace; without it, from the list, where that holds it'),
      option('--region <name>', 'region of the cluster; without it, from the labels of its nodes; none: it has none'),
      option('--at <time>', 'when it was observed; without it, now'),
      option('--lease <age>', 'for how long silence means that all runs on', { fallback: '24h' }),
      option('--empty', 'take a list without any pod for a cluster in which nothing runs'),
      option('--rebuilt', 'the cluster was built anew, or got all new nodes, under its name'),
      format('table', 'json'),
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
    summary: "Judge all that was released and all that runs by today's advisories, signatures, trust and policy.",
    arguments: [],
    options: [
      option('--since-last', 'show only what changed since the last audit, each with its cause'),
      option('--all', 'show what is in order too, and every row'),
      option('--fail-on <what>', 'what ends with exit code 1: a denial, also a rule that only records, or nothing', {
        choices: ['deny', 'record', 'never'],
        fallback: 'deny',
      }),
      option('--dry-run', 'record nothing, so that the next audit compares with the same one'),
      format('table', 'json'),
      ...JUDGING,
    ],
    examples: ['waybill audit', 'waybill audit --since-last --format json'],
    load: () => import('../commands/audit.ts'),
  },
  {
    path: ['violation', 'ingest'],
    summary: 'Record runtime events of Falco, joined to workload, release, commit and author.',
    arguments: [argument('file', 'events as Falco writes them with json_output, one a line; - is standard input')],
    options: [
      option('--cluster <name>', 'cluster that the events are from (WAYBILL_CLUSTER)'),
      format('table', 'json'),
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
    arguments: [argument('folder', 'where content is kept')],
    options: [option('--listen <host:port>', 'address', { fallback: '127.0.0.1:5000' })],
    examples: ['waybill registry serve ./registry', 'waybill registry serve ./registry --listen 127.0.0.1:5001'],
    load: () => import('../commands/registry-serve.ts'),
  },
];
