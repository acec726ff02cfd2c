import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from './command.ts';

const argument = (name: string, meaning: string, form: 'one' | 'several' | 'optional' = 'one'): ArgumentDefinition => ({
  name,
  meaning,
  required: form !== 'optional',
  several: form === 'several',
});
const option = (
  flags: string,
  meaning: string,
  more: Omit<OptionDefinition, 'flags' | 'meaning'> = {},
): OptionDefinition => ({
  flags,
  meaning,
  ...more,
});

const CONFIG = option('--config <file>', 'configuration; without it the nearest waybill.yaml');
const HOME = option('--home <folder>', 'folder of the database, the advisory index, keys and trust (WAYBILL_HOME)');
const OUTPUT = option('-o, --output <file>', 'write the result to a file instead of standard output');
const PLATFORM = option('--platform <os/arch>', 'the member of an image index, such as linux/amd64');
const INSECURE = option('--insecure <registry>', 'speak plain HTTP with this registry host; may stand more than once', {
  several: true,
});
const POLICY = option('--policy <file>', 'policy document (WAYBILL_POLICY); without one, the default policy');
const TRUST = option('--trust <file>', 'trust document (WAYBILL_TRUST)');
const NOTATION = option(
  '--notation <folder>',
  'trustpolicy.json and truststore/ as notation keeps them (WAYBILL_NOTATION)',
);
const KEY = option('--key <name>', 'key of the key store, see: waybill key list', { fallback: 'default' });
const format = (...choices: readonly string[]): OptionDefinition =>
  option('--format <format>', 'form of the result', { choices, fallback: choices[0] ?? 'table' });
const COMMON = [HOME, CONFIG];
const REGISTRY = [INSECURE, ...COMMON];
const JUDGING = [POLICY, TRUST, NOTATION, ...REGISTRY];

const TARGETS = argument(
  'target',
  'a path, rootfs:PATH, oci:DIR, oci-archive:FILE, docker-archive:FILE, sbom:FILE, - or an image reference',
  'several',
);

/** What `waybill GROUP` says of a group of commands. */
export const GROUPS: Readonly<Record<string, string>> = {
  advisories: 'the advisory index that findings come from',
  ask: 'questions to the knowledge graph',
  gate: 'one gate, one verdict',
  graph: 'the evidence log and the knowledge graph over it',
  key: 'signing keys',
  policy: 'policy documents',
  registry: 'the embedded artifact repository',
  trust: 'who may state what about which repositories',
};

