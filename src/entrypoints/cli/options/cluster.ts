import type { Call, CallOf, OptionsOf } from '../command.ts';
import {
  COMMON,
  DECIDING_CLUSTER,
  defineOption,
  FORM,
  NOTATION,
  OUTPUT,
  POLICY,
  TRUST,
} from '../definitions.ts';

const MANIFEST_FORM = defineOption('--format <format>', 'format of the result', {
  choices: ['yaml', 'json'],
  fallback: 'yaml',
});
const NAMESPACE = defineOption('--namespace <name>', "Waybill's own namespace", {
  fallback: 'waybill',
});

export const CLUSTER_CERTIFICATE_OPTIONS = [
  NAMESPACE,
  defineOption(
    '--host <host>',
    'another name or address; needed for a server outside the cluster',
    {
      several: true,
    },
  ),
  defineOption('--renew', 'make new ones although the old ones are still valid'),
  FORM,
  ...COMMON,
] as const;
export type ClusterCertificateCall = CallOf<typeof CLUSTER_CERTIFICATE_OPTIONS>;

const SERVER = [
  defineOption('--image <reference>', 'image of Waybill, by its digest', { required: true }),
  DECIDING_CLUSTER,
  defineOption('--storage <size>', 'size of the volume for evidence and advisories', {
    fallback: '10Gi',
  }),
  defineOption(
    '--api-server <cidr>',
    'addresses from which API servers ask, for the network policy; without it, every address may',
    { several: true },
  ),
  defineOption(
    '--client <namespace>',
    'a namespace whose pods may send evidence, events or questions',
    { several: true },
  ),
  defineOption(
    '--update-interval <age>',
    'how often the server updates its advisories; else never',
  ),
  defineOption('--update-from <url>', 'where it updates them from; without it, from OSV'),
  defineOption('--replicas <number>', 'refused above 1, with the reason', { fallback: '1' }),
  defineOption(
    '--advisory-age-max <age>',
    'the server is not ready while they are older; else they may be of any age',
  ),
] as const;

export const CLUSTER_SERVER_OPTIONS = [
  ...SERVER,
  NAMESPACE,
  MANIFEST_FORM,
  POLICY,
  TRUST,
  NOTATION,
  OUTPUT,
  ...COMMON,
] as const;
export type ClusterServerCall = CallOf<typeof CLUSTER_SERVER_OPTIONS>;

export const CLUSTER_CHART_OPTIONS = [...SERVER, FORM, POLICY, TRUST, NOTATION, ...COMMON] as const;
export type ClusterChartCall = Call<Omit<OptionsOf<typeof CLUSTER_CHART_OPTIONS>, 'format'>>;

const AUTHORITY = defineOption(
  '--ca <file>',
  "authority of the server's certificate, PEM; name both while the authority changes",
  { several: true, required: true },
);

export const CLUSTER_WEBHOOK_OPTIONS = [
  AUTHORITY,
  NAMESPACE,
  defineOption(
    '--url <url>',
    'https address of a server outside the cluster, instead of the Service in the cluster',
  ),
  defineOption(
    '--exempt <namespace>',
    "a namespace without admission control, in addition to kube-system and Waybill's own",
    {
      several: true,
    },
  ),
  defineOption('--timeout <seconds>', 'how long the API server waits, 1 to 30', {
    fallback: '10',
  }),
  defineOption(
    '--pin',
    'also print a webhook that writes the digest behind each tag; not for workloads that are ' +
      'kept equal to a repository (GitOps)',
  ),
  MANIFEST_FORM,
  OUTPUT,
  ...COMMON,
] as const;
export type ClusterWebhookCall = CallOf<typeof CLUSTER_WEBHOOK_OPTIONS>;

export const CLUSTER_WATCHER_OPTIONS = [
  defineOption('--image <reference>', 'image of Waybill, by its digest', { required: true }),
  defineOption('--cluster <name>', 'name of the cluster in the graph', { required: true }),
  defineOption('--server <url>', 'the `waybill serve` that gets what is seen', {
    required: true,
  }),
  defineOption(
    '--ca <file>',
    "authority of that server's certificate, PEM; without it, those of Node.js",
    { several: true },
  ),
  defineOption('--audience <name>', 'what the token for that server is made for', {
    fallback: 'waybill',
  }),
  NAMESPACE,
  MANIFEST_FORM,
  OUTPUT,
  ...COMMON,
] as const;
export type ClusterWatcherCall = CallOf<typeof CLUSTER_WATCHER_OPTIONS>;

export const CLUSTER_GATEKEEPER_OPTIONS = [
  AUTHORITY,
  NAMESPACE,
  defineOption(
    '--url <url>',
    'https address of a server outside the cluster, instead of the Service in the cluster',
  ),
  defineOption(
    '--exempt <namespace>',
    "a namespace without admission control, in addition to kube-system, Gatekeeper's and Waybill's",
    { several: true },
  ),
  defineOption('--timeout <seconds>', 'how long Gatekeeper waits, 1 to 29', { fallback: '2' }),
  defineOption('--action <action>', 'what Gatekeeper does with an image that is not admitted', {
    choices: ['deny', 'warn', 'dryrun'],
    fallback: 'deny',
  }),
  MANIFEST_FORM,
  OUTPUT,
  ...COMMON,
] as const;
export type ClusterGatekeeperCall = CallOf<typeof CLUSTER_GATEKEEPER_OPTIONS>;

export const CLUSTER_IMPORT_RATIFY_OPTIONS = [
  defineOption('--repository <pattern>', 'what a scope * stands for: registry.example.com/shop/*', {
    several: true,
  }),
  defineOption(
    '--identity <subject>',
    'whom an identity * stands for: CN=release,O=Shop,ST=WA,C=US',
    { several: true },
  ),
  defineOption(
    '--statement <kind>',
    'what the signers may state; without it, image, and sbom and scan if a verifier asks for them',
    { several: true },
  ),
  defineOption('--trusted-root <name>', 'the trusted root of sigstore that cosign relies on', {
    fallback: 'public',
  }),
  FORM,
  TRUST,
  NOTATION,
  ...COMMON,
] as const;
export type ClusterImportRatifyCall = CallOf<typeof CLUSTER_IMPORT_RATIFY_OPTIONS>;
