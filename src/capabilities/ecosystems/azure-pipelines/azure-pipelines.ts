import type { Result } from '../../../core/result.ts';
import {
  findNode,
  listEntries,
  listItems,
  readScalar,
  type YamlNode,
} from '../../../formats/yaml/trees.ts';
import { CollectedManifest, findTemplate } from '../collected-manifest.ts';
import { type ManifestReading, type NamedManifestFormat, readYamlManifest } from '../manifest.ts';
import { wantFiles } from '../wanted-files.ts';

export const azureFormat: NamedManifestFormat = {
  wants: wantFiles(
    { names: ['.vsts-ci.yml'] },
    {
      endings: ['.yml', '.yaml'],
      where:
        /(?:^|\/)(?:azure-pipelines[^/]*|\.azure-pipelines\/[^/]+|\.azuredevops\/[^/]+)\.ya?ml$/,
    },
  ),
  // Templates have names of any kind, and tasks have a form of their own.
  recognises: (_, text) =>
    /^[ \t]{0,100}-[ \t]{1,20}task:[ \t]{0,20}["']?[\w.-]{1,100}@\d/m.test(text),
  read: readAzurePipeline,
};

/** What the stages, jobs and steps of a pipeline or of a template use. */
export function readAzurePipeline(file: string, bytes: Uint8Array): Result<ManifestReading> {
  return readYamlManifest(file, bytes, (manifest) => {
    const reader = new AzureReader(new CollectedManifest(manifest));
    for (const tree of manifest.trees) reader.readResources(tree);
    for (const tree of manifest.trees) reader.walk(tree);
    return reader.collected;
  });
}

/** Of steps, and of the inputs of tasks. */
const SCRIPTS = new Set(['script', 'bash', 'pwsh', 'powershell', 'inlineScript']);

class AzureReader {
  readonly collected: CollectedManifest;
  /** Names of containers that `resources` defines. */
  readonly #containers = new Set<string>();

  constructor(collected: CollectedManifest) {
    this.collected = collected;
  }

  readResources(root: YamlNode): void {
    const resources = findNode(root, 'resources');
    for (const entry of listItems(findNode(resources, 'containers'))) {
      const name = readScalar(findNode(entry, 'container'));
      if (name !== null) this.#containers.add(name);
      const image = findNode(entry, 'image');
      if (image !== null) this.#addImage(image);
    }
    for (const entry of listItems(findNode(resources, 'repositories'))) this.#addRepository(entry);
  }

  /** Expressions (`${{ if … }}`) are keys at any place, so every map is looked at. */
  walk(node: YamlNode): void {
    for (const item of listItems(node)) this.walk(item);
    for (const [key, value] of listEntries(node)) {
      if (key === 'resources') continue;
      // mutant script-of-an-azure-step by script: condition -> false
      if (SCRIPTS.has(key) && value.kind === 'scalar') this.collected.addScript(value);
      if (key === 'task') this.#addTask(value);
      else if (key === 'container') this.#addContainer(value);
      else this.walk(value);
    }
  }

  /** A name of `resources`, an image, or a map with `image`. */
  #addContainer(value: YamlNode): void {
    const image = value.kind === 'map' ? findNode(value, 'image') : value;
    const name = readScalar(image);
    if (image === null || (name !== null && this.#containers.has(name))) return;
    this.#addImage(image);
  }

  #addImage(node: YamlNode): void {
    this.collected.addImage(node, { open: findTemplate(readScalar(node) ?? '') });
  }

  /** A task has a name and a version, of which Azure takes the newest that begins so. */
  #addTask(node: YamlNode): void {
    const [name = '', version] = (readScalar(node) ?? '').split('@');
    if (name === '') return;
    const fixed = version !== undefined && /^\d+\.\d+\.\d+$/.test(version);
    this.collected.addSource(node, {
      ecosystem: 'azure-pipelines',
      name,
      version: version ?? null,
      requested: readScalar(node) ?? name,
      pinned: fixed ? 'yes' : 'no',
      why: fixed
        ? 'the whole version is named; nothing records its hash'
        : `Azure takes the newest version ${version ?? ''} of the task`.replace('  ', ' '),
      recorded: false,
      remedy: 'write its whole version, such as 2.231.1',
    });
  }

  #addRepository(entry: YamlNode): void {
    const read = (key: string): string | null => readScalar(findNode(entry, key));
    const [name, type, ref] = [read('name'), read('type'), read('ref')];
    if (name === null) return;
    const fixed = ref !== null && /^[0-9a-f]{40}$/i.test(ref);
    const host = type === 'github' ? 'github.com' : type === 'bitbucket' ? 'bitbucket.org' : null;
    this.collected.addSource(entry, {
      ecosystem: type ?? 'git',
      name,
      version: ref,
      requested: `${name}@${ref ?? 'the default branch'}`,
      pinned: fixed ? 'yes' : 'no',
      why: fixed ? 'named by its commit' : `${ref ?? 'the default branch'} may move`,
      ...(host === null ? {} : { address: `https://${host}/${name.split('/', 1).join('')}` }),
      remedy: 'write its commit: ref: COMMIT',
    });
  }
}
