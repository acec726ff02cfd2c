import type { IndexManifest } from '../../capabilities/registry/index.ts';
import { parseManifest } from '../../capabilities/registry/index.ts';
import { type Digest, readAlgorithm, takeHex } from '../../core/digest.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { type Container, readWhole } from './container.ts';

/**
 * Content by digest with an index over it: an image layout is this, and a Docker archive is
 * presented as this.
 */
export interface ContentStore {
  readonly name: string;
  /** The index as it is now. */
  index(): Promise<Result<IndexManifest>>;
  /** The stored size of the content of a digest. Null if the content is not there. */
  size(digest: Digest): Promise<Result<number | null>>;
  /** The stored bytes, not yet verified. */
  stream(digest: Digest): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * An image layout (image-spec image-layout.md). Its marker is checked, its index is read strictly,
 * and digests name files.
 */
export async function openLayoutStore(container: Container): Promise<Result<ContentStore>> {
  const marker = await readWhole(container, 'oci-layout', 64 * 1024);
  if (!marker.ok)
    return marker.failure.code === 'NOT_FOUND' ? notALayout(container.name, 'oci-layout') : marker;
  const json = parseJson(marker.value, { bytesMax: 64 * 1024 });
  if (!json.ok) return json;
  const version = isJsonObject(json.value) ? json.value['imageLayoutVersion'] : undefined;
  if (version !== '1.0.0')
    return fail(
      'UNSUPPORTED',
      `${container.name} is an image layout of another version`,
      'Write a layout of version 1.0.0.',
    );
  const index = await readIndex(container);
  if (!index.ok) return index;
  const path = (digest: Digest) => `blobs/${readAlgorithm(digest)}/${takeHex(digest)}`;
  return ok({
    name: container.name,
    index: () => readIndex(container),
    size: (digest) => container.size(path(digest)),
    stream: (digest) => container.stream(path(digest)),
    close: container.close,
  });
}

async function readIndex(container: Container): Promise<Result<IndexManifest>> {
  const bytes = await readWhole(container, 'index.json', LIMITS.manifestBytesMax);
  if (!bytes.ok)
    return bytes.failure.code === 'NOT_FOUND' ? notALayout(container.name, 'index.json') : bytes;
  const parsed = parseManifest(bytes.value, null, { entriesMax: LIMITS.layoutEntriesMax });
  if (!parsed.ok) return parsed;
  return parsed.value.kind === 'index'
    ? ok(parsed.value)
    : notALayout(container.name, 'valid index.json');
}

function notALayout(name: string, lacks: string): Result<never> {
  return fail(
    'NOT_FOUND',
    `${name} is not an OCI image layout: it has no ${lacks}`,
    'Name the folder that contains the file oci-layout.',
  );
}
