import { VEX_JUSTIFICATIONS, VEX_STATUSES } from '../../../capabilities/scanning/index.ts';
import type { CallOf } from '../command.ts';
import {
  ALLOWED_SIGNERS,
  COMMIT_IDENTITY,
  COMMIT_ROOT,
  COMMON,
  defineFormat,
  defineOption,
  EXPECT_BUNDLE,
  FORM,
  KEY,
  KEYRING,
  MERGE_SIGNER,
  NOTATION,
  PLATFORM,
  POLICY,
  REGISTRY,
  TRUST,
} from '../definitions.ts';

const ALGORITHM = defineOption('--algorithm <algorithm>', 'kind of key', {
  choices: ['p256', 'rsa3072'],
  fallback: 'p256',
});
const ENCRYPT = defineOption(
  '--encrypt',
  'encrypt the key with the passphrase of WAYBILL_KEY_PASSPHRASE_FILE or WAYBILL_KEY_PASSPHRASE',
);

export const KEY_GENERATE_OPTIONS = [
  defineOption('--subject <dn>', 'subject of the leaf', {
    fallback: 'CN=release,O=example,ST=WA,C=US',
  }),
  ALGORITHM,
  defineOption(
    '--request',
    'make a key and a PKCS#10 request for a real authority instead of a trial certificate',
  ),
  ENCRYPT,
  FORM,
  ...COMMON,
] as const;
export type KeyGenerateCall = CallOf<typeof KEY_GENERATE_OPTIONS>;

export const KEY_REQUEST_OPTIONS = [
  defineOption('--subject <dn>', 'subject of the certificate', { required: true }),
  ALGORITHM,
  ENCRYPT,
  FORM,
  ...COMMON,
] as const;
export type KeyRequestCall = CallOf<typeof KEY_REQUEST_OPTIONS>;

export const KEY_ROTATE_OPTIONS = [
  defineOption('--to <name>', 'name of the new key; without it, NAME-2, NAME-3 and so on'),
  ALGORITHM,
  ENCRYPT,
  FORM,
  ...COMMON,
] as const;
export type KeyRotateCall = CallOf<typeof KEY_ROTATE_OPTIONS>;

export const KEY_INSPECT_OPTIONS = [FORM, ...COMMON] as const;
export type KeyInspectCall = CallOf<typeof KEY_INSPECT_OPTIONS>;

export const KEY_LIST_OPTIONS = [FORM, ...COMMON] as const;
export type KeyListCall = CallOf<typeof KEY_LIST_OPTIONS>;

export const KEY_IMPORT_OPTIONS = [FORM, ...COMMON] as const;
export type KeyImportCall = CallOf<typeof KEY_IMPORT_OPTIONS>;

export const TRUST_ADD_OPTIONS = [
  defineOption('--certificate <file>', 'root certificate, PEM or DER', { required: true }),
  defineOption('--store <name>', 'name of the trust store for it', { required: true }),
  defineOption('--identity <identity>', 'x509.subject: followed by at least C, ST and O', {
    required: true,
  }),
  defineOption(
    '--repository <pattern>',
    'registry.example.com/shop/trips, or …/shop/* for all repositories below shop',
    {
      several: true,
      required: true,
    },
  ),
  defineOption(
    '--statement <kind>',
    'image, sbom, scan, provenance, vex, advisories or policy; without it, all but the last three',
    {
      several: true,
    },
  ),
  FORM,
  TRUST,
  NOTATION,
  ...COMMON,
] as const;
export type TrustAddCall = CallOf<typeof TRUST_ADD_OPTIONS>;

export const TRUST_TEST_OPTIONS = [
  defineOption(
    '--as <repository>',
    'for an image on disk: the repository whose trust applies; without it, no signature counts',
  ),
  FORM,
  TRUST,
  NOTATION,
  ...REGISTRY,
] as const;
export type TrustTestCall = CallOf<typeof TRUST_TEST_OPTIONS>;

export const TRUST_IMPORT_OPTIONS = [
  defineOption('--statement <kind>', 'what the signers may state; without it, image', {
    several: true,
  }),
  FORM,
  TRUST,
  NOTATION,
  ...COMMON,
] as const;
export type TrustImportCall = CallOf<typeof TRUST_IMPORT_OPTIONS>;

