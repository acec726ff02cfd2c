import { z } from 'zod';
import { commitSigner, count, digest, list, maybe, moment, person, text } from './parts.ts';

const requested = z.strictObject({ name: text, subject: text, request: text });
const trial = z.strictObject({ name: text, subject: text, root: text, validUntil: moment });

export const keyGenerate = z.union([trial, requested]);

const certificate = z.strictObject({ subject: text, thumbprint: text, validUntil: moment });
const key = z.strictObject({ name: text, certificate: certificate.nullable() });

export const keyList = z.strictObject({ keys: list(key) });
export const keyImport = key;
export const keyRequest = requested;
export const keyRotate = requested.extend({
  replaces: z.strictObject({ name: text, thumbprint: text, validUntil: moment }),
});
export const keyInspect = z.strictObject({
  name: text,
  certificates: list(
    z.strictObject({
      subject: text,
      issuer: maybe.describe('null: no certificate of the chain'),
      algorithm: maybe.describe('null: the key may not sign (N16)'),
      thumbprint: text.describe('SHA-256 of the certificate'),
      key: text.describe('SHA-256 of its SubjectPublicKeyInfo'),
      validFrom: moment,
      validUntil: moment,
    }),
  ).describe('leaf first'),
});

export const trustList = z.strictObject({
  name: text,
  revision: count,
  digest,
  rules: list(
    z.strictObject({
      id: text,
      repositories: list(text),
      statements: list(text),
      signers: list(text),
      since: moment.nullable().describe('what was signed before does not count'),
      until: moment.nullable().describe('what was signed then or later does not count'),
    }),
  ),
  machines: list(
    z.strictObject({
      id: text,
      repositories: list(text),
      cloud: text,
      authority: text.describe('trust store of who issues the certificates of the cloud'),
      timestamps: text.describe('trust store of who says when'),
      subscriptions: list(text),
    }),
  ).describe('which machines may have built what'),
  revoked: list(z.strictObject({ kind: text, value: text, reason: maybe })).describe(
    'what no longer counts, whatever the rules say',
  ),
});

const leftOut = z.strictObject({ what: text, why: text });

export const trustAdd = z.strictObject({
  identity: text.describe('who is trusted now'),
  trustStore: text.describe('who vouches for this name, such as ca:shop'),
  repositories: list(text),
  statements: list(text).describe('what may be stated about them'),
  files: list(text).describe('written'),
});

export const trustImportNotation = z.strictObject({
  from: text.describe('folder of notation'),
  files: list(text).describe('written'),
  rules: list(
    z.strictObject({
      id: text,
      repositories: list(text),
      statements: list(text),
      signers: list(z.strictObject({ identity: text, trustStore: text })),
    }),
  ).describe('added to the trust document'),
  left: list(leftOut).describe('what did not come over'),
});

const importedSigner = z.strictObject({
  identity: text.optional(),
  trustStore: text.optional(),
  publicKey: text.optional(),
  issuer: text.optional(),
  trustedRoot: text.optional(),
});

export const clusterImportRatify = z.strictObject({
  files: list(text).describe('written'),
  rules: list(
    z.strictObject({
      ...{ id: text, repositories: list(text), statements: list(text) },
      signers: list(importedSigner),
    }),
  ).describe('added to the trust document'),
  settings: list(
    z.strictObject({ parameter: text, value: z.union([text, list(text)]), from: text }),
  ).describe('what to set in the policy, as parameters'),
  left: list(leftOut).describe('what did not come over'),
});

export const trustImportCosign = z.strictObject({
  trustedRoot: maybe.describe('name of the trusted root'),
  files: list(text).describe('written'),
  rule: maybe.describe('added to the trust document'),
});

export const trustUpdate = z.strictObject({
  repositories: list(
    z.strictObject({
      name: text.describe('of the trusted root'),
      url: text,
      rootVersion: count,
      expires: moment.describe('when the first of its documents ends'),
      changed: list(text).describe('written'),
    }),
  ),
});

