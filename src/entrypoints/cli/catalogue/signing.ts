import { type CommandDefinition, defineCommand } from '../command.ts';
import { defineArgument } from '../definitions.ts';
import {
  ATTACH_OPTIONS,
  DISCOVER_OPTIONS,
  KEY_GENERATE_OPTIONS,
  KEY_IMPORT_OPTIONS,
  KEY_INSPECT_OPTIONS,
  KEY_LIST_OPTIONS,
  KEY_REQUEST_OPTIONS,
  KEY_ROTATE_OPTIONS,
  SIGN_OPTIONS,
  TRUST_ADD_OPTIONS,
  TRUST_EXPORT_OPTIONS,
  TRUST_IMPORT_COSIGN_OPTIONS,
  TRUST_IMPORT_OPTIONS,
  TRUST_LIST_OPTIONS,
  TRUST_TEST_OPTIONS,
  TRUST_UPDATE_OPTIONS,
  VERIFY_OPTIONS,
  VEX_ADD_OPTIONS,
} from '../options/signing.ts';
import {
  ATTEST_OPTIONS,
  PROVENANCE_ASSESS_OPTIONS,
  PROVENANCE_RUNNER_OPTIONS,
  REBUILD_OPTIONS,
} from '../options/statements.ts';

/** Keys, trust, signatures. */
export const SIGNING_COMMANDS: readonly CommandDefinition[] = [
  defineCommand({
    path: ['key', 'generate'],
    summary:
      'Make a key with a trial root and leaf certificate, or with a certificate request for ' +
      'a real authority.',
    arguments: [defineArgument('name', 'name of the key', 'optional')],
    options: KEY_GENERATE_OPTIONS,
    examples: [
      'waybill key generate',
      'waybill key generate ci --subject "CN=ci,O=shop,ST=WA,C=US"',
    ],
    load: () => import('../commands/key-generate.ts'),
  }),
  defineCommand({
    path: ['key', 'list'],
    readsOnly: true,
    summary: 'List the keys of the key store with their subjects and expiry.',
    arguments: [],
    options: KEY_LIST_OPTIONS,
    examples: ['waybill key list'],
    load: () => import('../commands/key-list.ts'),
  }),
  defineCommand({
    path: ['key', 'inspect'],
    readsOnly: true,
    summary:
      'Show the certificates of a key or a file: who they are for, by whom, how long, and the ' +
      'names by which they are trusted or revoked.',
    arguments: [defineArgument('key', 'key of any store, or a PEM or DER file')],
    options: KEY_INSPECT_OPTIONS,
    examples: ['waybill key inspect ci', 'waybill key inspect root.crt --format json'],
    load: () => import('../commands/key-inspect.ts'),
  }),
  defineCommand({
    path: ['key', 'request'],
    summary: 'Make a key and the request for its certificate, for a real authority.',
    arguments: [defineArgument('name', 'name of the key')],
    options: KEY_REQUEST_OPTIONS,
    examples: ['waybill key request ci --subject "CN=ci,O=shop,ST=WA,C=US"'],
    load: () => import('../commands/key-request.ts'),
  }),
  defineCommand({
    path: ['key', 'rotate'],
    summary: 'Make the next key of the same identity and the request for its certificate.',
    arguments: [defineArgument('name', 'name of the key that it replaces')],
    options: KEY_ROTATE_OPTIONS,
    examples: ['waybill key rotate ci', 'waybill key rotate ci --to ci-2027'],
    load: () => import('../commands/key-rotate.ts'),
  }),
  defineCommand({
    path: ['key', 'import'],
    summary: 'Give a key the certificate chain that an authority made for its request.',
    arguments: [
      defineArgument('name', 'name of the key'),
      defineArgument('chain', 'PEM file, leaf first, root last'),
    ],
    options: KEY_IMPORT_OPTIONS,
    examples: ['waybill key import ci ci-chain.pem'],
    load: () => import('../commands/key-import.ts'),
  }),
  defineCommand({
    path: ['trust', 'add'],
    summary: 'Trust an identity to make statements about repositories.',
    arguments: [],
    options: TRUST_ADD_OPTIONS,
    examples: [
      'waybill trust add --certificate root.crt --store shop --identity "x509.subject: ' +
        'C=US,ST=WA,O=shop,CN=ci" --repository "registry.example.com/shop/*"',
    ],
    load: () => import('../commands/trust-add.ts'),
  }),
  defineCommand({
    path: ['trust', 'list'],
    readsOnly: true,
    summary: 'Show who may state what about which repositories.',
    arguments: [],
    options: TRUST_LIST_OPTIONS,
    examples: ['waybill trust list'],
    load: () => import('../commands/trust-list.ts'),
  }),
  defineCommand({
    path: ['trust', 'test'],
    readsOnly: true,
    summary: 'Show for each signature of an image which statement and rule applied, and why.',
    arguments: [defineArgument('reference', 'image in a registry, or oci:DIR')],
    options: TRUST_TEST_OPTIONS,
    examples: ['waybill trust test registry.example.com/shop/trips:1.4'],
    load: () => import('../commands/trust-test.ts'),
  }),
  defineCommand({
    path: ['trust', 'import-notation'],
    summary:
      "Take over notation's trust policies and trust stores, and say what could not come over.",
    arguments: [
      defineArgument('folder', 'of notation; without it, ~/.config/notation', 'optional'),
    ],
    options: TRUST_IMPORT_OPTIONS,
    examples: ['waybill trust import-notation ~/.config/notation --statement image'],
    load: () => import('../commands/trust-import-notation.ts'),
  }),
  defineCommand({
    path: ['trust', 'import-cosign'],
    summary:
      'Take over whom cosign trusts: the trusted root of a sigstore instance, and a rule for an ' +
      'identity or a key.',
    arguments: [defineArgument('root', 'trusted_root.json of the instance', 'optional')],
    options: TRUST_IMPORT_COSIGN_OPTIONS,
    examples: [
      'waybill trust import-cosign --key cosign.pub --repository "registry.example.com/shop/*"',
      'waybill trust import-cosign --tuf https://tuf.example.com --tuf-root root.json',
      'waybill trust import-cosign trusted_root.json --name public --identity ' +
        'https://github.com/shop/trips/.github/workflows/release.yml@refs/heads/main --issuer ' +
        'https://token.actions.githubusercontent.com --repository registry.example.com/shop/trips',
    ],
    load: () => import('../commands/trust-import-cosign.ts'),
  }),
  defineCommand({
    path: ['trust', 'update'],
    summary: 'Bring trusted roots of sigstore up to date from their TUF repositories.',
    arguments: [],
    options: TRUST_UPDATE_OPTIONS,
    examples: ['waybill trust update', 'waybill trust update --name public'],
    load: () => import('../commands/trust-update.ts'),
  }),
  defineCommand({
    path: ['trust', 'export-notation'],
    readsOnly: true,
    summary: "Print the trust document as notation's trust policy, and say what it cannot say.",
    arguments: [],
    options: TRUST_EXPORT_OPTIONS,
    examples: ['waybill trust export-notation > trustpolicy.json'],
    load: () => import('../commands/trust-export-notation.ts'),
  }),
  defineCommand({
    path: ['sign'],
    summary:
      'Sign an image in a registry, a document attached to one, or a file, with a Notary ' +
      'Project signature; an image also in the forms of cosign.',
    arguments: [
      defineArgument(
        'reference',
        'image or document in a registry (its tag is resolved once), or a file (writes ' +
          'FILE.jws.sig or FILE.cose.sig)',
      ),
    ],
    options: SIGN_OPTIONS,
    examples: [
      'waybill sign registry.example.com/shop/trips@sha256:…',
      'waybill sign registry.example.com/shop/trips:1.4 --key ci --expires-in 90d',
      'waybill sign chart.tgz --media-type application/gzip',
      'waybill sign registry.example.com/shop/trips:1.4 --signature-format notary-cose',
      'waybill sign registry.example.com/shop/trips:1.4 --also sigstore-bundle',
      'waybill sign app.tgz --timestamp-url http://tsa.example.com --timestamp-root-cert tsa.crt',
    ],
    load: () => import('../commands/sign.ts'),
  }),
  defineCommand({
    path: ['attach'],
    summary:
      'Attach a document of your own, such as VEX or the SBOM of another tool, to an image, and ' +
      'sign it.',
    arguments: [
      defineArgument('image', 'image reference or oci:DIR[:TAG]'),
      defineArgument(
        'file',
        'SPDX, CycloneDX, SARIF, a Trivy report, VEX or an in-toto statement, as JSON',
      ),
    ],
    options: ATTACH_OPTIONS,
    examples: [
      'waybill attach registry.example.com/shop/trips:1.4 vex.json --key security',
      'waybill attach oci:build:1.4 sbom.cdx.json --as registry.example.com/shop/trips',
    ],
    load: () => import('../commands/attach.ts'),
  }),
  defineCommand({
    path: ['attest'],
    summary:
      'State something about an image: make the statement, sign it in the form of Notary Project ' +
      'or of sigstore, and attach it.',
    arguments: [defineArgument('image', 'image reference or oci:DIR[:TAG]')],
    options: ATTEST_OPTIONS,
    examples: [
      'waybill attest registry.example.com/shop/trips:1.4 --type test-result --predicate tests.json',
      'waybill attest registry.example.com/shop/trips:1.4 --type spdx --predicate sbom.spdx.json ' +
        '--signature-format sigstore-bundle --key sigstore:cosign.key',
      'waybill attest oci:build:1.4 --type https://shop.example.com/review/v1 --predicate ' +
        'review.json --schema review.schema.json --as registry.example.com/shop/trips',
    ],
    load: () => import('../commands/attest.ts'),
  }),
  defineCommand({
    path: ['provenance', 'runner'],
    summary:
      'State which job on which machine made an image, and when: the verified token of the job, ' +
      'a document that the cloud signed for this image, and a timestamp over both.',
    arguments: [defineArgument('image', 'image reference or oci:DIR[:TAG]')],
    options: PROVENANCE_RUNNER_OPTIONS,
    examples: [
      'waybill provenance runner registry.example.com/shop/trips:1.4 --job-token github ' +
        '--job-keys github.json --machine azure --time-from http://timestamp.example.com',
    ],
    load: () => import('../commands/provenance-runner.ts'),
  }),
  defineCommand({
    path: ['provenance', 'assess'],
    readsOnly: true,
    summary:
      'Show which build level of SLSA verified evidence shows for an image, and what the next ' +
      'one lacks.',
    arguments: [defineArgument('image', 'image reference or oci:DIR[:TAG]')],
    options: PROVENANCE_ASSESS_OPTIONS,
    examples: [
      'waybill provenance assess registry.example.com/shop/trips:1.4',
      'waybill provenance assess registry.example.com/shop/trips:1.4 --level 2',
    ],
    load: () => import('../commands/provenance-assess.ts'),
  }),
  defineCommand({
    path: ['rebuild'],
    summary:
      'Build an image again from its recorded commit by a command, compare both by layer and ' +
      'file, and state the result.',
    arguments: [defineArgument('image', 'image reference or oci:DIR[:TAG]')],
    options: REBUILD_OPTIONS,
    examples: [
      'waybill rebuild registry.example.com/shop/trips:1.4 --source ~/src/trips --command ' +
        '"npm ci && npm run image -- $WAYBILL_OUTPUT"',
    ],
    load: () => import('../commands/rebuild.ts'),
  }),
  defineCommand({
    path: ['vex', 'add'],
    summary:
      'Write a VEX statement about one vulnerability, sign it, and attach it to an image or put ' +
      'it into a file.',
    arguments: [
      defineArgument('vulnerability', 'CVE or another id'),
      defineArgument('reference', 'image in a registry or oci:DIR[:TAG]', 'optional'),
    ],
    options: VEX_ADD_OPTIONS,
    examples: [
      'waybill vex add CVE-2026-1 registry.example.com/shop/trips:1.4 --status not_affected ' +
        '--justification vulnerable_code_not_in_execute_path --component pkg:npm/left-pad ' +
        '--author security@example.com --key security',
      'waybill vex add CVE-2026-1 --component pkg:npm/left-pad@1.3.0 --status affected --action ' +
        '"Upgrade to 1.4." --author Shop --namespace https://shop.example.com --format csaf',
    ],
    load: () => import('../commands/vex-add.ts'),
  }),
  defineCommand({
    path: ['verify'],
    readsOnly: true,
    summary:
      'Show the evidence of an image, a file, a commit or a tag: where it is, who signed it, ' +
      'whether it counts, and if not, why.',
    arguments: [
      defineArgument(
        'reference',
        'image reference, oci:DIR[:TAG], or a file that has its FILE.jws.sig or FILE.cose.sig in ' +
          'the same folder, or commit:REV or tag:NAME of the git repository here',
      ),
    ],
    options: VERIFY_OPTIONS,
    examples: [
      'waybill verify registry.example.com/shop/trips:1.4',
      'waybill verify oci:build:1.4 --as registry.example.com/shop/trips --format json',
      'waybill verify chart.tgz --policy-name charts',
      'waybill verify app.tgz --bundle app.tgz.sigstore.json --key cosign.pub',
      'waybill verify registry.example.com/shop/trips:1.4 --type slsa-provenance',
      'waybill verify tag:v1.4 --allowed-signers .allowed_signers',
    ],
    load: () => import('../commands/verify.ts'),
  }),
  defineCommand({
    path: ['discover'],
    readsOnly: true,
    summary:
      'List what is attached to an image: signatures, SBOMs, scans, provenance. Asks for the ' +
      'referrers of its digest.',
    arguments: [defineArgument('reference', 'image reference or oci:DIR[:TAG]')],
    options: DISCOVER_OPTIONS,
    examples: [
      'waybill discover registry.example.com/shop/trips:1.4',
      'waybill discover oci:build --format json',
    ],
    load: () => import('../commands/discover.ts'),
  }),
];