export const TRUST_IMPORT_COSIGN_OPTIONS = [
  defineOption('--name <name>', 'name of the trusted root', { fallback: 'public' }),
  defineOption('--identity <identity>', 'exact identity of a certificate: a URL or an address'),
  defineOption(
    '--identity-glob <pattern>',
    'pattern of identities, in which * is any run of characters except /',
  ),
  defineOption('--issuer <url>', 'exact issuer of the identity token'),
  defineOption('--key <file>', 'public key, such as cosign.pub'),
  defineOption(
    '--signing-config <file>',
    'signing_config.json of the instance, for who signs without a key',
  ),
  defineOption(
    '--tuf <url>',
    'TUF repository of the instance, which has both documents; waybill trust update follows it',
  ),
  defineOption('--tuf-root <file>', 'with --tuf: a root.json of it from somebody whom you trust'),
  defineOption(
    '--repository <pattern>',
    'registry.example.com/shop/trips, or …/shop/* for all repositories below shop',
    { several: true },
  ),
  defineOption('--statement <kind>', 'what the signer may state; without it, image', {
    several: true,
  }),
  FORM,
  TRUST,
  NOTATION,
  ...COMMON,
] as const;
export type TrustImportCosignCall = CallOf<typeof TRUST_IMPORT_COSIGN_OPTIONS>;

export const TRUST_UPDATE_OPTIONS = [
  defineOption('--name <name>', 'only this trusted root'),
  FORM,
  NOTATION,
  ...COMMON,
] as const;
export type TrustUpdateCall = CallOf<typeof TRUST_UPDATE_OPTIONS>;

export const TRUST_EXPORT_OPTIONS = [FORM, TRUST, ...COMMON] as const;
export type TrustExportCall = CallOf<typeof TRUST_EXPORT_OPTIONS>;

export const TRUST_LIST_OPTIONS = [FORM, TRUST, NOTATION, ...COMMON] as const;
export type TrustListCall = CallOf<typeof TRUST_LIST_OPTIONS>;

const SIGNATURE_FORMATS = [
  'notary-jws',
  'notary-cose',
  'sigstore-bundle',
  'cosign-legacy',
] as const;
export type SignatureFormat = (typeof SIGNATURE_FORMATS)[number];

export const SIGNATURE_FORMAT = defineOption(
  '--signature-format <format>',
  'form of the signature; without it, notary-jws, and sigstore-bundle with --keyless; the last two ' +
    'are by a key on P-256',
  { choices: SIGNATURE_FORMATS },
);

/** Who vouches for a signature in a form of sigstore. */
export const VOUCHING = [
  defineOption(
    '--keyless',
    'sign in a form of sigstore with a key that is made for this and kept nowhere, and a ' +
      'certificate for the bearer of an identity token',
  ),
  defineOption(
    '--identity-token <source>',
    'github, azure, browser, env:NAME or a file; without it, what the job offers ' +
      '(SIGSTORE_ID_TOKEN, GitHub Actions, Azure Pipelines)',
  ),
  defineOption(
    '--trusted-root <name>',
    'the trusted root by which all that services give is verified, as import-cosign named it',
    { fallback: 'public' },
  ),
  defineOption(
    '--signing-config <file>',
    'signing_config.json of the instance; without it, the one that was taken over with the root',
  ),
  defineOption('--fulcio-url <url>', 'certificate authority in place of the configured one'),
  defineOption('--rekor-url <url>', 'transparency log in place of the configured ones'),
  defineOption('--rekor-api <version>', 'version of the interface of --rekor-url', {
    choices: ['1', '2'],
    fallback: '2',
  }),
  defineOption(
    '--timestamp-url <url>',
    'RFC 3161 authority that is asked for a timestamp over the signature',
  ),
  defineOption('--oidc-issuer <url>', 'identity provider of --identity-token browser'),
  defineOption('--oidc-client-id <id>', 'audience of the identity token', {
    fallback: 'sigstore',
  }),
] as const;