export const trustExportNotation = z.strictObject({
  policy: z.strictObject({
    version: text,
    trustPolicies: list(
      z.strictObject({
        name: text,
        registryScopes: list(text),
        signatureVerification: z.strictObject({ level: text }),
        trustStores: list(text),
        trustedIdentities: list(text),
      }),
    ),
  }),
  left: list(leftOut).describe('what notation cannot say'),
});

export const trustTest = z.strictObject({
  image: text,
  digest,
  policy: z.strictObject({
    statement: maybe.describe('of the trust policy of notation'),
    scope: maybe.describe('the scope that applies: the repository, or *'),
    level: maybe,
    trustStores: list(text),
  }),
  revision: count.describe('of the trust document'),
  tests: list(
    z.strictObject({
      signature: digest,
      about: digest,
      statement: text.describe('what is stated'),
      outcome: z.enum(['trusted', 'untrusted', 'undetermined']),
      identity: maybe,
      trustStore: maybe,
      trustedRoots: list(text).describe('of sigstore: those that vouch'),
      signedAt: moment.nullable(),
      signedBy: moment.nullable().describe('shown by a timestamp or a signing authority'),
      rule: maybe.describe('that applies'),
      why: maybe.describe('why none applies'),
      rules: list(
        z.strictObject({
          id: text,
          test: z.enum([
            'applies',
            'other-repository',
            'other-statement',
            'other-signer',
            'signed-before',
            'ended',
          ]),
        }),
      ),
    }),
  ),
});

const certified = z
  .strictObject({ identity: text, issuer: text.describe('of the identity token') })
  .optional()
  .describe('whom the certificate names, where no key of a store signed');
const signedImage = z.strictObject({
  signed: text,
  signature: digest,
  also: digest.optional().describe('the signature in the second form'),
  signer: certified,
});
const signedFile = z.strictObject({
  file: text,
  digest,
  size: count,
  mediaType: text,
  signature: text.describe('path of the signature'),
  signer: certified,
});

export const sign = z.union([signedImage, signedFile]);

const standing = z.enum(['counts', 'does-not-count', 'undetermined']);
const evidence = z.strictObject({
  standing,
  identity: maybe,
  signedAt: moment.nullable(),
  reason: maybe,
  unchecked: list(text),
  revocation: list(
    z.strictObject({
      subject: text,
      state: z.enum(['good', 'revoked', 'unknown', 'not-revocable']),
      by: z.enum(['ocsp', 'crl']).nullable(),
      from: maybe.describe('address of the service; stapled: it came with the signature'),
      askedAt: moment.nullable(),
      validUntil: moment.nullable(),
      revokedAt: moment.nullable(),
      reason: maybe.describe('of the revocation, or why its state is unknown'),
    }),
  ).describe('of each certificate that a service was asked about'),
});

export const attach = z.strictObject({
  image: text.describe('what the document is attached to, by digest'),
  mediaType: text,
  document: digest.describe('of its manifest'),
  signature: digest.describe('of the manifest of its signature'),
  kind: z.enum(['sbom', 'scan', 'provenance', 'vex', 'other']).nullable(),
  standing: standing.nullable().describe('as the gates see it; null where none reads it'),
  reason: maybe,
  signer: certified,
});

export const attest = z.strictObject({
  image: text.describe('what the statement is about, by digest'),
  predicateType: text,
  attestation: digest.describe('of its manifest'),
  signature: digest.nullable().describe('of the manifest of its signature; null: it is in there'),
  format: text,
  kind: z.enum(['sbom', 'scan', 'provenance', 'vex', 'other']).nullable(),
  standing: standing.nullable().describe('as the gates see it; null where none reads it'),
  reason: maybe,
  signer: certified,
});

