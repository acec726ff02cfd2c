import type { CallOf } from '../command.ts';
import {
  COMMON,
  DECIDING_CLUSTER,
  defineOption,
  FORM,
  JUDGING,
  KEY,
  NOTATION,
  REGISTRY,
  TRUST,
} from '../definitions.ts';

const LOG_FORMAT = defineOption('--log-format <format>', 'format of the log on standard error', {
  choices: ['json', 'text'],
  fallback: 'json',
});

export const SERVE_OPTIONS = [
  defineOption('--listen <host:port>', 'address', { fallback: '127.0.0.1:8443' }),
  defineOption(
    '--tls-cert <file>',
    'certificate chain, PEM; without it, one is made and the path of its authority printed',
  ),
  defineOption('--tls-key <file>', 'private key, PEM'),
  defineOption(
    '--client-ca <file>',
    'answer reviews only of API servers with a client certificate of this authority, PEM',
  ),
  defineOption(
    '--token-file <file>',
    'tokens of clients and their roles, one on each line (or one in WAYBILL_TOKEN); required ' +
      'unless the address is loopback',
  ),
  defineOption(
    '--identities <file>',
    'identity providers (OpenID Connect) whose tokens count, and what their claims allow',
  ),
  defineOption(
    '--clusters <file>',
    'clusters whose watchers may post what runs there, by the token of their service account; ' +
      'each cluster is asked whether it made the token',
  ),
  DECIDING_CLUSTER,
  defineOption('--audit-interval <age>', 'how often all known images are audited, or off', {
    fallback: '24h',
  }),
  defineOption(
    '--rescan-interval <age>',
    'how often all released images are scanned again, with --key, or off',
    { fallback: 'off' },
  ),
  defineOption('--key <name>', 'key of the key store that signs these scans'),
  defineOption(
    '--update-interval <age>',
    'how often the advisories are updated, or off; without it, WAYBILL_UPDATE_INTERVAL or ' +
      'updates.every of the configuration, else off',
  ),
  defineOption(
    '--update-from <url>',
    'where they come from, as for waybill advisories update --from',
  ),
  defineOption(
    '--advisory-age-max <age>',
    'not ready, as /readyz says, while the advisories are older, or off; without it, ' +
      'updates.ageMax of the configuration, else off',
  ),
  defineOption(
    '--notice <age>',
    'how long it still answers after it was told to stop, and says so at /readyz; without it, ' +
      'it takes nothing new at once',
  ),
  LOG_FORMAT,
  ...JUDGING,
] as const;
export type ServeCall = CallOf<typeof SERVE_OPTIONS>;

export const WATCH_OPTIONS = [
  defineOption(
    '--from <file>',
    'what `kubectl get pods,deployments,nodes -A -o json` printed; - is standard input',
  ),
  defineOption('--follow', 'ask the API server itself, and record each change until it is stopped'),
  defineOption(
    '--kubeconfig <file>',
    'how the API server is reached (KUBECONFIG); without it, as the pod that this runs in, else ' +
      '~/.kube/config',
  ),
  defineOption('--context <name>', 'context of the kubeconfig; without it, its current one'),
  defineOption(
    '--server <url>',
    'post what is seen to this `waybill serve`, and keep it while the server is away; without ' +
      'it, record it here',
  ),
  defineOption('--server-ca <file>', 'authority of that server, PEM; without it, those of Node.js'),
  defineOption(
    '--token-file <file>',
    'token for that server (or WAYBILL_TOKEN); read again for each request',
  ),
  LOG_FORMAT,
  defineOption('--cluster <name>', 'name of the cluster (WAYBILL_CLUSTER)'),
  defineOption(
    '--cluster-uid <uid>',
    'uid of its kube-system namespace; without it, taken from the list if it is there',
  ),
  defineOption(
    '--region <name>',
    'region of the cluster; without it, taken from the labels of its nodes; "none" if it has ' +
      'no region',
  ),
  defineOption('--at <time>', 'time of the observation; without it, now'),
  defineOption(
    '--lease <age>',
    'how long workloads count as running without a new observation; without it, 24h, or 15m ' +
      'with --follow',
  ),
  defineOption('--empty', 'accept a list without pods as a cluster in which nothing runs'),
  defineOption(
    '--rebuilt',
    'the cluster was rebuilt, or all its nodes were replaced, under the same name',
  ),
  FORM,
  ...COMMON,
] as const;
export type WatchCall = CallOf<typeof WATCH_OPTIONS>;

