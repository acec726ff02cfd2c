import type { CommandDefinition } from '../command.ts';
import {
  COMMON,
  defineArgument,
  defineFormat,
  defineOption,
  KEY,
  NOTATION,
  REGISTRY,
  TRUST,
} from '../definitions.ts';

/** Keys, trust, signatures. */
export const SIGNING_COMMANDS: readonly CommandDefinition[] = [
  {
    path: ['key', 'generate'],
    summary:
      'Make a key with a root and a leaf certificate for trying out, and a certificate ' +
      'request for a real authority.',
    arguments: [defineArgument('name', 'name of the key', 'optional')],
    options: [
      defineOption('--subject <dn>', 'subject of the leaf', {
        fallback: 'CN=release,O=example,ST=WA,C=US',
      }),
      defineOption('--algorithm <algorithm>', 'kind of key', {
        choices: ['p256', 'rsa3072'],
        fallback: 'p256',
      }),
      defineOption(
        '--request',
        'make a key and a PKCS#10 request for a real authority instead of a trial certificate',
      ),
      defineFormat('table', 'json'),
      ...COMMON,
    ],
    examples: [
      'waybill key generate',
      'waybill key generate ci --subject "CN=ci,O=shop,ST=WA,C=US"',
    ],
    load: () => import('../commands/key-generate.ts'),
  },
  {
    path: ['key', 'list'],
    summary: 'List the keys of the key store with their subjects and expiry.',
    arguments: [],
    options: [defineFormat('table', 'json'), ...COMMON],
    examples: ['waybill key list'],
    load: () => import('../commands/key-list.ts'),
  },
  {
    path: ['key', 'import'],
    summary: 'Give a key the certificate chain that an authority made for its request.',
    arguments: [
      defineArgument('name', 'name of the key'),
      defineArgument('chain', 'PEM file, leaf first, root last'),
    ],
    options: [defineFormat('table', 'json'), ...COMMON],
    examples: ['waybill key import ci ci-chain.pem'],
    load: () => import('../commands/key-import.ts'),
  },
  {
    path: ['trust', 'add'],
    summary: 'Trust an identity to make statements about repositories.',
    arguments: [],
    options: [
      defineOption('--certificate <file>', 'root certificate, PEM or DER', { required: true }),
      defineOption('--store <name>', 'name of the trust store that keeps it', { required: true }),
      defineOption('--identity <identity>', 'x509.subject: and at least C, ST and O', {
        required: true,
      }),
      defineOption(
        '--repository <pattern>',
        'registry.example.com/shop/trips, or …/shop/* for all below',
        {
          several: true,
          required: true,
        },
      ),
      defineOption('--statement <kind>', 'image, sbom, scan or provenance; without it all four', {
        several: true,
      }),
      TRUST,
      NOTATION,
      ...COMMON,
    ],
    examples: [
      'waybill trust add --certificate root.crt --store shop --identity "x509.subject: ' +
        'C=US,ST=WA,O=shop,CN=ci" --repository "registry.example.com/shop/*"',
    ],
    load: () => import('../commands/trust-add.ts'),
  },
  {
    path: ['trust', 'list'],
    summary: 'Show who may state what about which repositories.',
    arguments: [],
    options: [defineFormat('table', 'json'), TRUST, NOTATION, ...COMMON],
    examples: ['waybill trust list'],
    load: () => import('../commands/trust-list.ts'),
  },
  {
    path: ['sign'],
    summary:
      'Sign an image in a registry, a document attached to one, or a file, with a Notary ' +
      'Project signature.',
    arguments: [
      defineArgument(
        'reference',
        'image or document in a registry, whose tag is resolved once; or a file: ' +
          'FILE.jws.sig is written',
      ),
    ],
    options: [
      KEY,
      defineOption(
        '--media-type <type>',
        'of a file: what it is signed as (application/octet-stream without it)',
      ),
      defineOption(
        '--expires-in <duration>',
        'such as 90d; without it the signature does not expire',
      ),
      defineFormat('table', 'json'),
      ...REGISTRY,
    ],
    examples: [
      'waybill sign registry.example.com/shop/trips@sha256:…',
      'waybill sign registry.example.com/shop/trips:1.4 --key ci --expires-in 90d',
      'waybill sign chart.tgz --media-type application/gzip',
    ],
    load: () => import('../commands/sign.ts'),
  },
  {
    path: ['verify'],
    summary:
      'Show what lies with an image or a file, where, who signed it, whether it counts, and ' +
      'the first reason if not.',
    arguments: [
      defineArgument(
        'reference',
        'image reference, oci:DIR[:TAG], or a file with its FILE.jws.sig beside it',
      ),
    ],
    options: [
      defineOption(
        '--as <repository>',
        'for an image on disk: the repository whose trust applies; without it none does',
      ),
      defineOption('--signature <file>', 'of a file: where its signature lies'),
      defineOption(
        '--policy-name <name>',
        'of a file: the statement of trustpolicy.blob.json; without it the global one',
      ),
      defineOption('--media-type <type>', 'of a file: what it must have been signed as'),
      defineFormat('table', 'json'),
      TRUST,
      NOTATION,
      ...REGISTRY,
    ],
    examples: [
      'waybill verify registry.example.com/shop/trips:1.4',
      'waybill verify oci:build:1.4 --as registry.example.com/shop/trips --format json',
      'waybill verify chart.tgz --policy-name charts',
    ],
    load: () => import('../commands/verify.ts'),
  },
  {
    path: ['discover'],
    summary:
      'List what is attached to an image: signatures, SBOMs, scans, provenance, by the ' +
      'referrers of its digest.',
    arguments: [defineArgument('reference', 'image reference or oci:DIR[:TAG]')],
    options: [
      defineOption('--type <type>', 'only this artifact type'),
      defineOption('--as <repository>', 'for an image on disk: the repository that it is of'),
      defineFormat('table', 'json'),
      ...REGISTRY,
    ],
    examples: [
      'waybill discover registry.example.com/shop/trips:1.4',
      'waybill discover oci:build --format json',
    ],
    load: () => import('../commands/discover.ts'),
  },
];