export const SIGN_OPTIONS = [
  KEY,
  defineOption(
    '--media-type <type>',
    'of a file: the media type in its signature; without it, application/octet-stream',
  ),
  defineOption('--expires-in <duration>', 'such as 90d; without it, the signature does not expire'),
  SIGNATURE_FORMAT,
  defineOption('--also <format>', 'of an image: sign it in this form as well', {
    choices: SIGNATURE_FORMATS,
  }),
  ...VOUCHING,
  defineOption(
    '--timestamp-root-cert <file>',
    'of a Notary Project signature: root certificate of --timestamp-url, PEM or DER',
  ),
  FORM,
  NOTATION,
  ...REGISTRY,
] as const;
export type SignCall = CallOf<typeof SIGN_OPTIONS>;

export const ATTACH_OPTIONS = [
  KEY,
  defineOption(
    '--media-type <type>',
    'what the document is; without it, that is found out from its content',
  ),
  PLATFORM,
  defineOption('--as <repository>', 'for an image on disk: the repository that it belongs to'),
  FORM,
  TRUST,
  NOTATION,
  ...REGISTRY,
] as const;
export type AttachCall = CallOf<typeof ATTACH_OPTIONS>;

export const VEX_ADD_OPTIONS = [
  defineOption('--status <status>', 'what is said of the products', {
    choices: VEX_STATUSES,
    required: true,
  }),
  defineOption('--component <purl>', 'package that is meant; may be given more than once', {
    several: true,
  }),
  defineOption(
    '--image <digest>',
    'without a reference: the image in which the components are meant, as sha256:…',
  ),
  defineOption('--alias <id>', 'another name of the vulnerability; may be given more than once', {
    several: true,
  }),
  defineOption('--justification <label>', 'why it is not affected', {
    choices: VEX_JUSTIFICATIONS,
  }),
  defineOption('--impact <text>', 'why it is not affected, in words'),
  defineOption('--action <text>', 'what users of an affected product do now'),
  defineOption('--author <name>', 'who states it', { required: true }),
  defineOption('--namespace <url>', 'the address of the author, which CSAF requires'),
  defineFormat(['blocks', 'value'], ['openvex', 'csaf', 'cyclonedx']),
  defineOption(
    '--to <file>',
    'without a reference: the file, with its signature beside it; without it, vex.json',
  ),
  defineOption(
    '--into <file>',
    'without a reference: a signed document of before, which gets the statement, in its form',
  ),
  KEY,
  TRUST,
  NOTATION,
  ...REGISTRY,
] as const;
export type VexAddCall = CallOf<typeof VEX_ADD_OPTIONS>;

export const VERIFY_OPTIONS = [
  defineOption(
    '--as <repository>',
    'for an image on disk: the repository whose trust applies; without it, no signature counts',
  ),
  EXPECT_BUNDLE,
  defineOption('--signature <file>', 'of a file: the file of its signature'),
  defineOption(
    '--policy-name <name>',
    'of a file: the statement of trustpolicy.blob.json; without it, the global one',
  ),
  defineOption('--media-type <type>', 'of a file: the media type that its signature must name'),
  defineOption('--bundle <file>', 'of a file: a bundle of sigstore that signs it'),
  defineOption('--key <file>', 'of a bundle: the public key that must have signed'),
  defineOption('--identity <identity>', 'of a bundle: the exact identity of the certificate'),
  defineOption(
    '--identity-glob <pattern>',
    'of a bundle: a pattern of identities, in which * is any run of characters except /',
  ),
  defineOption('--issuer <url>', 'of a bundle: the exact issuer of the identity token'),
  defineOption(
    '--trusted-root <name>',
    'of a bundle: the trusted root, as import-cosign named it',
    {
      fallback: 'public',
    },
  ),
  defineOption(
    '--type <type>',
    'the type that a statement must have: a name as in waybill attest, or https://…',
  ),
  ALLOWED_SIGNERS,
  KEYRING,
  COMMIT_IDENTITY,
  COMMIT_ROOT,
  MERGE_SIGNER,
  POLICY,
  FORM,
  TRUST,
  NOTATION,
  ...REGISTRY,
] as const;
export type VerifyCall = CallOf<typeof VERIFY_OPTIONS>;

export const DISCOVER_OPTIONS = [
  defineOption('--type <type>', 'only this artifact type'),
  defineOption('--as <repository>', 'for an image on disk: the repository that it belongs to'),
  FORM,
  ...REGISTRY,
] as const;
export type DiscoverCall = CallOf<typeof DISCOVER_OPTIONS>;