export const AUDIT_OPTIONS = [
  defineOption('--since-last', 'show only what changed since the last audit, each with its cause'),
  defineOption('--all', 'also show what is in order, and every row'),
  defineOption(
    '--fail-on <what>',
    'what leads to exit code 1: deny: a denial; record: also a broken rule that only ' +
      'records; never: nothing',
    {
      choices: ['deny', 'record', 'never'],
      fallback: 'deny',
    },
  ),
  defineOption(
    '--dry-run',
    'record nothing; the next audit then compares with the same one as this audit',
  ),
  defineOption(
    '--cluster <name>',
    'whose workloads policyreport, openreports and events are about; without it, WAYBILL_CLUSTER',
  ),
  defineOption('--format <format>', 'format of the result', {
    choices: ['table', 'json', 'sarif', 'policyreport', 'openreports', 'events'],
    fallback: 'table',
  }),
  ...JUDGING,
] as const;
export type AuditCall = CallOf<typeof AUDIT_OPTIONS>;

export const RESCAN_OPTIONS = [
  defineOption('--all', 'every image of every release that is known here'),
  defineOption('--running', 'the images of releases that run, as far as is known here'),
  KEY,
  defineOption(
    '--fail-on <severity>',
    'exit with 1 for new findings of this severity or worse, which the scan before did not have',
    {
      choices: ['critical', 'high', 'medium', 'low', 'unknown', 'never'],
      fallback: 'low',
    },
  ),
  defineOption('--allow-partial', 'exit with 0 even if not everything could be looked up'),
  FORM,
  TRUST,
  NOTATION,
  ...REGISTRY,
] as const;
export type RescanCall = CallOf<typeof RESCAN_OPTIONS>;

export const VIOLATION_INGEST_OPTIONS = [
  defineOption('--cluster <name>', 'the cluster that the events come from (WAYBILL_CLUSTER)'),
  FORM,
  ...COMMON,
] as const;
export type ViolationIngestCall = CallOf<typeof VIOLATION_INGEST_OPTIONS>;

export const REGISTRY_SERVE_OPTIONS = [
  defineOption('--listen <host:port>', 'address', { fallback: '127.0.0.1:5000' }),
  defineOption(
    '--access <file>',
    'who may do what in which repositories, quotas and tags that stay (RegistryAccess); without ' +
      'it, everybody may everything, and only on loopback',
  ),
  defineOption(
    '--users <file>',
    'names and passwords, as htpasswd -B writes them; read when it changes',
  ),
  defineOption('--tls-cert <file>', 'certificate chain, PEM; without it, plain HTTP'),
  defineOption('--tls-key <file>', 'private key, PEM'),
  LOG_FORMAT,
] as const;
export type RegistryServeCall = CallOf<typeof REGISTRY_SERVE_OPTIONS>;

export const REGISTRY_GC_OPTIONS = [
  defineOption('--older-than <duration>', 'what is younger stays: a push may go on', {
    fallback: '24h',
  }),
  defineOption('--dry-run', 'only count, and remove nothing'),
  FORM,
] as const;
export type RegistryGcCall = CallOf<typeof REGISTRY_GC_OPTIONS>;

export const REGISTRY_CHECK_OPTIONS = [FORM] as const;
export type RegistryCheckCall = CallOf<typeof REGISTRY_CHECK_OPTIONS>;
