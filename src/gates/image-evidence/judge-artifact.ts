import type { CallOptions } from '../../capabilities/registry/index.ts';
import type { Signer } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Failure } from '../../core/failure.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { ok, type Result } from '../../core/result.ts';
import { type GatherPorts, openGathering } from './gather-context.ts';
import type { Standing } from './image-evidence.ts';
import { listReferrers, verifySignatures } from './signatures.ts';
import { judgeStanding } from './standing.ts';

/** What an artifact that is no image states. */
export type ArtifactStatement = 'advisories' | 'policy';

export interface JudgedArtifact {
  readonly subject: Descriptor;
  readonly standing: Standing;
  /** Everybody whose signature counts; a further signature is an approval. */
  readonly signers: readonly Signer[];
}

/**
 * Whether an artifact that is no image is signed by somebody who is trusted to state it for its
 * repository. A tag is resolved once, here. Fails only if the artifact itself cannot be found.
 */
export async function judgeArtifact(
  reference: ImageReference,
  kind: ArtifactStatement,
  now: Instant,
  ports: GatherPorts,
  options: CallOptions = {},
): Promise<Result<JudgedArtifact>> {
  const subject = await ports.source.resolve(reference, options);
  if (!subject.ok) return subject;
  const gathering = openGathering(reference, now, ports, options);
  const referrers = await listReferrers(gathering, subject.value);
  const judge = (items: Parameters<typeof judgeStanding>[2], missing: Failure | null = null) =>
    judgeStanding(gathering, kind, items, missing);
  const counts = (items: Parameters<typeof judgeStanding>[2]): boolean =>
    ports.showsAll !== true && judge(items).kind === 'counts';
  const { items, missing } = await verifySignatures(gathering, subject.value, referrers, counts);
  const signers = items
    .map((item) => judge([item]))
    .flatMap((standing) => (standing.kind === 'counts' ? [standing.signer] : []));
  return ok({ subject: subject.value, standing: judge(items, missing), signers });
}
