import { GATES } from '../../../core/verdict.ts';
import type { CommandDefinition, OptionDefinition } from '../command.ts';
import {
  AFTER,
  COMMON,
  defineArgument,
  defineFormat,
  defineOption,
  FORM,
  LIMIT,
  REGISTRY,
} from '../definitions.ts';

/**
 * How a question is narrowed. A question offers those that mean something there; the others are
 * refused.
 */
const NARROW = {
  since: defineOption('--since <age>', 'only releases since, such as 90d or 2026-01-31T00:00:00Z'),
  owner: defineOption('--owner <team>', 'only releases of this owner'),
  signedBy: defineOption('--signed-by <identity>', 'only where this signer says so'),
  asOf: defineOption('--as-of <time>', 'the world at that moment, as known now'),
  knownAt: defineOption('--known-at <time>', 'what was known at that moment'),
} as const;
const ALL_NARROW = Object.values(NARROW);
const PAGE = [LIMIT, AFTER];
const FORM_WITH_TREE = defineFormat(['blocks', 'value', 'tree']);

const SUBJECT_MEANING =
  'a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved ' +
  'by its registry';
const SUBJECT = defineArgument('subject', SUBJECT_MEANING);
const MAYBE_SUBJECT = defineArgument('subject', SUBJECT_MEANING, 'optional');
const PLACE: readonly OptionDefinition[] = [
  defineOption('--cluster <name>', 'only in this cluster'),
  defineOption('--region <name>', 'only in clusters of this region'),
  defineOption('--namespace <name>', 'only in this namespace'),
];

/** Questions to the graph. */
export const ASK_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['ask', 'releases'],
    summary: 'Which releases have a component?',
    arguments: [],
    options: [
      defineOption('--component <component>', 'a purl, name, name@version or name@range', {
        required: true,
      }),
      ...ALL_NARROW,
      ...PAGE,
      FORM,
      ...COMMON,
    ],
    examples: [
      'waybill ask releases --component log4j-core@2.12.3 --since 90d',
      "waybill ask releases --component 'log4j@<2.15' --owner team-trips",
      'waybill ask releases --component pkg:npm/left-pad --format json',
    ],
    load: () => import('../commands/ask-releases.ts').then(({ askReleases }) => askReleases),
  },
  {
    path: ['ask', 'exposure'],
    summary: 'Which releases, deployed to which clusters, are exposed to a vulnerability?',
    arguments: [defineArgument('vulnerability', 'a CVE or another id of it')],
    options: [...ALL_NARROW, ...PAGE, FORM_WITH_TREE, ...COMMON],
    examples: [
      'waybill ask exposure CVE-2021-44228',
      'waybill ask exposure CVE-2021-44228 --as-of 2026-01-31T00:00:00Z --format json',
      'waybill ask exposure CVE-2021-44228 --format tree',
    ],
    load: () => import('../commands/ask-exposure.ts').then(({ askExposure }) => askExposure),
  },
  {
    path: ['ask', 'where'],
    summary:
      'Where does an image or a release run, or what runs in a cluster, region or namespace?',
    arguments: [MAYBE_SUBJECT],
    options: [...PLACE, ...ALL_NARROW, ...PAGE, FORM_WITH_TREE, ...REGISTRY],
    examples: [
      'waybill ask where sha256:… --as-of 2026-01-31T00:00:00Z',
      'waybill ask where trips@1.4 --format tree',
      'waybill ask where --cluster eu-1 --namespace shop',
    ],
    load: () => import('../commands/ask-where.ts').then(({ askWhere }) => askWhere),
  },
  {
    path: ['ask', 'why'],
    summary: 'Why is a component in an image or a release?',
    arguments: [SUBJECT, defineArgument('component', 'a purl, name, name@version or name@range')],
    options: [NARROW.signedBy, NARROW.knownAt, FORM_WITH_TREE, ...REGISTRY],
    examples: [
      'waybill ask why trips@1.4 log4j-core',
      'waybill ask why sha256:… pkg:npm/left-pad --format tree',
    ],
    load: () => import('../commands/ask-why.ts').then(({ askWhy }) => askWhy),
  },
  {
    path: ['ask', 'findings'],
    summary: 'Which vulnerabilities are known of an image or a release?',
    arguments: [SUBJECT],
    options: [NARROW.signedBy, NARROW.knownAt, ...PAGE, FORM, ...REGISTRY],
    examples: ['waybill ask findings registry.example.com/shop/trips:1.4'],
    load: () => import('../commands/ask-findings.ts').then(({ askFindings }) => askFindings),
  },
  {
    path: ['ask', 'provenance'],
    summary: 'Where does an image or a release come from, and which documents say so?',
    arguments: [SUBJECT],
    options: [...ALL_NARROW, ...PAGE, FORM_WITH_TREE, ...REGISTRY],
    examples: [
      'waybill ask provenance registry.example.com/shop/trips@sha256:…',
      'waybill ask provenance trips@1.4 --format tree',
    ],
    load: () => import('../commands/ask-provenance.ts').then(({ askProvenance }) => askProvenance),
  },
  {
    path: ['ask', 'verdicts'],
    summary: 'Which verdicts did an image or a release get, at which gate, and when?',
    arguments: [SUBJECT],
    options: [
      defineOption('--since <age>', 'only what was decided since, such as 90d'),
      NARROW.signedBy,
      NARROW.asOf,
      NARROW.knownAt,
      ...PAGE,
      FORM,
      ...REGISTRY,
    ],
    examples: ['waybill ask verdicts registry.example.com/shop/trips:1.4'],
    load: () => import('../commands/ask-verdicts.ts').then(({ askVerdicts }) => askVerdicts),
  },
  {
    path: ['ask', 'violations'],
    summary:
      'What did running workloads do against policy, and which release, commit and author ' +
      'are behind it?',
    arguments: [MAYBE_SUBJECT],
    options: [
      ...PLACE,
      defineOption('--since <age>', 'only events since, such as 90d'),
      NARROW.owner,
      NARROW.signedBy,
      NARROW.asOf,
      NARROW.knownAt,
      ...PAGE,
      FORM,
      ...REGISTRY,
    ],
    examples: [
      'waybill ask violations trips@1.4',
      'waybill ask violations --cluster eu-1 --since 7d',
    ],
    load: () => import('../commands/ask-violations.ts').then(({ askViolations }) => askViolations),
  },
  {
    path: ['ask', 'what-if'],
    summary:
      'What would a policy newly deny, allow or leave undetermined, by the facts that were ' +
      'recorded?',
    arguments: [],
    options: [
      defineOption('--policy <file>', 'the policy to try, taken as enforcing', { required: true }),
      defineOption('--gate <gate>', 'the gate that it is tried at', {
        choices: GATES,
        fallback: 'admission',
      }),
      ...PLACE,
      ...ALL_NARROW,
      FORM,
      ...COMMON,
    ],
    examples: [
      'waybill ask what-if --policy stricter.yaml',
      'waybill ask what-if --policy stricter.yaml --owner team-trips --format json',
    ],
    load: () => import('../commands/ask-what-if.ts').then(({ askWhatIf }) => askWhatIf),
  },
];
