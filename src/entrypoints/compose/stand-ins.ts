import type { StandIn } from '../../adapters/oci-layout/index.ts';
import type { ArtifactSource } from '../../capabilities/registry/index.ts';
import { Failure } from '../../core/failure.ts';
import { formatRepository, parseImageReference } from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { openCommandClient } from './command-registry.ts';
import { parseBundles, requireBundles } from './release-bundles.ts';
import { parseTarget } from './targets.ts';

/** Where images are, and the bundles that must be there and nothing else. */
export interface ImagePlaces {
  readonly from: readonly string[];
  readonly bundles: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Where images are read: in their registries or, where layouts are named, only in those. Each is
 * `oci:DIR` or `oci-archive:FILE`, or one of them behind `REPOSITORY=`. A release with a bundle in
 * them is what its bundle names, or nothing is read.
 */
export async function openImageSource(
  config: Config,
  {
    env,
    cwd,
  }: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string },
  { from, bundles, signal }: ImagePlaces,
): Promise<{ readonly source: ArtifactSource; readonly close: () => void }> {
  const expected = parseBundles(bundles);
  if (from.length === 0) {
    if (expected.length > 0)
      throw new Failure(
        'USAGE',
        '--expect-bundle is about layouts',
        'Name them: --from oci:DIR or --from oci-archive:FILE.',
      );
    const client = await openCommandClient(config, env);
    return { source: client, close: () => client.close() };
  }
  const { createStandIns } = await import('../../adapters/oci-layout/index.ts');
  const opened: StandIn[] = [];
  const close = (): void => {
    for (const { source } of opened) void source.close().catch(() => undefined);
  };
  try {
    for (const text of from) opened.push(await openStandIn(text, cwd));
    await requireBundles(
      opened.map(({ source }) => source),
      expected,
      signal,
    );
  } catch (thrown) {
    close();
    throw thrown;
  }
  return { source: createStandIns(opened), close };
}

async function openStandIn(text: string, cwd: string): Promise<StandIn> {
  const { openLayoutSource, parseLayoutName } = await import('../../adapters/oci-layout/index.ts');
  const { repository, place } = splitStandIn(text);
  const target = parseTarget(place, cwd);
  if (target.kind !== 'layout')
    throw new Failure(
      'USAGE',
      `--from ${text} names no layout`,
      'Write oci:DIR or oci-archive:FILE.',
    );
  const name = orThrow(parseLayoutName(target.text));
  if (name.tag !== null || name.digest !== null)
    throw new Failure(
      'USAGE',
      `--from ${text} names one image`,
      'Name the folder or the file only: the manifests say which images are meant.',
    );
  return { repository, source: orThrow(await openLayoutSource(name)) };
}

function splitStandIn(text: string): {
  readonly repository: string | null;
  readonly place: string;
} {
  const at = text.search(/=(?:oci|oci-archive):/);
  if (at === -1) return { repository: null, place: text };
  const named = orThrow(parseImageReference(text.slice(0, at)));
  return { repository: formatRepository(named), place: text.slice(at + 1) };
}
