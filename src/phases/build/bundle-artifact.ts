import {
  COSIGN_SIGN_TYPE,
  encodeStatement,
  IN_TOTO_TYPE,
  type Statement,
} from '../../capabilities/attestation/index.ts';
import {
  buildArtifact,
  type Content,
  EMPTY_CONTENT,
  toContent,
} from '../../capabilities/registry/index.ts';
import { BUNDLE_TYPE, type BundleTerms, signBundle } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { formatInstant, type Instant, toInstant } from '../../core/instant.ts';
import { ok, type Result } from '../../core/result.ts';

/** What cosign 3 states of an image that it signs. */
export const COSIGN_SIGN_STATEMENT = { predicateType: COSIGN_SIGN_TYPE, predicate: {} };

/** A statement about what has this digest. */
export function toStatement(
  digest: Digest,
  stated: Pick<Statement, 'predicateType' | 'predicate'>,
): Statement {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { subjects: [{ name: null, digest: { [algorithm]: hex } }], ...stated };
}

/** What the manifest of a bundle says beside it. */
export interface BundleMark {
  readonly signedAt: Instant;
  /** Further annotations. */
  readonly more?: Readonly<Record<string, string>>;
}

/** A signed statement in the form in which cosign 3 attaches it to `subject` (S1, S2). */
export async function signBundleArtifact(
  subject: Descriptor,
  statement: Statement,
  terms: BundleTerms,
  { signedAt, more = {} }: BundleMark,
): Promise<Result<{ readonly blobs: readonly Content[]; readonly manifest: Content }>> {
  const bundle = await signBundle(IN_TOTO_TYPE, encodeStatement(statement), terms);
  if (!bundle.ok) return bundle;
  const layer = toContent(BUNDLE_TYPE, bundle.value);
  const annotations = {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': statement.predicateType,
    'org.opencontainers.image.created': formatInstant(
      toInstant(Math.floor(signedAt / 1_000) * 1_000),
    ),
    ...more,
  };
  const parts = { artifactType: BUNDLE_TYPE, subject, layers: [layer.descriptor], annotations };
  return ok({ blobs: [EMPTY_CONTENT, layer], manifest: buildArtifact(parts) });
}
