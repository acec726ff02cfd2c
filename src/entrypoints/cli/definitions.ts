import type { ArgumentDefinition, OptionDefinition } from './command.ts';
import { type FormatOf, listFormats, type ReportPart } from './report/list.ts';

export const defineArgument = (
  name: string,
  meaning: string,
  form: 'one' | 'several' | 'optional' | 'any' = 'one',
): ArgumentDefinition => ({
  name,
  meaning,
  required: form !== 'optional' && form !== 'any',
  several: form === 'several' || form === 'any',
});

type More = Omit<OptionDefinition, 'flags' | 'meaning'>;
type NamedOption<F extends string, M> = {
  readonly flags: F;
  readonly meaning: string;
} & Readonly<M>;

/** An option whose name, choices and default are known to the compiler. */
export function defineOption<const F extends string, const M extends More = Record<never, never>>(
  flags: F,
  meaning: string,
  more?: M,
): NamedOption<F, M> {
  return { flags, meaning, ...more } as NamedOption<F, M>;
}

export const CONFIG = defineOption(
  '--config <file>',
  'configuration file (WAYBILL_CONFIG); without it, waybill.yaml in the home',
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
  'the platform of an image index, such as linux/arm64; without it, that of this machine',
);
export const INSECURE = defineOption(
  '--insecure <registry>',
  'use plain HTTP for this registry host; may be given more than once',
  {
    several: true,
  },
);
export const LICENCES_FROM = defineOption(
  '--licenses-from <place>',
  'a folder of packages (such as the module cache of Go, ~/.nuget/packages, a source tree) or an ' +
    'SBOM that states licences which the image does not; may be given more than once',
  { several: true },
);
export const NEEDS_FROM = defineOption(
  '--needs-from <folder>',
  'a folder of packages whose manifests say which needs which, where a tree does not: the module ' +
    'cache of Go; may be given more than once',
  { several: true },
);
export const POLICY = defineOption(
  '--policy <file>',
  'policy document (WAYBILL_POLICY); see: waybill policy show',
);
export const ALLOWED_SIGNERS = defineOption(
  '--allowed-signers <file>',
  'allowed signers, as ssh-keygen reads them; without it, the file of the configuration, then ' +
    "that of git's user or system settings",
);
export const MERGE_SIGNER = defineOption(
  '--merge-signer <principal>',
  'a platform that merges for others, in addition to mergeSigners of the policy; may be given ' +
    'more than once',
  { several: true },
);
export const KEYRING = defineOption(
  '--keyring <file>',
  'OpenPGP public keys that may sign, as gpg --export writes them; may be given more than once; ' +
    'without it, keyrings of the configuration, and never a key ring of GnuPG',
  { several: true },
);
export const COMMIT_ROOT = defineOption(
  '--commit-root <file>',
  'root certificates (PEM) whose certificates may sign, as gpgsm makes it; may be given more than ' +
    'once; without it, commitRoots of the configuration, and never those of the system',
  { several: true },
);
export const COMMIT_IDENTITY = defineOption(
  '--commit-identity <identity=issuer>',
  'an identity of sigstore that may sign, as gitsign makes it, under the trusted root public; may ' +
    'be given more than once; without it, commitIdentities of the configuration',
  { several: true },
);
export const TRUST = defineOption('--trust <file>', 'trust document (WAYBILL_TRUST)');
export const NOTATION = defineOption(
  '--notation <folder>',
  'trustpolicy.json and truststore/ as notation keeps them (WAYBILL_NOTATION)',
);
export const KEY = defineOption('--key <name>', 'key of the key store, see: waybill key list', {
  fallback: 'default',
});

export const EXPLAIN = defineOption('--explain', 'show each rule with its evidence');
export const DECIDING_CLUSTER = defineOption(
  '--cluster <name>',
  'the cluster whose admissions are decided (WAYBILL_CLUSTER)',
);
export const RECORDED_REPOSITORY = defineOption(
  '--repo <url>',
  'with --record: the repository; without it, the remote origin',
);

/**
 * The formats for the parts of a command's report, then the formats that only this command writes.
 *
 * @example defineFormat(['blocks', 'value', 'findings'])
 */
export function defineFormat<const T extends ReportPart, const D extends string = never>(
  gives: readonly T[],
  own: readonly D[] = [],
) {
  const choices: readonly (FormatOf<T> | D)[] = [...listFormats(gives), ...own];
  return {
    flags: '--format <format>',
    meaning: 'format of the result',
    choices,
    fallback: 'table',
  } as const;
}
export const FORM = defineFormat(['blocks', 'value']);
export const COMMON = [HOME, CONFIG] as const;
export const REGISTRY = [INSECURE, ...COMMON] as const;
export const JUDGING = [POLICY, TRUST, NOTATION, ...REGISTRY] as const;

export const MANIFESTS = defineOption(
  '-f, --filename <file>',
  'manifests of Kubernetes: a file, a folder with all below it, or - for standard input; may be ' +
    'given more than once',
  { several: true },
);
export const FROM_LAYOUTS = defineOption(
  '--from <layout>',
  'where images are read in the place of registries: oci:DIR or oci-archive:FILE whose entries ' +
    'have whole names, or REPOSITORY=oci:DIR; may be given more than once',
  { several: true },
);
export const EXPECT_BUNDLE = defineOption(
  '--expect-bundle <digest>',
  'the bundle that a release must have, as waybill copy --bundle printed it; nothing may be missing ' +
    'and nothing added; may be given more than once',
  { several: true },
);

/** Options of most commands. */
export const TARGETS = defineArgument(
  'target',
  'a path, rootfs:PATH, oci:DIR, oci-archive:FILE, docker-archive:FILE, sbom:FILE, - or an ' +
    'image reference',
  'several',
);

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
