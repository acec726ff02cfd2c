import {
  buildReleaseBundle,
  type Content,
  type CopyOutcome,
  checkBundle,
  copyRelease,
  type ReleaseContent,
  type ReleasePart,
  readArtifactType,
  surveyRelease,
} from '../../../capabilities/registry/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference, formatRepository } from '../../../core/image-reference.ts';
import { orThrow } from '../../../core/result.ts';
import { type CopyPlaces, openCopyPlaces } from '../../compose/copy-places.ts';
import { parseBundles } from '../../compose/release-bundles.ts';
import { loadCallConfig } from '../call-config.ts';
import { clearProgress, sayNote, startProgress } from '../io.ts';
import type { CopyCall } from '../options/artifacts.ts';
import { type Block, showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Copies a release with everything that belongs to it. */
export async function run(call: CopyCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const [from = '', to = ''] = call.args;
  const { env, cwd } = call.io;
  const places = await openCopyPlaces([from, to], { config, env, cwd });
  try {
    const { source, reference } = places;
    const release = orThrow(await surveyRelease(source, reference, { signal: call.signal }));
    const { parts, strangers } = release;
    const attached = formatCount(countAttached(parts), 'attached manifest');
    sayNote(call.io, `${release.root.digest}: ${attached}\n`);
    if (strangers.length > 0)
      call.io.err(
        `${formatCount(strangers.length, 'entry', 'entries')} listed as attached, but about ` +
          'something else: not copied\n',
      );
    const bundle = await chooseBundle(call, places, release);
    const name = formatImageReference({ ...reference, digest: release.root.digest });
    const named = reference.registry === 'layout.invalid' ? from : name;
    if (call.options.dryRun) return showRelease(release, named, { bundle, outcome: null });
    return await copyTo(call, places, { release, bundle, from: named });
  } finally {
    places.close();
  }
}

/**
 * The index of the whole release: made where that is asked for. One that the source has is taken
 * over, if the release is what it names.
 */
async function chooseBundle(
  { options, signal }: CopyCall,
  { source, reference }: CopyPlaces,
  release: ReleaseContent,
): Promise<Content | null> {
  const [expected = null, ...others] = parseBundles(options.expectBundle);
  if (others.length > 0)
    throw new Failure('USAGE', 'one release has one bundle', 'Give --expect-bundle once.');
  if (options.bundle && expected === null) return buildReleaseBundle(release);
  return orThrow(await checkBundle(source, reference, release, { expected, signal }));
}

interface CopiedRelease {
  readonly release: ReleaseContent;
  readonly bundle: Content | null;
  readonly from: string;
}

interface ShownCopy {
  readonly bundle: Content | null;
  readonly outcome: (CopyOutcome & { readonly to: string }) | null;
}

async function copyTo(
  call: CopyCall,
  { source, reference, openTarget, mountFrom }: CopyPlaces,
  { release, bundle, from }: CopiedRelease,
): Promise<Report> {
  const opened = await openTarget(release.root.digest);
  const progress = startProgress(call.io, 'KiB copied');
  const toKiB = (bytes: number): number => Math.ceil(bytes / 1024);
  const route = {
    ...{ source, from: formatRepository(reference) },
    ...{ target: opened.target, to: opened.repository },
    ...(mountFrom === null ? {} : { mountFrom }),
  };
  const outcome = orThrow(
    await copyRelease(release, route, {
      ...{ signal: call.signal, tag: opened.tag, replaceTags: call.options.replaceTags },
      bundle,
      progress: (done, total) => progress(toKiB(done), toKiB(total)),
    }),
  );
  clearProgress(call.io);
  await opened.finish();
  const to = opened.format(release.root.digest);
  return showRelease(release, from, { bundle, outcome: { ...outcome, to } });
}

function showRelease(
  release: ReleaseContent,
  from: string,
  { bundle, outcome }: ShownCopy,
): Report {
  const { root, parts, tags, strangers } = release;
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('copy', () => ({
      ...{ from, to: outcome?.to ?? null, digest: root.digest },
      bundle: bundle?.descriptor.digest ?? null,
      parts: parts.map(toListed),
      tags: tags.map(({ tag, digest }) => ({ tag, digest })),
      strangers,
      copied: outcome === null ? null : toCounts(outcome),
      foreign: outcome?.foreign ?? [],
    })),
    blocks: () => [
      ...(outcome === null ? showParts(release) : showCopied(release, outcome)),
      ...(bundle === null ? [] : [showLine(`bundle ${bundle.descriptor.digest}`)]),
    ],
  };
}

function toListed({ content, manifest, kind }: ReleasePart) {
  const { digest } = content.descriptor;
  return { kind, digest, type: readArtifactType(manifest) ?? manifest.mediaType };
}

function toCounts({ manifests, blobs, bytes }: CopyOutcome) {
  return { manifests, blobs, bytes };
}

function countAttached(parts: readonly ReleasePart[]): number {
  return parts.filter(({ kind }) => kind === 'attached').length;
}

function showParts({ parts }: ReleaseContent): readonly Block[] {
  const rows = parts.map(toListed).map(({ kind, digest, type }) => [kind, digest, type]);
  return [showTable(['WHAT', 'DIGEST', 'TYPE'], rows)];
}

function showCopied(
  { parts, tags }: ReleaseContent,
  { to, manifests, blobs, bytes, foreign }: CopyOutcome & { readonly to: string },
): readonly Block[] {
  const images = formatCount(parts.length - countAttached(parts), 'image manifest');
  const attached = `${countAttached(parts)} attached`;
  const tagged = tags.length === 0 ? '' : `, ${formatCount(tags.length, 'tag')} of cosign`;
  const lines = [
    `copied to ${to}`,
    `${images}, ${attached}${tagged}`,
    `sent ${formatCount(manifests.sent, 'manifest')} and ${formatCount(blobs.sent, 'blob')} ` +
      `(${formatCount(bytes.sent, 'byte')}); were there: ` +
      `${formatCount(manifests.there, 'manifest')} and ${formatCount(blobs.there, 'blob')}`,
    ...foreign.map((digest) => `not in the source, as its vendor does not allow it: ${digest}`),
  ];
  return lines.map((line) => showLine(line));
}
