import {
  type BuilderAttestation,
  listBuilderAttestations,
} from '../../../capabilities/registry/index.ts';
import { formatCount } from '../../../core/count.ts';
import type { Descriptor } from '../../../core/descriptor.ts';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference, formatRepository } from '../../../core/image-reference.ts';
import { orThrow } from '../../../core/result.ts';
import { listCosignTags } from '../../../gates/image-evidence/index.ts';
import { openImageTarget } from '../../compose/take-inventory.ts';
import { parseTarget } from '../../compose/targets.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import { paintErr, sayNote } from '../io.ts';
import type { DiscoverCall } from '../options/signing.ts';
import { showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/**
 * Lists what is attached, as the registry reports it. `waybill verify` decides whether it counts.
 */
export async function run(call: DiscoverCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const target = parseTarget(call.args[0] ?? '', call.io.cwd);
  if (target.kind !== 'image' && target.kind !== 'layout') {
    throw new Failure(
      'USAGE',
      `${target.text} is not an image`,
      'Name an image reference or oci:DIR[:TAG].',
    );
  }
  const { source, reference, close } = await openImageTarget(
    target,
    readTargetContext(call, config),
  );
  try {
    const options = { signal: call.signal };
    const subject = orThrow(await source.resolve(reference, options));
    const type = call.options.type ?? null;
    const list = orThrow(
      await source.referrers(formatRepository(reference), subject.digest, type, options),
    );
    const image = formatImageReference({ ...reference, digest: subject.digest });
    const { descriptors, complete, via } = list;
    sayNote(call.io, `${image}: ${descriptors.length} attached (${via})\n`);
    if (!complete)
      call.io.err(
        `${paintErr(call.io, 'yellow', 'incomplete:')} the registry did not list everything\n`,
      );
    const made = orThrow(
      await listBuilderAttestations(source, formatRepository(reference), subject, options),
    );
    if (made.length > 0)
      call.io.err(
        `${formatCount(made.length, 'attestation')} of the builder in the index: unsigned, so ` +
          'no gate counts them\n',
      );
    const kept = await listCosignTags(source, reference, subject.digest, options);
    const tags = kept.length === 0 ? {} : { tags: kept };
    const attestations = made.length === 0 ? {} : { attestations: made };
    return {
      kind: 'result',
      exitCode: complete ? 0 : 3,
      value: toValue('discover', () => ({ image, ...list, ...tags, ...attestations })),
      blocks: () => [
        ...(descriptors.length > 0 ? [showTable(HEADER, descriptors.map(toRow))] : []),
        ...(kept.length > 0
          ? [
              showTable(
                TAG_HEADER,
                kept.map(({ digest, what, tag }) => [digest, what, tag]),
              ),
            ]
          : []),
        ...(made.length > 0 ? [showTable(MADE_HEADER, made.flatMap(toMadeRows))] : []),
      ],
    };
  } finally {
    close();
  }
}

const HEADER = ['DIGEST', 'TYPE', 'CREATED', 'SIZE'];
const TAG_HEADER = ['DIGEST', 'WHAT', 'TAG'];
const MADE_HEADER = ['BUILDER STATES', 'ABOUT', 'IN'];

function toMadeRows({ digest, about, predicateTypes }: BuilderAttestation) {
  return predicateTypes.map((type) => [type, about ?? '-', digest]);
}

function toRow({
  digest,
  artifactType,
  mediaType,
  annotations,
  size,
}: Descriptor): readonly string[] {
  const created = annotations?.['org.opencontainers.image.created'] ?? '-';
  // A hint of who attached it: what is stated is in the bundle.
  const states = annotations?.['dev.sigstore.bundle.predicateType'];
  const type = artifactType ?? mediaType;
  return [digest, states === undefined ? type : `${type} ${states}`, created, String(size)];
}
