import { createReadStream } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ArtifactTarget,
  type BlobStream,
  type Content,
  type IndexManifest,
  OCI_INDEX,
  openVerified,
  parseManifest,
  toReferrer,
  verifyStream,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { type Digest, readAlgorithm, takeHex } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, orThrow, type Result } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { classifyErrno, toFileFailure } from '../../system/files/errno.ts';
import { makeFolder, writeDurably } from '../../system/files/write-file.ts';
import { openFolder } from './folder.ts';
import { createSource, FALLBACK_TAG, type LayoutSource, REF_NAME } from './source.ts';
import { openLayoutStore } from './store.ts';

export type LayoutTarget = LayoutSource & ArtifactTarget;

/**
 * A layout to write to, made if it is missing. Each file appears whole and synced, or not at all.
 * The index is changed under a lock file, so two processes that push to one layout both keep their
 * pushes.
 */
export async function openLayoutTarget(folder: string): Promise<Result<LayoutTarget>> {
  return attempt(async () => {
    await makeLayout(folder);
    const source = createSource(orThrow(await openLayoutStore(openFolder(folder))));
    const index = async () =>
      orThrow(await orThrow(await openLayoutStore(openFolder(folder))).index());
    return {
      ...source,
      pushBlob: (_, content) => attempt(() => writeBlob(folder, content)),
      pushManifest: (_, content, tag) =>
        attempt(() => writeManifest(folder, index, content, tag ?? null)),
      deleteManifest: (_, digest) => attempt(() => removeManifest(folder, index, digest)),
    };
  });
}

async function makeLayout(folder: string): Promise<void> {
  await makeFolder(join(folder, 'blobs', 'sha256')).catch(throwUnwritable(folder));
  const empty = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] };
  await runLocked(folder, async () => {
    await writeNew(join(folder, 'index.json'), canonicalizeJson(empty));
    await writeNew(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  });
}

async function writeNew(path: string, text: string): Promise<void> {
  const there = await open(path, 'r').catch(() => null);
  await (there === null ? writeDurably(path, [new TextEncoder().encode(text)]) : there.close());
}

async function writeBlob(folder: string, content: Content | BlobStream): Promise<Descriptor> {
  const { descriptor } = content;
  const path = toBlobPath(folder, descriptor.digest);
  if (await hasBytes(path, descriptor)) return descriptor;
  // Its readers check it, so after a power cut it is found to be missing and is copied again.
  await writeDurably(path, openVerified(content), { flushes: false });
  return descriptor;
}

/** Whether the file has these bytes: it is read, as a disk may have damaged it. */
async function hasBytes(path: string, descriptor: Descriptor): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (found?.isFile() !== true || found.size !== descriptor.size) return false;
  return attempt(async () => {
    // mutant layout-keeps-only-right-bytes by copy-release: call -> []
    for await (const _ of verifyStream(createReadStream(path), descriptor));
  }).then(({ ok }) => ok);
}

async function writeManifest(
  folder: string,
  index: () => Promise<IndexManifest>,
  content: Content,
  tag: string | null,
): Promise<Descriptor> {
  const { descriptor } = content;
  const manifest = orThrow(parseManifest(content.bytes, descriptor.mediaType));
  await writeBlob(folder, content);
  const entry = manifest.subject === null ? descriptor : toReferrer(descriptor, manifest);
  await changeIndex(folder, index, (manifests) => addEntry(manifests, entry, tag));
  return descriptor;
}

/** Its blobs stay: other manifests may name them. */
async function removeManifest(
  folder: string,
  index: () => Promise<IndexManifest>,
  digest: Digest,
): Promise<boolean> {
  let wasThere = false;
  await changeIndex(folder, index, (manifests) => {
    if (manifests.some(({ annotations }) => FALLBACK_TAG.test(annotations?.[REF_NAME] ?? '')))
      throw new Failure(
        'UNSUPPORTED',
        'another tool lists what is attached behind tags of this layout',
        'Remove it with that tool.',
      );
    const kept = manifests.filter((entry) => entry.digest !== digest);
    wasThere = kept.length < manifests.length;
    return kept;
  });
  if (wasThere) await rm(toBlobPath(folder, digest), { force: true });
  return wasThere;
}

async function changeIndex(
  folder: string,
  index: () => Promise<IndexManifest>,
  change: (manifests: readonly Descriptor[]) => readonly Descriptor[],
): Promise<void> {
  await runLocked(folder, async () => {
    const { kind: _, artifactType: __, subject: ___, ...rest } = await index();
    const manifests = change(rest.manifests);
    const json = canonicalizeJson({ schemaVersion: 2, ...rest, manifests } as unknown as JsonValue);
    const bytes = new TextEncoder().encode(json);
    if (bytes.length > LIMITS.manifestBytesMax) {
      throw new Failure(
        'LIMIT_EXCEEDED',
        'the index of the layout would be too large',
        'Start another layout.',
      );
    }
    await writeDurably(join(folder, 'index.json'), [bytes]);
  });
}

/**
 * The list with the entry in it. A tag names one entry; the entry that it named before stays in the
 * list without the tag.
 */
function addEntry(
  list: readonly Descriptor[],
  entry: Descriptor,
  tag: string | null,
): readonly Descriptor[] {
  const untagged = list.map((one) =>
    tag !== null && one.annotations?.[REF_NAME] === tag ? removeTag(one) : one,
  );
  const annotations = tag === null ? entry.annotations : { ...entry.annotations, [REF_NAME]: tag };
  const added = { ...entry, ...(annotations === undefined ? {} : { annotations }) };
  const formatKey = (one: Descriptor) => `${one.digest} ${one.annotations?.[REF_NAME] ?? ''}`;
  const all = [...new Map([...untagged, added].map((one) => [formatKey(one), one])).values()];
  const tagged = new Set(
    all.filter((one) => one.annotations?.[REF_NAME] !== undefined).map(({ digest }) => digest),
  );
  return all.filter((one) => one.annotations?.[REF_NAME] !== undefined || !tagged.has(one.digest));
}

function removeTag(entry: Descriptor): Descriptor {
  const { annotations: { [REF_NAME]: _, ...annotations } = {}, ...rest } = entry;
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function toBlobPath(folder: string, digest: Digest): string {
  return join(folder, 'blobs', readAlgorithm(digest), takeHex(digest));
}

/** One writer of the index at a time, in this process and in others. */
async function runLocked<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, '.index.lock');
  const lock = await takeLock(path, Date.now() + LIMITS.lockWaitMs);
  try {
    return await work();
  } finally {
    await lock.close();
    await rm(path, { force: true });
  }
}

async function takeLock(path: string, endMs: number): Promise<FileHandle> {
  for (;;) {
    const lock = await open(path, 'wx').catch((thrown: unknown) => {
      if (classifyErrno(thrown) !== 'exists') return throwUnwritable(path)(thrown);
      return null;
    });
    if (lock !== null) return lock;
    if (Date.now() > endMs) {
      const remedy = `If no other process writes to it, remove ${path}.`;
      throw new Failure('STORE_LOCKED', 'another process is changing the layout', remedy);
    }
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
  }
}

function throwUnwritable(path: string): (thrown: unknown) => never {
  return (thrown) => {
    throw toFileFailure(path, thrown, 'write');
  };
}
