import type { ArgumentDefinition, OptionDefinition } from './command.ts';

export const defineArgument = (
  name: string,
  meaning: string,
  form: 'one' | 'several' | 'optional' = 'one',
): ArgumentDefinition => ({
  name,
  meaning,
  required: form !== 'optional',
  several: form === 'several',
});
export const defineOption = (
  flags: string,
  meaning: string,
  more: Omit<OptionDefinition, 'flags' | 'meaning'> = {},
): OptionDefinition => ({
  flags,
  meaning,
  ...more,
});

export const CONFIG = defineOption(
  '--config <file>',
  'configuration; without it the nearest waybill.yaml',
);
export const HOME = defineOption(
  '--home <folder>',
  'folder of the database, the advisory index, keys and trust (WAYBILL_HOME)',
);
export const OUTPUT = defineOption(
  '-o, --output <file>',
  'write the result to a file instead of standard output',
);
export const PLATFORM = defineOption(
  '--platform <os/arch>',
  'the member of an image index, such as linux/amd64',
);
export const INSECURE = defineOption(
  '--insecure <registry>',
  'speak plain HTTP with this registry host; may stand more than once',
  {
    several: true,
  },
);
export const POLICY = defineOption(
  '--policy <file>',
  'policy document (WAYBILL_POLICY); see: waybill policy show',
);
export const TRUST = defineOption('--trust <file>', 'trust document (WAYBILL_TRUST)');
export const NOTATION = defineOption(
  '--notation <folder>',
  'trustpolicy.json and truststore/ as notation keeps them (WAYBILL_NOTATION)',
);
export const KEY = defineOption('--key <name>', 'key of the key store, see: waybill key list', {
  fallback: 'default',
});
export const defineFormat = (...choices: readonly string[]): OptionDefinition =>
  defineOption('--format <format>', 'form of the result', {
    choices,
    fallback: choices[0] ?? 'table',
  });
export const COMMON = [HOME, CONFIG];
export const REGISTRY = [INSECURE, ...COMMON];
export const JUDGING = [POLICY, TRUST, NOTATION, ...REGISTRY];

/** What most commands take. */
export const TARGETS = defineArgument(
  'target',
  'a path, rootfs:PATH, oci:DIR, oci-archive:FILE, docker-archive:FILE, sbom:FILE, - or an ' +
    'image reference',
  'several',
);

export const LIMIT = defineOption('--limit <rows>', 'rows of the page', { fallback: '100' });
export const AFTER = defineOption('--after <cursor>', 'the page that follows');

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
