import { createPublicKey } from 'node:crypto';
import { stringify } from 'yaml';
import { fixedKey, testAuthority } from './certificates.ts';

/** A resource of Ratify 1. */
export function ratifyOne(kind: string, name: string, spec: object, namespace?: string): object {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { apiVersion: 'config.ratify.deislabs.io/v1beta1', kind, metadata, spec };
}

/** An executor of Ratify 2. */
export function ratifyExecutor(name: string, spec: object): object {
  return { apiVersion: 'config.ratify.sh/v2alpha1', kind: 'Executor', metadata: { name }, spec };
}

export const writeResources = (...resources: readonly object[]): string =>
  resources.map((one) => stringify(one)).join('---\n');

export const inlineProvider = (name: string, value: string, contentType = 'certificate'): object =>
  ratifyOne('KeyManagementProvider', name, { type: 'inline', parameters: { contentType, value } });

export const notationVerifier = (statement: object, stores: object): object =>
  ratifyOne('Verifier', 'verifier-notation', {
    name: 'notation',
    artifactTypes: 'application/vnd.cncf.notary.signature',
    parameters: {
      verificationCertStores: stores,
      trustPolicyDoc: {
        version: '1.0',
        trustPolicies: [
          {
            ...{ name: 'default', registryScopes: ['*'], trustStores: ['ca:shop'] },
            signatureVerification: { level: 'strict' },
            trustedIdentities: ['*'],
            ...statement,
          },
        ],
      },
    },
  });

export function publicKeyPem(seed: string): string {
  return String(createPublicKey(fixedKey(seed)).export({ format: 'pem', type: 'spki' }));
}

/** A set as somebody has it: what comes over, and what does not. */
export function writeRatifyResources(): string {
  const { pem } = testAuthority({ subject: 'CN=Shop Root,O=Shop,ST=WA,C=US' });
  return writeResources(
    inlineProvider('shop-root', pem),
    inlineProvider('cosign-key', publicKeyPem('ratify'), 'key'),
    notationVerifier(
      { registryScopes: ['registry.example.com/shop/trips'] },
      { ca: { shop: ['shop-root'] } },
    ),
    ratifyOne('Verifier', 'verifier-cosign', {
      name: 'cosign',
      parameters: {
        trustPolicies: [
          {
            name: 'default',
            scopes: ['registry.example.com/tools/*'],
            keys: [{ provider: 'cosign-key' }],
            tLogVerify: false,
          },
        ],
      },
    }),
    ratifyOne('Verifier', 'verifier-scan', {
      name: 'vulnerabilityreport',
      parameters: { maximumAge: '24h', denylistCVEs: ['CVE-2021-44228'] },
    }),
    ratifyOne('Policy', 'ratify-policy', {
      type: 'rego-policy',
      parameters: { policy: 'package ratify.policy' },
    }),
  );
}
