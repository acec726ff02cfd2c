import type { Descriptor, Platform } from '../../core/descriptor.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { IndexManifest } from './manifest.ts';
import { isIndexType } from './media-types.ts';

const ALIASES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
};

/** @example parsePlatform('linux/arm64/v8') */
export function parsePlatform(text: string): Result<Platform> {
  const parts = text.toLowerCase().split('/');
  const [os, architecture, variant] = parts;
  if (
    parts.length > 3 ||
    parts.some((part) => !/^[a-z0-9_.-]{1,64}$/.test(part)) ||
    !os ||
    !architecture
  ) {
    const shown = JSON.stringify(text.slice(0, 100));
    return fail(
      'MALFORMED',
      `not a platform: ${shown}`,
      'Write os/architecture, such as linux/amd64.',
    );
  }
  const known = getOwn(ALIASES, architecture) ?? architecture;
  return ok({ os, architecture: known, ...(variant === undefined ? {} : { variant }) });
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/**
 * The members of an index that can run: no attestation manifests, which builders list as
 * unknown/unknown.
 */
export function listPlatformMembers(index: IndexManifest): readonly Descriptor[] {
  return index.manifests.filter(
    ({ platform }) => platform === undefined || platform.os !== 'unknown',
  );
}

/** A member that is an index itself: its platform would be chosen twice. */
export function failNestedIndex(): Result<never> {
  return fail(
    'UNSUPPORTED',
    'an index inside an index is not followed',
    'Name the digest of the platform image.',
  );
}

/**
 * The one member for `wanted`. Two members that both fit are refused: two clusters could choose
 * differently.
 */
export function selectPlatform(index: IndexManifest, wanted: Platform): Result<Descriptor> {
  const fitting = listPlatformMembers(index).filter(
    ({ platform }) => platform !== undefined && fits(platform, wanted),
  );
  // Of arm64 and arm64/v8, which mean the same, the one that is written so is meant.
  const exact = fitting.filter(({ platform }) => platform?.variant === wanted.variant);
  const meant = exact.length > 0 ? exact : fitting;
  const distinct = [...new Map(meant.map((member) => [member.digest, member])).values()];
  const [first, ...others] = distinct;
  const name = formatPlatform(wanted);
  if (first === undefined) {
    const there = listPlatformMembers(index).map(({ platform }) =>
      platform === undefined ? '?' : formatPlatform(platform),
    );
    const remedy = `Name one of its platforms: ${there.slice(0, 20).join(', ') || 'it has none'}.`;
    return fail('NOT_FOUND', `the image has no member for ${name}`, remedy);
  }
  if (others.length > 0) {
    return fail(
      'MALFORMED',
      `the image has ${distinct.length} members for ${name}`,
      'Name the variant or the digest.',
    );
  }
  if (isIndexType(first.mediaType)) return failNestedIndex();
  return ok(first);
}

/**
 * v8 is the only variant of arm64, and v7 is the default of arm (containerd's platforms package).
 */
function fits(there: Platform, wanted: Platform): boolean {
  if (there.os !== wanted.os || there.architecture !== wanted.architecture) return false;
  return wanted.variant === undefined || resolveVariant(there) === wanted.variant;
}

function resolveVariant({ architecture, variant }: Platform): string | undefined {
  if (variant !== undefined) return variant;
  if (architecture === 'arm64') return 'v8';
  return architecture === 'arm' ? 'v7' : undefined;
}
