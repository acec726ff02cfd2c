import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import {
  AUDIT_OPTIONS,
  REGISTRY_CHECK_OPTIONS,
  REGISTRY_GC_OPTIONS,
  REGISTRY_SERVE_OPTIONS,
  RESCAN_OPTIONS,
  SERVE_OPTIONS,
  VIOLATION_INGEST_OPTIONS,
  WATCH_OPTIONS,
} from '../options/operate.ts';

/** Servers, and what watches releases after they were published. */
export const OPERATE_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['serve'],
    summary: 'Decide admissions over HTTPS and receive evidence.',
    arguments: [],
    options: SERVE_OPTIONS,
    examples: [
      'waybill serve',
      'waybill serve --listen 0.0.0.0:8443 --tls-cert tls.crt --tls-key tls.key --token-file token',
    ],
    load: () => import('../commands/serve.ts'),
  }),
  defineCommand({
    path: ['watch'],
    summary: 'Record what runs in a cluster: once, from what kubectl prints, or as it changes.',
    arguments: [],
    options: WATCH_OPTIONS,
    examples: [
      'kubectl get pods,deployments,nodes -A -o json | waybill watch --from - --cluster eu-1',
      'waybill watch --from eu-1.json --cluster eu-1 --at 2026-01-31T00:00:00Z',
      'waybill watch --follow --cluster eu-1 --server https://waybill.example.com:8443 ' +
        '--server-ca ca.crt --token-file token',
    ],
    load: () => import('../commands/watch.ts'),
  }),
  defineCommand({
    path: ['audit'],
    summary:
      "Judge everything that was released or runs by today's advisories, signatures, trust " +
      'and policy.',
    arguments: [],
    options: AUDIT_OPTIONS,
    examples: [
      'waybill audit',
      'waybill audit --since-last --format json',
      'waybill audit --cluster eu-1 --format openreports | kubectl apply -f -',
    ],
    load: () => import('../commands/audit.ts'),
  }),
  defineCommand({
    path: ['rescan'],
    summary: 'Scan published images again and attach the signed scan in place of the one before.',
    arguments: [
      defineArgument(
        'image',
        'an image reference, or oci:DIR[:TAG]; without one, --all or --running',
        'any',
      ),
    ],
    options: RESCAN_OPTIONS,
    examples: [
      'waybill rescan registry.example.com/shop/trips:1.4',
      'waybill rescan --running --key release --format json',
    ],
    load: () => import('../commands/rescan.ts'),
  }),
  defineCommand({
    path: ['violation', 'ingest'],
    summary:
      'Record what Falco, Tetragon, trivy-operator or the audit log of an API server tell, joined to ' +
      'workload, release, commit and author.',
    arguments: [
      defineArgument(
        'file',
        'events in JSON as the sensor writes them, one per line; - is standard input',
      ),
    ],
    options: VIOLATION_INGEST_OPTIONS,
    examples: [
      'waybill violation ingest falco.ndjson --cluster eu-1',
      'kubectl logs -n falco daemonset/falco | waybill violation ingest - --cluster eu-1',
    ],
    load: () => import('../commands/violation-ingest.ts'),
  }),
  defineCommand({
    path: ['registry', 'serve'],
    summary: 'Run the embedded registry, with the referrers API, over a folder.',
    arguments: [defineArgument('folder', 'the folder that keeps the content')],
    options: REGISTRY_SERVE_OPTIONS,
    examples: [
      'waybill registry serve ./registry',
      'waybill registry serve ./registry --listen 127.0.0.1:5001',
      'waybill registry serve ./registry --listen 0.0.0.0:5000 --access access.yaml ' +
        '--users users --tls-cert tls.crt --tls-key tls.key',
    ],
    load: () => import('../commands/registry-serve.ts'),
  }),
  defineCommand({
    path: ['registry', 'gc'],
    summary:
      'Remove from the folder of the embedded registry what no manifest names; the registry may ' +
      'run meanwhile.',
    arguments: [defineArgument('folder', 'the folder that keeps the content')],
    options: REGISTRY_GC_OPTIONS,
    examples: ['waybill registry gc ./registry --dry-run', 'waybill registry gc ./registry'],
    load: () => import('../commands/registry-gc.ts'),
  }),
  defineCommand({
    path: ['registry', 'check'],
    summary:
      'Read everything in the folder of the embedded registry again, and say what is damaged.',
    readsOnly: true,
    arguments: [defineArgument('folder', 'the folder that keeps the content')],
    options: REGISTRY_CHECK_OPTIONS,
    examples: ['waybill registry check ./registry'],
    load: () => import('../commands/registry-check.ts'),
  }),
];
