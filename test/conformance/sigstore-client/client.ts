// A client for the suite sigstore-conformance (its docs/cli_protocol.md): `verify-bundle` over our
// verifier, with exit code 0 for a bundle that counts and 1 for every other outcome. `sign-bundle`
// is refused: we do not sign without a key.
import { createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { checkStatement } from '../../../src/capabilities/attestation/index.ts';
import {
  parseBundle,
  parseTrustedRoot,
  type SignatureResult,
  verifyBundle,
} from '../../../src/capabilities/signing/index.ts';
import { matchesSigstore } from '../../../src/capabilities/signing/trust/sigstore-signer.ts';
import { sha256 } from '../../../src/core/digest.ts';
import { toInstant } from '../../../src/core/instant.ts';
import { testData } from '../../support/test-data.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const OPTIONS = {
  staging: { type: 'boolean' },
  bundle: { type: 'string' },
  'certificate-identity': { type: 'string' },
  'certificate-oidc-issuer': { type: 'string' },
  key: { type: 'string' },
  'trusted-root': { type: 'string' },
} as const;

/** The exit code, and why it is not 0. */
export function runClient(args: readonly string[]): { readonly code: 0 | 1; readonly why: string } {
  try {
    const why = verifyArguments(args);
    return { code: why === null ? 0 : 1, why: why ?? '' };
  } catch (thrown) {
    return { code: 1, why: String(thrown) };
  }
}

function verifyArguments(args: readonly string[]): string | null {
  const [command, ...rest] = args;
  if (command !== 'verify-bundle') return `${command}: only verify-bundle is there`;
  const { values, positionals } = parseArgs({
    args: rest,
    options: OPTIONS,
    allowPositionals: true,
  });
  const [target = ''] = positionals;
  const bundle = parseBundle(readFileSync(values.bundle ?? ''));
  if (!bundle.ok) return bundle.reason.message;
  const isDigest = DIGEST.test(target) && !existsSync(target);
  const artifact = isDigest ? null : readFileSync(target);
  const digest = artifact === null ? target : sha256(artifact);
  const root = parseTrustedRoot(readFileSync(values['trusted-root'] ?? findProductionRoot()));
  const result = verifyBundle({
    bundle: bundle.value,
    format: 'sigstore-bundle',
    artifact,
    checkContent: (content) =>
      content.kind === 'message' ? [] : checkStatement({ ...content, digest, predicateType: null }),
    trust: {
      roots: new Map([['suite', root]]),
      keys: values.key === undefined ? [] : [createPublicKey(readFileSync(values.key))],
    },
    now: toInstant(Date.now()),
  });
  if (result.kind !== 'trusted') return explain(result);
  const { signer } = result;
  if (values.key !== undefined)
    return signer.trustedRoots.length > 0 ? null : (signer.unproven ?? 'no root vouches for it');
  const expected = {
    kind: 'sigstore-identity',
    identity: { kind: 'exact', text: values['certificate-identity'] ?? '' },
    issuer: values['certificate-oidc-issuer'] ?? '',
    claims: new Map(),
    trustedRoot: 'suite',
    logs: 1,
  } as const;
  return matchesSigstore(expected, signer) ? null : `it is by ${signer.identity}`;
}

function explain(result: SignatureResult): string {
  if (result.kind === 'untrusted') return result.reasons[0].message;
  return result.kind === 'undetermined' ? result.cause.message : '';
}

/** The suite expects that clients know the production instance; we fetch no trusted roots. */
function findProductionRoot(): string {
  const root = testData('vectors/sigstore/production-trusted-root.json');
  if (root === null) throw new Error('name a trusted root: --trusted-root FILE');
  return root;
}

if (import.meta.main) {
  const { code, why } = runClient(process.argv.slice(2));
  if (code !== 0) process.stderr.write(`${why}\n`);
  process.exitCode = code;
}
