import type { CommandDefinition } from '../command.ts';
import { AFTER, argument, COMMON, format, IMAGE, LIMIT, NARROWING, option, REGISTRY } from '../definitions.ts';

/** Questions to the graph. */
export const ASK_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['ask', 'releases'],
    summary: 'Which releases have a component?',
    arguments: [],
    options: [
      option('--component <component>', 'a purl, name, name@version or name@range', { required: true }),
      option('--since <age>', 'released since, such as 90d or 2026-01-31T00:00:00Z'),
      ...NARROWING,
      ...COMMON,
    ],
    examples: [
      'waybill ask releases --component log4j-core@2.12.3 --since 90d',
      'waybill ask releases --component pkg:npm/left-pad --format json',
    ],
    load: () => import('../commands/ask-releases.ts'),
  },
  {
    path: ['ask', 'exposure'],
    summary: 'Which releases, deployed to which clusters, are exposed to a vulnerability?',
    arguments: [argument('vulnerability', 'a CVE or another id of it')],
    options: [...NARROWING, ...COMMON],
    examples: [
      'waybill ask exposure CVE-2021-44228',
      'waybill ask exposure CVE-2021-44228 --as-of 2026-01-31T00:00:00Z --format json',
    ],
    load: () => import('../commands/ask-exposure.ts'),
  },
  {
    path: ['ask', 'where'],
    summary: 'Which releases have an image, and where does it run?',
    arguments: [IMAGE],
    options: [...NARROWING, ...REGISTRY],
    examples: ['waybill ask where sha256:… --as-of 2026-01-31T00:00:00Z'],
    load: () => import('../commands/ask-image.ts').then(({ askWhere }) => askWhere),
  },
  {
    path: ['ask', 'findings'],
    summary: 'Which vulnerabilities are known of an image?',
    arguments: [IMAGE],
    options: [...NARROWING, ...REGISTRY],
    examples: ['waybill ask findings registry.example.com/shop/trips:1.4'],
    load: () => import('../commands/ask-image.ts').then(({ askFindings }) => askFindings),
  },
  {
    path: ['ask', 'provenance'],
    summary: 'Where does an image come from, and which documents say so?',
    arguments: [IMAGE],
    options: [...NARROWING, ...REGISTRY],
    examples: ['waybill ask provenance registry.example.com/shop/trips@sha256:…'],
    load: () => import('../commands/ask-image.ts').then(({ askProvenance }) => askProvenance),
  },
  {
    path: ['ask', 'verdicts'],
    summary: 'Which verdicts did an image get, at which gate, and when?',
    arguments: [IMAGE],
    options: [LIMIT, AFTER, format('table', 'json'), ...REGISTRY],
    examples: ['waybill ask verdicts registry.example.com/shop/trips:1.4'],
    load: () => import('../commands/ask-image.ts').then(({ askVerdicts }) => askVerdicts),
  },
];