export const vexAdd = z.strictObject({
  image: maybe.describe('what the document is attached to, by digest; null for a file'),
  file: maybe.describe('null where it is attached'),
  mediaType: text,
  document: digest.describe('of its manifest, or of the file'),
  signature: text.describe('the digest of its manifest, or its file'),
  standing: standing.nullable().describe('as the gates see it; null for a file'),
  reason: maybe,
  supersedes: list(
    z.strictObject({
      status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
      justification: maybe,
      at: moment.nullable(),
    }),
  ).describe('what the document said of the same product before, and no longer counts'),
});

const verifiedImage = z.strictObject({
  image: text,
  digest,
  standing,
  reason: maybe,
  searched: list(
    z.strictObject({
      about: digest,
      place: z.enum(['api', 'fallback-tag', 'layout', 'referrers', 'tag']),
      tag: maybe,
      found: count,
      missing: maybe,
    }),
  ),
  signatures: list(
    evidence.extend({
      digest,
      format: text.describe(
        'notary-jws, notary-cose, sigstore-bundle, cosign-legacy, notary (not read), or the type ' +
          'of a signature that is not known',
      ),
      issuer: maybe.describe('of sigstore: of the identity token'),
    }),
  ),
  documents: list(
    evidence.extend({
      digest,
      kind: text,
      mediaType: text,
      predicateType: maybe.describe('of a statement that was read'),
      about: digest,
      createdAt: moment.nullable(),
      lacks: list(text),
    }),
  ),
  unread: list(z.strictObject({ digest, about: digest, what: text, why: text })),
  missing: maybe,
});

const verifiedFile = z.strictObject({
  file: text,
  recognised: z.strictObject({ what: text, says: list(text), needs: maybe }),
  searched: list(z.strictObject({ file: text, found: z.boolean() })),
  standing,
  reason: maybe,
  signatures: list(evidence.extend({ file: text, digest: digest.nullable(), mediaType: maybe })),
});

const verifiedRevision = z.strictObject({
  revision: text.describe('commit:REV or tag:NAME, as it was asked for'),
  id: maybe.describe('of the object; null for a tag that has none'),
  standing,
  reason: maybe,
  signatures: list(
    z.strictObject({
      of: z.enum(['commit', 'tag']),
      id: text,
      name: maybe.describe('as the tag says, or the first line of the commit'),
      by: person.nullable().describe('the tagger or committer, and when, as the object states'),
      format: maybe.describe('ssh, openpgp, x509 or unknown'),
      identity: maybe.describe('of the signer, as people know it'),
      signer: commitSigner.nullable(),
      standing,
      reason: maybe,
      code: maybe.describe('of the reason'),
    }),
  ).describe('of the tag, of each tag that it names, and of the commit'),
  searched: list(
    z.strictObject({
      of: z.enum(['commit', 'tag']),
      id: text.describe('of the object, or the ref of a tag that has none'),
      found: count,
      missing: maybe.describe('why it could not be searched'),
    }),
  ),
  trustedBy: list(
    z.strictObject({
      kind: z.enum(['allowed-signers', 'keyring', 'roots']),
      file: text,
      from: z.enum(['option', 'waybill.yaml', 'git']),
      entries: count,
      withinWorkTree: z.boolean(),
    }),
  ).describe('the files that say who may sign'),
});

export const verify = z.union([verifiedImage, verifiedFile, verifiedRevision]);

export const discover = z.strictObject({
  image: text,
  descriptors: list(
    z.strictObject({
      mediaType: text,
      digest,
      size: count,
      artifactType: text.optional(),
      annotations: z.record(text, text).readonly().optional(),
      platform: z
        .strictObject({ os: text, architecture: text, variant: text.optional() })
        .optional(),
    }),
  ),
  complete: z.boolean(),
  via: z.enum(['api', 'fallback-tag', 'layout']),
  tags: list(z.strictObject({ tag: text, digest, what: text }))
    .optional()
    .describe('what cosign keeps about the image under tags'),
  attestations: list(
    z.strictObject({ digest, about: digest.nullable(), predicateTypes: list(text) }),
  ).optional(),
});
