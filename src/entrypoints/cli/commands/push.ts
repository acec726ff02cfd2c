import { createReadStream, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import {
  type BlobStream,
  buildImageManifest,
  EMPTY_CONTENT,
} from '../../../capabilities/registry/index.ts';
import { parseDigest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  parseImageReference,
} from '../../../core/image-reference.ts';
import { toInstant } from '../../../core/instant.ts';
import { setOwn } from '../../../core/own.ts';
import { orThrow } from '../../../core/result.ts';
import { toFileFailure } from '../../../system/files/errno.ts';
import { hashFile } from '../../../system/files/hash-file.ts';
import { openCommandClient } from '../../compose/command-registry.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import { pushSigned } from '../../compose/push-signed.ts';
import { loadCallConfig } from '../call-config.ts';
import type { PushCall } from '../options/artifacts.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** The annotation by which every client knows the name of a file (image-spec annotations.md). */
export const TITLE = 'org.opencontainers.image.title';
const FILE_TYPE = 'application/vnd.oci.image.layer.v1.tar';
const ARTIFACT_TYPE = 'application/vnd.unknown.artifact.v1';

interface PushedFile extends BlobStream {
  readonly title: string;
}

/** Pushes files as an artifact; a key signs it before it gets its tag. */
export async function run(call: PushCall): Promise<Report> {
  const [text = '', ...files] = call.args;
  const { options, io, signal } = call;
  const reference = orThrow(parseImageReference(text));
  if (reference.digest !== null)
    throw new Failure('USAGE', 'a digest cannot be pushed to', 'Name a tag.');
  const config = await loadCallConfig(call);
  const key =
    options.key === undefined ? null : orThrow(await openSigningKey(config, options.key, io.env));
  const blobs: PushedFile[] = [];
  for (const file of files) blobs.push(await readNamed(io.cwd, file, signal));
  refuseTwins(blobs);
  const manifest = buildImageManifest({
    artifactType: options.artifactType ?? ARTIFACT_TYPE,
    config: EMPTY_CONTENT.descriptor,
    layers: blobs.map(({ descriptor }) => descriptor),
    annotations: readAnnotations(options.annotation),
  });
  const client = await openCommandClient(config, io.env);
  try {
    const repository = formatRepository(reference);
    for (const blob of [EMPTY_CONTENT, ...blobs])
      orThrow(await client.pushBlob(repository, blob, { signal }));
    const at = toInstant(Date.now());
    const place = { target: client, repository, tag: reference.tag };
    const signature =
      key === null ? null : (await pushSigned(place, manifest, { key, at, signal })).signature;
    if (key === null)
      orThrow(await client.pushManifest(repository, manifest, reference.tag, { signal }));
    const { digest } = manifest.descriptor;
    const artifact = formatImageReference({ ...reference, digest });
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('push', () => ({
        ...{ artifact, digest, signature },
        files: blobs.map(({ title, descriptor }) => ({
          ...{ title, digest: descriptor.digest, size: descriptor.size },
          mediaType: descriptor.mediaType,
        })),
      })),
      blocks: () => [
        showLine(artifact),
        ...blobs.map(({ title, descriptor }) => showLine(`  ${title}  ${descriptor.digest}`)),
        ...(signature === null ? [] : [showLine(`signature ${signature}`)]),
      ],
    };
  } finally {
    client.close();
  }
}

/** `FILE`, or `FILE:TYPE` as oras has it; a colon of a path on Windows is no type. */
async function readNamed(cwd: string, text: string, signal: AbortSignal): Promise<PushedFile> {
  const [, named = text, type = FILE_TYPE] = /^(.{2,}):([\w.+-]+\/[\w.+-]+)$/s.exec(text) ?? [];
  const title = named.replaceAll('\\', '/');
  // mutant push-of-a-path-that-leads-out by push-and-pull: condition -> false
  if (isAbsolute(named) || title.split('/').includes('..'))
    throw new Failure(
      'UNSAFE_PATH',
      `${JSON.stringify(named)} leads out of this folder, and who pulls it would not take it`,
      'Name it from the folder that it is in, without "..".',
    );
  const path = resolve(cwd, named);
  try {
    const found = statSync(path);
    if (!found.isFile())
      throw new Failure(
        'USAGE',
        `${named} is no file`,
        'Pack a folder first, for example with tar.',
      );
  } catch (thrown) {
    throw thrown instanceof Failure ? thrown : toFileFailure(path, thrown);
  }
  const { hex, size } = await hashFile(path, 'sha256', signal);
  const digest = orThrow(parseDigest(`sha256:${hex}`));
  const descriptor = { mediaType: type, digest, size, annotations: { [TITLE]: title } };
  return { title, descriptor, open: () => createReadStream(path) as AsyncIterable<Uint8Array> };
}

function refuseTwins(blobs: readonly PushedFile[]): void {
  const titles = new Set<string>();
  for (const { title } of blobs) {
    if (titles.has(title))
      throw new Failure('USAGE', `${title} is named twice`, 'Name each file once.');
    titles.add(title);
  }
}

function readAnnotations(written: readonly string[]): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = {};
  for (const text of written) {
    const [, name = '', value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (value === undefined)
      throw new Failure(
        'USAGE',
        `${JSON.stringify(text.slice(0, 100))} is no annotation`,
        'Write NAME=VALUE.',
      );
    setOwn(annotations, name, value);
  }
  return annotations;
}
