import type { CallOf } from '../command.ts';
import { COMMON, defineOption, FORM, NOTATION, OUTPUT, POLICY, TRUST } from '../definitions.ts';

const MANIFEST_FORM = defineOption('--format <format>', 'form of the result', {
  choices: ['yaml', 'json'],
  fallback: 'yaml',
});
const NAMESPACE = defineOption('--namespace <name>', "Waybill's own namespace", {
  fallback: 'waybill',
});

export const CLUSTER_CERTIFICATE_OPTIONS = [
  NAMESPACE,
  defineOption('--host <host>', 'a name or address more; needed for a server outside the cluster', {
    several: true,
  }),
  defineOption('--renew', 'make new ones though the old ones are good'),
  FORM,
  ...COMMON,
] as const;
export type ClusterCertificateCall = CallOf<typeof CLUSTER_CERTIFICATE_OPTIONS>;

export const CLUSTER_SERVER_OPTIONS = [
  defineOption('--image <reference>', 'image of Waybill, by its digest', { required: true }),
  defineOption('--cluster <name>', 'cluster that is decided for (WAYBILL_CLUSTER)'),
  NAMESPACE,
  defineOption('--storage <size>', 'of the volume that keeps evidence and advisories', {
    fallback: '10Gi',
  }),
  MANIFEST_FORM,
  POLICY,
  TRUST,
  NOTATION,
  OUTPUT,
  ...COMMON,
] as const;
export type ClusterServerCall = CallOf<typeof CLUSTER_SERVER_OPTIONS>;

export const CLUSTER_WEBHOOK_OPTIONS = [
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
  MANIFEST_FORM,
  OUTPUT,
  ...COMMON,
] as const;
export type ClusterWebhookCall = CallOf<typeof CLUSTER_WEBHOOK_OPTIONS>;
