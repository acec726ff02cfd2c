import type { CommandDefinition } from '../command.ts';
import { argument, JUDGING, option } from '../definitions.ts';

/** What stays running. */
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
      ...JUDGING,
    ],
    examples: [
      'waybill serve',
      'waybill serve --listen 0.0.0.0:8443 --tls-cert tls.crt --tls-key tls.key --token-file token',
    ],
    load: () => import('../commands/serve.ts'),
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
