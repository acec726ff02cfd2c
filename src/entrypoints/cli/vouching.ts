import type { SigningKey } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import {
  openKeylessTerms,
  openKeyTerms,
  type SignerTerms,
  type VouchingOptions,
} from '../compose/vouching.ts';
import type { Config } from '../config/config.ts';
import type { Call } from './command.ts';
import { makePrintable } from './io.ts';
import type { SignatureFormat } from './options/signing.ts';
import { showLine } from './report/block.ts';

interface FormOptions {
  readonly keyless: boolean;
  readonly signatureFormat: SignatureFormat | undefined;
  readonly also?: SignatureFormat | undefined;
}

/** The forms in which is signed: what was named first, and the one beside it. */
export function listForms({
  keyless,
  signatureFormat,
  also,
}: FormOptions): readonly SignatureFormat[] {
  const first = signatureFormat ?? (keyless ? 'sigstore-bundle' : 'notary-jws');
  const formats = also === undefined ? [first] : [first, also];
  // mutant keyless-form-of-notary by sign-keyless: condition -> false
  if (keyless && formats.every(isNotaryForm))
    throw new Failure(
      'USAGE',
      `${first} is signed by a key: --keyless`,
      'Leave it out, or use --signature-format sigstore-bundle.',
    );
  return formats;
}

export function isNotaryForm(format: SignatureFormat): boolean {
  return format === 'notary-jws' || format === 'notary-cose';
}

/** Who signs in the forms of sigstore: the key, or who is logged in where there is none. */
export function openVouching(
  { options, io, signal }: Call<VouchingOptions>,
  config: Config,
  key: SigningKey | null,
): Promise<SignerTerms> {
  const tell = (line: string): void => io.err(`${makePrintable(line)}\n`);
  const place = { env: io.env, cwd: io.cwd, signal, tell };
  if (options.keyless) return openKeylessTerms(config, options, place);
  if (key === null) throw new Failure('INTERNAL', 'nobody signs', 'Report this.');
  return openKeyTerms(config, key, options, place);
}

type Identity = SignerTerms['identity'];

/** A member of the value of a command; none where a key signed. */
export function describeIdentity(identity: Identity) {
  if (identity === null) return {};
  return { signer: { identity: identity.identity, issuer: identity.issuer } };
}

export function showIdentity(identity: Identity) {
  if (identity === null) return [];
  const { identity: name, issuer } = identity;
  return [showLine(`signed as ${makePrintable(name)} (${makePrintable(issuer)})`)];
}
