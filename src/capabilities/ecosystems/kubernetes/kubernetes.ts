import { LIMITS } from '../../../core/limits.ts';
import type { Result } from '../../../core/result.ts';
import {
  findNode,
  listEntries,
  listItems,
  readScalar,
  type YamlNode,
} from '../../../formats/yaml/trees.ts';
import { CollectedManifest, findTemplate } from '../collected-manifest.ts';
import { takeBaseName } from '../extractor.ts';
import { type ManifestReading, type NamedManifestFormat, readYamlManifest } from '../manifest.ts';
import { wantFiles } from '../wanted-files.ts';
import { isKustomization, readKustomization } from './kustomization.ts';

/** Kustomizations by their name; manifests, in files of any name, by what they say. */
export const kubernetesFormat: NamedManifestFormat = {
  wants: wantFiles({ names: ['kustomization.yaml', 'kustomization.yml', 'Kustomization'] }),
  recognises: (_, text) => isManifest(text),
  bytesMax: LIMITS.fileBytesMax,
  read: readKubernetes,
};

/**
 * The images of every kind of object that has containers, in all documents and lists of a file, and
 * those of a kustomization.
 */
export function readKubernetes(file: string, bytes: Uint8Array): Result<ManifestReading> {
  const isKustomized = isKustomization(takeBaseName(file));
  return readYamlManifest(
    file,
    bytes,
    (manifest) => {
      const collected = new CollectedManifest(manifest);
      for (const tree of manifest.trees)
        if (isKustomized) readKustomization(tree, collected);
        else readObject(tree, collected);
      return collected;
    },
    isKustomized ? undefined : mayNameImage,
  );
}

const CONTAINERS = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** An object of a known kind or of another one: a list of containers means the same in each. */
function readObject(node: YamlNode, collected: CollectedManifest): void {
  for (const item of listItems(node)) readObject(item, collected);
  const isWhole = findNode(node, 'apiVersion') !== null;
  for (const [key, value] of listEntries(node)) {
    // What a cluster observed is no declaration.
    if (key === 'status' && isWhole) continue;
    if (CONTAINERS.has(key) && value.kind === 'list') readContainers(value, collected);
    else if (key === 'volumes' && value.kind === 'list') readVolumes(value, collected);
    else if (key === 'image' && isLooseText(value)) collected.addUnread(value, 'container-image');
    else readObject(value, collected);
  }
}

function readContainers(list: YamlNode, collected: CollectedManifest): void {
  for (const container of listItems(list)) {
    const image = findNode(container, 'image');
    if (image?.kind === 'scalar')
      collected.addImage(image, { open: findTemplate(readScalar(image) ?? '') });
    else readObject(container, collected);
  }
}

/** Volumes that are images (Kubernetes 1.31). */
function readVolumes(list: YamlNode, collected: CollectedManifest): void {
  for (const volume of listItems(list)) {
    const reference = findNode(volume, 'image', 'reference');
    if (reference === null) readObject(volume, collected);
    else collected.addImage(reference, { open: findTemplate(readScalar(reference) ?? '') });
  }
}

/** An image of an object whose kind says only there what it is for. */
function isLooseText(node: YamlNode): boolean {
  const text = readScalar(node);
  return text !== null && text.trim() !== '' && !text.includes('@sha256:');
}

/** Whether a text of YAML is one of manifests that may name an image. */
export function isManifest(text: string): boolean {
  return (
    text.includes('apiVersion') && text.includes('kind') && HEAD.test(text) && mayNameImage(text)
  );
}

const HEAD = /^[ \t]{0,200}(?:- )?["']?apiVersion["']?[ \t]*:|\{[ \t]*"apiVersion"/m;

/**
 * Whether a document may name an image: definitions of resources are large and only describe one. A
 * value may be on the line of its key, or on the next. Escapes may write the key in another way.
 */
export function mayNameImage(text: string): boolean {
  // Also where an alias is a key: what it stands for is elsewhere.
  // mutant image-behind-an-alias by kubernetes: operand 2 -> false
  if (/\\[xuU]/.test(text) || /[*][^\s*:]{1,200}\s*:/.test(text)) return true;
  for (const [, value = '', next = ''] of text.matchAll(
    /(?:image|reference)["']?\s*:[ \t]*([^\n]*)(?=(?:\n\s*([^\n]*))?)/g,
  )) {
    if (value !== '' && !value.startsWith('#')) return true;
    // mutant image-behind-a-comment by kubernetes: remove operand
    if (next.startsWith('#') || (next.trim() !== '' && !/:(?:\s|$)/.test(next))) return true;
  }
  return /^\s{0,200}\?\s/m.test(text);
}
