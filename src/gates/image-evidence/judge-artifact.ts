import type { CallOptions } from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { ok, type Result } from '../../core/result.ts';
import { type GatherPorts, openGathering } from './gather-context.ts';
import type { Standing } from './image-evidence.ts';
import { listReferrers, verifySignatures } from './signatures.ts';
import { judgeStanding } from './standing.ts';

/**
 * Whether an artifact that is no image is signed by somebody who is trusted to state it for its
 * repository. A tag is resolved once, here. Fails only if the artifact itself cannot be found.
 */
export async function judgeArtifact(
  reference: ImageReference,
  kind: 'advisories',
  now: Instant,
  ports: GatherPorts,
  options: CallOptions = {},
): Promise<Result<{ readonly subject: Descriptor; readonly standing: Standing }>> {
  const subject = await ports.source.resolve(reference, options);
  if (!subject.ok) return subject;
  const gathering = openGathering(reference, now, ports, options);
  const referrers = await listReferrers(gathering, subject.value);
  const counts = (items: Parameters<typeof judgeStanding>[2]): boolean =>
    judgeStanding(gathering, kind, items, null).kind === 'counts';
  const { items, missing } = await verifySignatures(gathering, subject.value, referrers, counts);
  return ok({
    subject: subject.value,
    standing: judgeStanding(gathering, kind, items, missing),
  });
}
