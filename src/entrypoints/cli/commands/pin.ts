import { statSync } from 'node:fs';
import type { ArtifactSource } from '../../../capabilities/registry/index.ts';
import { formatCount } from '../../../core/count.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { parseImageReference } from '../../../core/image-reference.ts';
import { LIMITS } from '../../../core/limits.ts';
import { ok, orThrow, type Result } from '../../../core/result.ts';
import { type PinPlan, planPins } from '../../../phases/deploy/index.ts';
import { requireUnchanged } from '../../../phases/develop/index.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { openImageSource } from '../../compose/stand-ins.ts';
import { loadCallConfig } from '../call-config.ts';
import { loadManifestFiles, type ManifestFile } from '../manifest-files.ts';
import type { PinCall } from '../options/gates.ts';
import { type Block, showLine, showNote, showText } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

type FilePlan = PinPlan & { readonly file: ManifestFile };

/**
 * Names the images of manifests by their digests. Every file is read and resolved before one is
 * written. Ends with 1 where an image stays without a digest, or with --check where one has none.
 */
export async function run(call: PinCall): Promise<Report> {
  const { filename, check, from } = call.options;
  const isStream = filename.includes('-');
  if (isStream && filename.length > 1)
    throw new Failure('USAGE', 'standard input and files at once', 'Pin them one after the other.');
  const { files, links } = await loadManifestFiles(filename, call.io);
  const images = await openImageSource(await loadCallConfig(call), call.io, {
    ...{ from, bundles: [], signal: call.signal },
  });
  const plans: FilePlan[] = [];
  try {
    const findDigest = createDigestFinder(images.source, call.signal);
    for (const file of files)
      plans.push({ file, ...orThrow(await planPins(file.name, file.bytes, findDigest)) });
  } finally {
    images.close();
  }
  const changed = plans.filter(({ steps }) => steps.length > 0);
  const writes = !check && !isStream;
  if (writes) writeFiles(changed);
  const open = [
    ...plans.flatMap((plan) => plan.open),
    ...links.map((place) => ({ place, what: 'it is a link or no plain file, and was not read' })),
  ];
  const steps = plans.flatMap((plan) => plan.steps);
  const [stream] = isStream && !check ? plans : [];
  return {
    kind: 'result',
    exitCode: open.length > 0 || (check && steps.length > 0) ? 1 : 0,
    value: toValue('pin', () => ({
      written: writes && changed.length > 0,
      files: changed.map(({ file }) => file.name),
      steps: steps.map((one) => ({ ...one })),
      open: open.map((one) => ({ ...one })),
      text: stream === undefined ? null : toText(stream),
    })),
    blocks: () => showPins(stream, steps, open, writes),
  };
}

/** Asks once for each image; the same name has the same digest in all files. */
function createDigestFinder(source: ArtifactSource, signal: AbortSignal) {
  const known = new Map<string, Promise<Result<Digest>>>();
  const find = async (image: string): Promise<Result<Digest>> => {
    const reference = parseImageReference(image);
    if (!reference.ok) return reference;
    const found = await source.resolve(reference.value, { signal });
    return found.ok ? ok(found.value.digest) : found;
  };
  return (image: string): Promise<Result<Digest>> => {
    const digest = known.get(image) ?? find(image);
    known.set(image, digest);
    return digest;
  };
}

function writeFiles(changed: readonly FilePlan[]): void {
  const writes = changed.flatMap(({ file: { name, path, bytes }, after }) =>
    path === null ? [] : [{ name, path, before: bytes, after, mode: statSync(path).mode }],
  );
  for (const { name, path, before, after, mode } of writes) {
    const now = readSmallFile(path, LIMITS.manifestFileBytesMax);
    requireUnchanged({ file: name, before, after }, now);
    // A rename would replace it by another file.
    if ((mode & 0o222) === 0)
      throw new Failure(
        'FILE_UNWRITABLE',
        `${name} is read-only; nothing was written`,
        'Make the file writable.',
      );
  }
  for (const { path, after, mode } of writes) writeWhole(path, after, mode & 0o777);
}

function toText({ after }: PinPlan): string {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(after);
  return text.endsWith('\n') ? text : `${text}\n`;
}

function showPins(
  stream: FilePlan | undefined,
  steps: PinPlan['steps'],
  open: PinPlan['open'],
  writes: boolean,
): readonly Block[] {
  const show = stream === undefined ? showLine : showNote;
  return [
    ...(stream === undefined ? [] : [showText(toText(stream))]),
    ...steps.map(({ place, what }) => show(`${place}: ${what}`)),
    ...open.map(({ place, what }) => showNote(`not pinned: ${place}: ${what}`)),
    ...(steps.length + open.length === 0 ? [showNote('every image has its digest')] : []),
    ...(writes || stream !== undefined || steps.length === 0
      ? []
      : [showNote(`nothing was written; ${formatCount(steps.length, 'image')} without a digest`)]),
  ];
}
