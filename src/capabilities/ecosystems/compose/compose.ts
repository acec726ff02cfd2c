import type { Result } from '../../../core/result.ts';
import {
  findNode,
  listEntries,
  listItems,
  readScalar,
  type YamlNode,
} from '../../../formats/yaml/trees.ts';
import { CollectedManifest } from '../collected-manifest.ts';
import { expandArguments } from '../dockerfile/build-arguments.ts';
import { readDockerfile } from '../dockerfile/dockerfile.ts';
import { takeBaseName } from '../extractor.ts';
import { type ManifestReading, type NamedManifestFormat, readYamlManifest } from '../manifest.ts';
import { wantFiles } from '../wanted-files.ts';

const NAME =
  /^(?:(?:docker-compose|podman-compose|docker-stack)[^/]*|compose(?:[.-][^/]+)?|[^/]+\.compose)\.ya?ml$/;

export const composeFormat: NamedManifestFormat = {
  wants: wantFiles({
    endings: ['.yml', '.yaml'],
    where: (path) => NAME.test(takeBaseName(path)),
  }),
  recognises: (_, text) => hasServices(text),
  read: readCompose,
};

/** Whether the document has a map of services, with an image or a build: another name is usual. */
function hasServices(text: string): boolean {
  const start = text.startsWith('services:') ? 0 : text.indexOf('\nservices:') + 1;
  if (start === 0 && !text.startsWith('services:')) return false;
  if (text.includes('apiVersion:') || !/^[ \t]{1,40}(?:image|build):/m.test(text)) return false;
  const lines = text
    .slice(start, start + 4_000)
    .split('\n')
    .slice(1);
  const first = lines.find((line) => line.trim() !== '' && !line.trim().startsWith('#'));
  return /^[ \t]{1,40}["']?[\w.-]{1,100}["']?:/.test(first ?? '');
}

/**
 * The images that services run, those that builds take files from, and what is included from
 * elsewhere (compose-spec, services, build, include). A service that is built has no foreign image.
 */
export function readCompose(file: string, bytes: Uint8Array): Result<ManifestReading> {
  return readYamlManifest(file, bytes, (manifest) => {
    const reader = new ComposeReader(new CollectedManifest(manifest));
    for (const tree of manifest.trees) reader.read(tree);
    return reader.collected;
  });
}

class ComposeReader {
  readonly collected: CollectedManifest;

  constructor(collected: CollectedManifest) {
    this.collected = collected;
  }

  read(root: YamlNode): void {
    const services = findNode(root, 'services');
    // The first version of the format had the services at the top.
    const owner = services ?? (findNode(root, 'version') === null ? root : null);
    for (const [name, service] of listEntries(owner))
      if (services !== null || isService(name, service)) this.#readService(service);
    for (const [, model] of listEntries(findNode(root, 'models'))) {
      const name = findNode(model, 'model');
      if (name !== null) this.#addImage(name);
    }
    const include = findNode(root, 'include');
    for (const entry of listItems(include)) this.#readInclude(findNode(entry, 'path') ?? entry);
  }

  #readService(service: YamlNode): void {
    const build = findNode(service, 'build');
    const image = findNode(service, 'image');
    if (build !== null && !isEmpty(build)) this.#readBuild(build);
    // The name of what is built here.
    else if (image !== null) this.#addImage(image);
    for (const volume of listItems(findNode(service, 'volumes'))) {
      const source = findNode(volume, 'source');
      if (readScalar(findNode(volume, 'type')) === 'image' && source !== null)
        this.#addImage(source);
    }
    const from = readScalar(findNode(service, 'extends', 'file'));
    const place = findNode(service, 'extends', 'file');
    if (from !== null && place !== null) this.#addPlace(place, from);
  }

  #readBuild(build: YamlNode): void {
    const context = build.kind === 'scalar' ? build : findNode(build, 'context');
    const written = readScalar(context);
    if (context !== null && written !== null) this.#addPlace(context, written, 'dockerfile');
    const contexts = findNode(build, 'additional_contexts');
    const named = [...listEntries(contexts).map(([, node]) => node), ...listItems(contexts)];
    for (const node of named) {
      const text = (readScalar(node) ?? '').replace(/^[\w.-]+=/, '');
      if (text.startsWith('docker-image://'))
        this.#addImage(node, text.slice('docker-image://'.length));
      else if (isRemote(text)) this.collected.addAddress(node, text);
    }
    this.#readInline(findNode(build, 'dockerfile_inline'));
  }

  /** A Dockerfile within the file: its lines are not those of the file. */
  #readInline(node: YamlNode | null): void {
    const text = readScalar(node);
    if (node === null || text === null) return;
    const inline = readDockerfile('', new TextEncoder().encode(text.replaceAll('$$', '$')));
    if (!inline.ok) {
      this.collected.addUnread(node, 'dockerfile');
      return;
    }
    for (const { place: _, base: _base, span: _span, ...dependency } of inline.value.dependencies)
      this.collected.addOther(node, dependency);
    for (const { kind } of inline.value.notLookedAt) this.collected.addUnread(node, kind);
  }

  #readInclude(node: YamlNode): void {
    for (const one of node.kind === 'list' ? node.items : [node]) {
      const text = readScalar(one);
      if (text !== null) this.#addPlace(one, text);
    }
  }

  /** An address, or a place on the disk, which counts where it is outside of the tree. */
  #addPlace(node: YamlNode, text: string, kind = 'compose'): void {
    if (isRemote(text)) this.collected.addAddress(node, text);
    else if (!text.includes('$')) this.collected.addPath(node, text, kind);
  }

  #addImage(node: YamlNode, given?: string): void {
    const written = given ?? readScalar(node)?.trim();
    if (written === undefined) {
      this.collected.addImage(node);
      return;
    }
    const { text, defaults, open } = expandVariables(written);
    this.collected.addImage(node, {
      text,
      open: open.length > 0 ? `${open.join(', ')} has no default` : null,
      notes: defaults.length > 0 ? [`by the default of ${defaults.join(', ')}`] : [],
    });
  }
}

/** `${NAME:-default}`, as a build argument has it; `$$` is a dollar, `:?` has no default. */
function expandVariables(text: string): ReturnType<typeof expandArguments> {
  return expandArguments(
    text.replaceAll('$$', '\\$').replace(/\$\{(\w+):?\?[^{}]*\}/g, '$${$1}'),
    NONE,
  );
}

const NONE: ReadonlyMap<string, null> = new Map();

function isService(name: string, node: YamlNode): boolean {
  return (
    !name.startsWith('x-') && (findNode(node, 'image') !== null || findNode(node, 'build') !== null)
  );
}

function isEmpty(node: YamlNode): boolean {
  return node.kind === 'scalar' && (readScalar(node) ?? '').trim() === '';
}

function isRemote(text: string): boolean {
  return /^(?:(?:https?|git|ssh|oci):\/\/|git@|github\.com\/)/i.test(text);
}
