import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import {
  type BundleTerms,
  type CertificateIdentity,
  parseCertificate,
  parseSigningConfig,
  ROOT_NAME,
  readCertificateIdentity,
  readIdentityToken,
  requestCertificate,
  type SigningKey,
  type SigningServices,
  type TrustedRoot,
  type VouchingServices,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import type { Config } from '../config/config.ts';
import { isThere } from './is-there.ts';
import { loadRoots } from './trust.ts';

/** Which services vouch for a signature in a form of sigstore. */
export interface VouchingOptions {
  readonly keyless: boolean;
  readonly identityToken: string | undefined;
  /** Name of the trusted root, and of the signing configuration beside it. */
  readonly trustedRoot: string;
  readonly signingConfig: string | undefined;
  readonly fulcioUrl: string | undefined;
  readonly rekorUrl: string | undefined;
  readonly rekorApi: '1' | '2';
  readonly timestampUrl: string | undefined;
  readonly oidcIssuer: string | undefined;
  readonly oidcClientId: string;
}

export interface VouchingPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** Who signs in the forms of sigstore, and whom the certificate names where there is one. */
export interface SignerTerms {
  readonly terms: BundleTerms;
  readonly identity: CertificateIdentity | null;
}

/** Signs with a key. Services vouch for it only where they are named. */
export async function openKeyTerms(
  config: Config,
  key: SigningKey,
  options: VouchingOptions,
  place: VouchingPlace,
): Promise<SignerTerms> {
  const { signingConfig, rekorUrl, timestampUrl } = options;
  const isNamed = [signingConfig, rekorUrl, timestampUrl].some((one) => one !== undefined);
  const services = isNamed ? (await openServices(config, options, place)).vouching : null;
  return { terms: { key, signer: 'key', services }, identity: null };
}

/** Signs with a key that is made for this, and a certificate for the bearer of a token. */
export async function openKeylessTerms(
  config: Config,
  options: VouchingOptions,
  place: VouchingPlace,
): Promise<SignerTerms> {
  const { services, root, vouching } = await openServices(config, options, place);
  const { env, signal } = place;
  if (services.authority === null)
    throw new Failure('USAGE', 'no certificate authority is named', `${NAMES}--fulcio-url URL.`);
  const http = await import('../../adapters/sigstore-http/index.ts');
  const authority = http.openCertificateAuthority(services.authority, { env, signal });
  const text = await http.takeIdentityToken(options.identityToken, {
    ...place,
    provider: services.identityProvider,
    clientId: options.oidcClientId,
  });
  const token = orThrow(readIdentityToken(text, vouching.now()));
  const { oidcClientId: audience } = options;
  // Who gets a token can use it where it was made for: one for a cloud stays here.
  // mutant identity-token-for-somebody-else by sign-keyless: condition -> false
  if (!token.audiences.includes(audience))
    throw new Failure(
      'IDENTITY_UNUSABLE',
      `the identity token is not for ${makeShort(audience)}, so it is sent to nobody`,
      'Ask for one with that audience, or name the one that the authority takes: --oidc-client-id.',
    );
  // It never leaves this process: nothing exports it, and it is gone when the command ends.
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const terms = { privateKey, root, now: vouching.now };
  const key = orThrow(await requestCertificate(authority, token, terms));
  const leaf = orThrow(parseCertificate(key.chain[0] ?? new Uint8Array()));
  const identity = readCertificateIdentity(leaf);
  return { terms: { key, signer: 'certificate', services: vouching }, identity };
}

const makeShort = (text: string): string => JSON.stringify(text.slice(0, 100));

const NAMES = 'Take over the signing configuration of the instance, or name it: ';

async function openServices(
  config: Config,
  options: VouchingOptions,
  place: VouchingPlace,
): Promise<{
  readonly services: SigningServices;
  readonly root: TrustedRoot;
  readonly vouching: VouchingServices;
}> {
  const { env, signal } = place;
  const services = chooseServices(config, options, place);
  const root = await loadRoot(config, options.trustedRoot);
  const { openTransparencyLog } = await import('../../adapters/sigstore-http/index.ts');
  const { openTimestampAuthority } = await import('../../adapters/timestamp-http/index.ts');
  const vouching = {
    logs: services.logs.map((log) => openTransparencyLog(log, { env, signal })),
    timestampAuthorities: services.timestampAuthorities.map(({ href: url }) =>
      openTimestampAuthority({ url, env, signal }),
    ),
    root,
    now: () => toInstant(Date.now()),
    makeNonce: () => randomBytes(16),
  };
  return { services, root, vouching };
}

/** Options win over the signing configuration, each over its part. */
function chooseServices(
  config: Config,
  options: VouchingOptions,
  { cwd }: VouchingPlace,
): SigningServices {
  const { signingConfig, trustedRoot, rekorUrl, timestampUrl } = options;
  const known = locateSigningConfig(config, trustedRoot);
  const path = signingConfig === undefined ? known : resolve(cwd, signingConfig);
  // Signing with a key publishes nothing that the user did not ask for.
  // mutant signature-of-a-key-published-unasked by sign-keyless: value -> isThere(path)
  const isRead = signingConfig !== undefined || (options.keyless && isThere(path));
  const read = isRead
    ? orThrow(parseSigningConfig(readSmallFile(path, LIMITS.configBytesMax), toInstant(Date.now())))
    : NO_SERVICES;
  const version = options.rekorApi === '2' ? 2 : 1;
  return {
    authority: parseUrl('--fulcio-url', options.fulcioUrl) ?? read.authority,
    identityProvider: parseUrl('--oidc-issuer', options.oidcIssuer) ?? read.identityProvider,
    logs: replaceBy(parseUrl('--rekor-url', rekorUrl), read.logs, (url) => ({ url, version })),
    timestampAuthorities: replaceBy(
      parseUrl('--timestamp-url', timestampUrl),
      read.timestampAuthorities,
      (url) => url,
    ),
  };
}

const NO_SERVICES: SigningServices = {
  authority: null,
  identityProvider: null,
  logs: [],
  timestampAuthorities: [],
};

function replaceBy<T>(url: URL | null, read: readonly T[], wrap: (url: URL) => T): readonly T[] {
  return url === null ? read : [wrap(url)];
}

function parseUrl(option: string, text: string | undefined): URL | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '') return url;
  throw new Failure(
    'USAGE',
    `${option} is no address`,
    'Write it like https://fulcio.example.com.',
  );
}

/** Where the signing configuration of an instance is kept, beside its trusted root. */
export function locateSigningConfig({ notation }: Config, name: string): string {
  // mutant signing-config-outside-its-folder by sign-keyless: condition -> false
  if (!ROOT_NAME.test(name))
    throw new Failure('USAGE', `not a name: ${name}`, 'Use letters, digits, . _ and -.');
  return join(notation, 'truststore', 'sigstore', 'signing', `${name}.json`);
}

async function loadRoot(config: Config, name: string): Promise<TrustedRoot> {
  const root = (await loadRoots(config, [name])).get(name);
  if (root === undefined) throw new Failure('TRUST_INVALID', 'there is no trusted root', NAMES);
  return orThrow(root);
}
