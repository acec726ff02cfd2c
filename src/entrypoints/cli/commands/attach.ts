import { basename, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parsePlatform } from '../../../capabilities/registry/index.ts';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference } from '../../../core/image-reference.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { isReadableType, recogniseMediaType } from '../../../gates/image-evidence/index.ts';
import { attachDocument } from '../../../phases/build/index.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import { describeChoice, platformHere } from '../../compose/take-inventory.ts';
import { loadTrust } from '../../compose/trust.ts';
import { openAttachTarget } from '../attach-target.ts';
import { loadCallConfig } from '../call-config.ts';
import type { AttachCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { formatStanding, toLine } from './standing-output.ts';

/**
 * Attaches a document to an image and signs it. A document that will not count is attached all the
 * same: the answer says why it does not.
 */
export async function run(call: AttachCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const key = orThrow(await openSigningKey(config, call.options.key, call.io.env));
  const trust = orThrow(await loadTrust(config));
  const document = await readDocument(call);
  const { target, reference, close } = await openAttachTarget(
    call.args[0] ?? '',
    { io: call.io, as: call.options.as },
    config,
  );
  try {
    const ports = { target, key, trust, now: () => toInstant(Date.now()), pause };
    const wanted = call.options.platform;
    const attached = orThrow(
      await attachDocument(reference, document, ports, {
        signal: call.signal,
        preferred: platformHere(),
        ...(wanted === undefined ? {} : { platform: orThrow(parsePlatform(wanted)) }),
      }),
    );
    const image = formatImageReference({ ...reference, digest: attached.subject.digest });
    const seen = attached.document;
    const line = seen === null ? null : toLine(seen.standing, []);
    const { mediaType } = document;
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('attach', () => ({
        ...{ image, mediaType, document: attached.manifest, signature: attached.signature },
        kind: seen === null ? null : seen.kind,
        standing: line === null ? null : line.standing,
        reason: line === null ? UNREAD : line.reason,
      })),
      blocks: () => [
        showLine(`attached to ${image}${attached.chosen ? describeChoice(attached.chosen) : ''}`),
        showLine(`document ${attached.manifest} (${mediaType})`),
        showLine(`signature ${attached.signature}`),
        showLine(
          ...(line === null || seen === null
            ? [UNREAD]
            : formatStanding(seen.kind === 'other' ? 'document' : seen.kind, line)),
        ),
      ],
    };
  } finally {
    close();
  }
}

const UNREAD = 'no gate reads documents of this media type';

async function readDocument(call: AttachCall) {
  const file = call.args[1] ?? '';
  const path = resolve(call.io.cwd, file);
  const bytes = await readFileBounded(path, LIMITS.documentBytesMax);
  const mediaType = call.options.mediaType ?? recogniseMediaType(bytes);
  if (mediaType === null)
    throw new Failure(
      'UNSUPPORTED',
      `${file} is no document that a gate reads`,
      'Attach SPDX, CycloneDX, SARIF, a Trivy report, VEX or an in-toto statement, as JSON. ' +
        'For anything else, say what it is: --media-type TYPE.',
    );
  // mutant media-type-that-is-none by cli-bad-input: condition -> false
  if (!/^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(mediaType))
    throw new Failure('USAGE', `${mediaType} is no media type`, 'Write it as TYPE/SUBTYPE.');
  const recognised = recogniseMediaType(bytes);
  if (isReadableType(mediaType) && recognised === null)
    throw new Failure(
      'MALFORMED',
      `${file} is no document of type ${mediaType}`,
      'Leave --media-type out to see what it is taken for.',
    );
  return { bytes, mediaType, fileName: basename(path) };
}