/** Every command, in the order of the way: inventory, scan, sign, release, verify, gate, serve, ask. */
export const COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['sbom'],
    summary: 'List what a source tree or an image is made of.',
    arguments: [TARGETS],
    options: [format('table', 'json', 'spdx-json', 'cyclonedx-json'), OUTPUT, PLATFORM, ...REGISTRY],
    examples: [
      'waybill sbom .',
      'waybill sbom oci:build --format spdx-json -o app.spdx.json',
      'waybill sbom registry.example.com/shop/trips:1.4',
    ],
    load: () => import('./commands/sbom.ts'),
  },
  {
    path: ['scan'],
    summary: 'Find known vulnerabilities in a source tree, an image or an SBOM, and say what is not covered.',
    arguments: [TARGETS],
    options: [
      format('table', 'json', 'sarif'),
      option('--fail-on <severity>', 'exit with 1 at findings this severe or worse', {
        choices: ['critical', 'high', 'medium', 'low', 'unknown', 'never'],
        fallback: 'low',
      }),
      OUTPUT,
      PLATFORM,
      ...REGISTRY,
    ],
    examples: [
      'waybill scan .',
      'waybill scan sbom:app.spdx.json --format sarif -o findings.sarif',
      'waybill scan oci:build --fail-on critical',
    ],
    load: () => import('./commands/scan.ts'),
  },
  {
    path: ['advisories', 'import'],
    summary: 'Build the advisory index from OSV records: JSON, NDJSON (also gzipped) or zip.',
    arguments: [argument('file', 'files with OSV records', 'several')],
    options: [format('table', 'json'), ...COMMON],
    examples: [
      'waybill advisories import all.zip',
      'waybill advisories import debian.osv.ndjson.gz ghsa.osv.ndjson.gz',
    ],
    load: () => import('./commands/advisories-import.ts'),
  },
  {
    path: ['advisories', 'info'],
    summary: 'Say where the advisory data came from, how old it is and what it covers.',
    arguments: [],
    options: [format('table', 'json'), ...COMMON],
    examples: ['waybill advisories info', 'waybill advisories info --format json'],
    load: () => import('./commands/advisories-info.ts'),
  },
  {
    path: ['key', 'generate'],
    summary:
      'Make a key with a root and a leaf certificate for trying out, and a certificate request for a real authority.',
    arguments: [argument('name', 'name of the key', 'optional')],
    options: [
      option('--subject <dn>', 'subject of the leaf', { fallback: 'CN=release,O=example,ST=WA,C=US' }),
      option('--algorithm <algorithm>', 'kind of key', {
        choices: ['p256', 'rsa3072'],
        fallback: 'p256',
      }),
      option('--request', 'make a key and a PKCS#10 request for a real authority instead of a trial certificate'),
      format('table', 'json'),
      ...COMMON,
    ],
    examples: ['waybill key generate', 'waybill key generate ci --subject "CN=ci,O=shop,ST=WA,C=US"'],
    load: () => import('./commands/key-generate.ts'),
  },
  {
    path: ['key', 'list'],
    summary: 'List the keys of the key store with their subjects and expiry.',
    arguments: [],
    options: [format('table', 'json'), ...COMMON],
    examples: ['waybill key list'],
    load: () => import('./commands/key-list.ts'),
  },
  {
    path: ['trust', 'add'],
    summary: 'Trust an identity to make statements about repositories.',
    arguments: [],
    options: [
      option('--certificate <file>', 'root certificate, PEM or DER', { required: true }),
      option('--store <name>', 'name of the trust store that keeps it', { required: true }),
      option('--identity <identity>', 'x509.subject: and at least C, ST and O', { required: true }),
      option('--repository <pattern>', 'registry.example.com/shop/trips, or …/shop/* for all below', {
        several: true,
        required: true,
      }),
      option('--statement <kind>', 'image, sbom, scan or provenance; without it all four', { several: true }),
      TRUST,
      NOTATION,
      ...COMMON,
    ],
    examples: [
      'waybill trust add --certificate root.crt --store shop --identity "x509.subject: C=US,ST=WA,O=shop,CN=ci" --repository "registry.example.com/shop/*"',
    ],
    load: () => import('./commands/trust-add.ts'),
  },
  {
    path: ['trust', 'list'],
    summary: 'Show who may state what about which repositories.',
    arguments: [],
    options: [format('table', 'json'), TRUST, NOTATION, ...COMMON],
    examples: ['waybill trust list'],
    load: () => import('./commands/trust-list.ts'),
  },
  {
    path: ['sign'],
    summary: 'Sign an image or an attached document with a Notary Project signature and attach it.',
    arguments: [argument('reference', 'image in a registry, or oci:DIR:TAG')],
    options: [
      KEY,
      option('--expires-in <duration>', 'such as 90d; without it the signature does not expire'),
      format('table', 'json'),
      ...REGISTRY,
    ],
    examples: ['waybill sign registry.example.com/shop/trips@sha256:…', 'waybill sign oci:build:1.4 --key ci'],
    load: () => import('./commands/sign.ts'),
  },
  {
    path: ['verify'],
    summary:
      'Show every signature and document of an image, who signed it, whether it counts, and the first reason if not.',
    arguments: [argument('reference', 'image reference or oci:DIR[:TAG]')],
    options: [
      option('--as <repository>', 'for an image on disk: the repository whose trust applies'),
      format('table', 'json'),
      TRUST,
      NOTATION,
      ...REGISTRY,
    ],
    examples: ['waybill verify registry.example.com/shop/trips:1.4', 'waybill verify oci:build:1.4 --format json'],
    load: () => import('./commands/verify.ts'),
  },
  {
    path: ['release'],
    summary: 'Ship a release: inventory, scan, provenance, signatures, release gate, publication and record in one.',
    arguments: [argument('reference', 'where the release is published: registry.example.com/team/app:tag')],
    options: [
      option(
        '--image <source>',
        'oci:DIR[:TAG] or an archive to publish; without it the image is in the registry already',
      ),
      option('--name <name>', 'name of the release', { required: true }),
      option('--version <version>', 'version of the release', { required: true }),
      option('--repo <url>', 'source repository; without it, that of the git work tree'),
      option('--commit <commit>', 'source commit; without it, HEAD of the git work tree'),
      option('--host <service>', 'code host, such as github.com; without it, the host of --repo'),
      option('--builder <id>', 'builder.id of the provenance', { fallback: 'https://waybill.dev/builders/local' }),
      option('--build-id <id>', 'invocation of the build; without it, one is derived'),
      option('--owner <team>', 'who owns the release'),
      KEY,
      option('--explain', 'show each rule, also those that hold'),
      format('table', 'json'),
      ...JUDGING,
    ],
    examples: [
      'waybill release registry.example.com/shop/trips:1.4 --image oci:build --name trips --version 1.4',
      'waybill release registry.example.com/shop/trips:1.4 --name trips --version 1.4 --repo https://git.example.com/shop/trips --commit 4f2a…',
    ],
    load: () => import('./commands/release.ts'),
  },
  {
    path: ['gate', 'release'],
    summary: 'Ask whether a release may be shipped.',
    arguments: [argument('target', 'images', 'several')],
    options: [option('--explain', 'show each rule with its evidence'), format('table', 'json'), ...JUDGING],
    examples: ['waybill gate release registry.example.com/shop/trips:1.4 --explain'],
    load: () => import('./commands/gate.ts').then(({ gateCommand }) => gateCommand('release')),
  },
  {
    path: ['gate', 'admission'],
    summary: 'Ask whether an image may run in a cluster, without a cluster.',
    arguments: [argument('target', 'images', 'several')],
    options: [
      option('--explain', 'show each rule with its evidence'),
      option('--namespace <name>', 'namespace of the workload', { fallback: 'default' }),
      format('table', 'json'),
      ...JUDGING,
    ],
    examples: ['waybill gate admission registry.example.com/shop/trips:1.4 --explain'],
    load: () => import('./commands/gate.ts').then(({ gateCommand }) => gateCommand('admission')),
  },
  {
    path: ['policy', 'show'],
    summary: 'Print the policy in force, or the default one to start from.',
    arguments: [],
    options: [option('--default', 'the default policy, whatever is configured'), POLICY, ...COMMON],
    examples: ['waybill policy show --default > policy.yaml'],
    load: () => import('./commands/policy-show.ts'),
  },
  {
    path: ['policy', 'check'],
    summary: 'Load a policy document and say what is wrong with it.',
    arguments: [argument('file', 'policy documents', 'several')],
    options: [format('table', 'json'), ...COMMON],
    examples: ['waybill policy check policy.yaml'],
    load: () => import('./commands/policy-check.ts'),
  },
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
    load: () => import('./commands/serve.ts'),
  },
  {
    path: ['registry', 'serve'],
    summary: 'Run the embedded registry, with the referrers API, over a folder.',
    arguments: [argument('folder', 'where content is kept')],
    options: [option('--listen <host:port>', 'address', { fallback: '127.0.0.1:5000' })],
    examples: ['waybill registry serve ./registry', 'waybill registry serve ./registry --listen 127.0.0.1:5001'],
    load: () => import('./commands/registry-serve.ts'),
  },
  {
    path: ['graph', 'import'],
    summary: 'Append documents to the evidence log and project them into the knowledge graph.',
    arguments: [argument('file', 'SBOMs, scans, statements or records', 'several')],
    options: [
      option('--kind <kind>', 'what the files are; without it, it is recognised'),
      option('--subject <digest>', 'image digest that the files are about; without it, what they name'),
      format('table', 'json'),
      ...COMMON,
    ],
    examples: [
      'waybill graph import app.spdx.json --subject sha256:…',
      'waybill graph import deployment.json --kind deployment',
    ],
    load: () => import('./commands/graph-import.ts'),
  },
  {
    path: ['graph', 'rebuild'],
    summary: 'Replay the evidence log into a new graph and compare it with the live one.',
    arguments: [],
    options: [format('table', 'json'), ...COMMON],
    examples: ['waybill graph rebuild'],
    load: () => import('./commands/graph-rebuild.ts'),
  },
  {
    path: ['graph', 'status'],
    summary: 'Say how much the log and the graph hold, and whether they agree.',
    arguments: [],
    options: [format('table', 'json'), ...COMMON],
    examples: ['waybill graph status', 'waybill graph status --format json'],
    load: () => import('./commands/graph-status.ts'),
  },
  {
    path: ['ask', 'releases'],
    summary: 'Which releases have a component?',
    arguments: [],
    options: [
      option('--component <component>', 'a purl, name, name@version or name@range', { required: true }),
      option('--since <age>', 'released since, such as 90d or 2026-01-31T00:00:00Z'),
      option('--owner <team>', 'only releases of this owner'),
      option('--signed-by <identity>', 'only where this signer says so'),
      option('--as-of <time>', 'the world at that moment, as known now'),
      option('--known-at <time>', 'what was known at that moment'),
      option('--limit <rows>', 'rows of the page', { fallback: '100' }),
      option('--after <cursor>', 'the page that follows'),
      format('table', 'json'),
      ...COMMON,
    ],
    examples: [
      'waybill ask releases --component log4j-core@2.12.3 --since 90d',
      'waybill ask releases --component pkg:npm/left-pad --format json',
    ],
    load: () => import('./commands/ask-releases.ts'),
  },
  {
    path: ['ask', 'exposure'],
    summary: 'Which releases, deployed to which clusters, are exposed to a vulnerability?',
    arguments: [argument('vulnerability', 'a CVE or another id of it')],
    options: [
      option('--owner <team>', 'only releases of this owner'),
      option('--signed-by <identity>', 'only where this signer says so'),
      option('--as-of <time>', 'the world at that moment, as known now'),
      option('--known-at <time>', 'what was known at that moment'),
      option('--limit <rows>', 'rows of the page', { fallback: '100' }),
      option('--after <cursor>', 'the page that follows'),
      format('table', 'json'),
      ...COMMON,
    ],
    examples: [
      'waybill ask exposure CVE-2021-44228',
      'waybill ask exposure CVE-2021-44228 --as-of 2026-01-31T00:00:00Z --format json',
    ],
    load: () => import('./commands/ask-exposure.ts'),
  },
];
