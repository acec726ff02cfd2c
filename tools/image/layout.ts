import { openLayoutTarget } from '../../src/adapters/oci-layout/index.ts';
import {
  buildImageManifest,
  type Content,
  OCI_CONFIG,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import type { Platform } from '../../src/core/descriptor.ts';
import type { JsonValue } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';
import { canonicalizeJson } from '../../src/formats/json/canonical.ts';
import type { Layer } from './layer.ts';

/** How a container of the image runs (OCI image-spec config.md, "config"). */
export interface RunConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface ImageRecipe {
  /** Lowest first; `createdBy` is in the history. */
  readonly layers: readonly (Layer & { readonly createdBy?: string })[];
  readonly config?: RunConfig;
  /** linux/amd64 by default. */
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Seconds since 1970; 0 by default. */
  readonly epoch?: number;
}

export interface BuiltImage {
  readonly manifest: Content;
  readonly config: Content;
  readonly layers: readonly Layer[];
}

/** Manifest and config of an image, as canonical JSON: an equal recipe gives an equal digest. */
export function buildImage(recipe: ImageRecipe): BuiltImage {
  const { layers, annotations, platform = { os: 'linux', architecture: 'amd64' } } = recipe;
  const created = new Date((recipe.epoch ?? 0) * 1000).toISOString().replace('.000Z', 'Z');
  const json = {
    created,
    ...platform,
    config: recipe.config ?? {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ createdBy = 'layer' }) => ({ created, created_by: createdBy })),
  };
  const config = toContent(
    OCI_CONFIG,
    new TextEncoder().encode(canonicalizeJson(json as unknown as JsonValue)),
  );
  const manifest = buildImageManifest({
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
    ...(annotations === undefined ? {} : { annotations }),
  });
  return { manifest, config, layers };
}

/**
 * Puts the image into the OCI layout in `folder` under `tag`, and keeps the other content. It makes
 * the layout if there is none. In an empty folder, equal recipes give equal files.
 *
 * @example
 * await writeLayout('image', { layers: [packLayer(files)], tag: '1.0' });
 */
export async function writeLayout(
  folder: string,
  recipe: ImageRecipe & { readonly tag: string },
): Promise<BuiltImage & { readonly reference: string }> {
  const image = buildImage(recipe);
  const target = orThrow(await openLayoutTarget(folder));
  for (const content of [image.config, ...image.layers])
    orThrow(await target.pushBlob('', content));
  orThrow(await target.pushManifest('', image.manifest, recipe.tag));
  return { ...image, reference: `oci:${folder}:${recipe.tag}` };
}
