import { type Digest, parseDigest } from './digest.ts';
import { isJsonObject, type JsonValue } from './json.ts';
import { fail, ok, type Result } from './result.ts';

/**
 * What an OCI descriptor says about content: its type, digest and size in bytes (OCI image-spec
 * descriptor.md).
 */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Reads a descriptor out of parsed JSON; unknown members are dropped. */
export function parseDescriptor(value: JsonValue | undefined): Result<Descriptor> {
  if (!isJsonObject(value)) return malformed('it is not an object');
  const { mediaType, size, artifactType } = value;
  if (typeof mediaType !== 'string' || mediaType === '') return malformed('mediaType is missing');
  // mutant descriptor-negative-size: remove operand 3
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    return malformed('size is not a count of bytes');
  const digest = parseDigest(typeof value['digest'] === 'string' ? value['digest'] : '');
  if (!digest.ok) return digest;
  const annotations = readTextRecord(value['annotations']);
  if (annotations === null) return malformed('annotations are not texts');
  const platform = readPlatform(value['platform']);
  return ok({
    mediaType,
    digest: digest.value,
    size,
    ...(typeof artifactType === 'string' && artifactType !== '' ? { artifactType } : {}),
    ...(annotations === undefined ? {} : { annotations }),
    ...(platform === undefined ? {} : { platform }),
  });
}

/** Texts by key: undefined when absent, null when the value is something else. */
export function readTextRecord(
  value: JsonValue | undefined,
): Readonly<Record<string, string>> | undefined | null {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) return null;
  return Object.values(value).every((text) => typeof text === 'string')
    ? (value as Record<string, string>)
    : null;
}

function readPlatform(value: JsonValue | undefined): Platform | undefined {
  if (!isJsonObject(value)) return undefined;
  const { os, architecture, variant } = value;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  return { os, architecture, ...(typeof variant === 'string' ? { variant } : {}) };
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not an OCI descriptor: ${why}`,
    'Push the artifact again with a conforming client.',
  );
}
