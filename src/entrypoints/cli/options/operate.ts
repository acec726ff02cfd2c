import type { CallOf } from '../command.ts';
import { COMMON, defineOption, FORM, JUDGING } from '../definitions.ts';

export const SERVE_OPTIONS = [
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
] as const;
export type ServeCall = CallOf<typeof SERVE_OPTIONS>;

export const WATCH_OPTIONS = [
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
  FORM,
  ...COMMON,
] as const;
export type WatchCall = CallOf<typeof WATCH_OPTIONS>;

export const AUDIT_OPTIONS = [
  defineOption('--since-last', 'show only what changed since the last audit, each with its cause'),
  defineOption('--all', 'show what is in order too, and every row'),
  defineOption(
    '--fail-on <what>',
    'what ends with exit code 1: a denial, also a rule that only records, or nothing',
    {
      choices: ['deny', 'record', 'never'],
      fallback: 'deny',
    },
  ),
  defineOption('--dry-run', 'record nothing, so that the next audit compares with the same one'),
  FORM,
  ...JUDGING,
] as const;
export type AuditCall = CallOf<typeof AUDIT_OPTIONS>;

export const VIOLATION_INGEST_OPTIONS = [
  defineOption('--cluster <name>', 'cluster that the events are from (WAYBILL_CLUSTER)'),
  FORM,
  ...COMMON,
] as const;
export type ViolationIngestCall = CallOf<typeof VIOLATION_INGEST_OPTIONS>;

export const REGISTRY_SERVE_OPTIONS = [
  defineOption('--listen <host:port>', 'address', { fallback: '127.0.0.1:5000' }),
] as const;
export type RegistryServeCall = CallOf<typeof REGISTRY_SERVE_OPTIONS>;
