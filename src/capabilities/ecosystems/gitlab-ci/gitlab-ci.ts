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
import { type ManifestReading, type NamedManifestFormat, readYamlManifest } from '../manifest.ts';
import { wantFiles } from '../wanted-files.ts';

export const gitlabFormat: NamedManifestFormat = {
  wants: wantFiles(
    { endings: ['.gitlab-ci.yml', '.gitlab-ci.yaml'] },
    { endings: ['.yml', '.yaml'], where: /(?:^|\/)\.gitlab\/ci\/[^/]+\.ya?ml$/ },
  ),
  read: readGitlabPipeline,
};

/** Keys of a job that may hold jobs, images or includes of their own. */
const INNER = ['default', 'trigger'];

const SCRIPTS = ['before_script', 'script', 'after_script'];

/** Images and services of all jobs, and the files that are included from elsewhere. */
export function readGitlabPipeline(file: string, bytes: Uint8Array): Result<ManifestReading> {
  return readYamlManifest(file, bytes, (manifest) => {
    const reader = new GitlabReader(new CollectedManifest(manifest));
    for (const tree of manifest.trees) reader.readVariables(tree);
    for (const tree of manifest.trees) reader.read(tree);
    return reader.collected;
  });
}

class GitlabReader {
  readonly collected: CollectedManifest;
  /** Of the whole pipeline; a project may set other values. */
  readonly #variables = new Map<string, string | null>();
  readonly #inputs = new Map<string, string>();

  constructor(collected: CollectedManifest) {
    this.collected = collected;
  }

  readVariables(root: YamlNode): void {
    readVariablesInto(this.#variables, findNode(root, 'variables'));
    for (const [name, input] of listEntries(findNode(root, 'spec', 'inputs'))) {
      const value = readScalar(findNode(input, 'default'));
      if (value !== null) this.#inputs.set(name, value);
    }
  }

  read(root: YamlNode): void {
    this.#readIncludes(findNode(root, 'include'));
    this.#readJob(root, this.#variables);
    for (const [name, job] of listEntries(root)) {
      if (name === 'spec' || name === 'variables' || name === 'include') continue;
      const own = new Map(this.#variables);
      readVariablesInto(own, findNode(job, 'variables'));
      this.#readJob(job, own);
      for (const key of INNER) this.#readIncludes(findNode(job, key, 'include'));
    }
  }

  #readJob(job: YamlNode, variables: ReadonlyMap<string, string | null>): void {
    const image = findNode(job, 'image');
    if (image !== null) this.#addImage(image, variables);
    for (const service of listItems(findNode(job, 'services'))) this.#addImage(service, variables);
    for (const [, hook] of listEntries(findNode(job, 'run')))
      if (hook.kind === 'map') this.#readJob(hook, variables);
    const hooks = findNode(job, 'hooks', 'pre_get_sources_script');
    const steps = listItems(findNode(job, 'run')).map((step) => findNode(step, 'script'));
    const scripts = SCRIPTS.map((name) => findNode(job, name));
    // mutant script-of-a-gitlab-job by script: condition -> false
    for (const script of [...scripts, hooks, ...steps])
      if (script !== null) this.collected.addScript(script);
  }

  /** A text, or a map with `name`. */
  #addImage(given: YamlNode, variables: ReadonlyMap<string, string | null>): void {
    const node = given.kind === 'map' ? findNode(given, 'name') : given;
    if (node === null) return;
    const written = readScalar(node)?.trim();
    if (written === undefined) {
      this.collected.addImage(node);
      return;
    }
    const filled = written.replace(
      /\$\[\[\s*inputs\.([\w-]+)\s*\]\]/g,
      (whole, name: string) => this.#inputs.get(name) ?? whole,
    );
    const { text, defaults, open } = expandArguments(filled, variables);
    const missing = filled.includes('$[[') ? ['an input'] : open;
    const names = filled === written ? defaults : ['an input', ...defaults];
    this.collected.addImage(node, {
      text,
      open: missing.length > 0 ? `${missing.join(', ')} has no value in this file` : null,
      notes: names.length > 0 ? [`by the value of ${names.join(', ')} in this file`] : [],
    });
  }

  #readIncludes(include: YamlNode | null): void {
    if (include === null) return;
    for (const entry of include.kind === 'list' ? include.items : [include])
      this.#readInclude(entry);
  }

  #readInclude(entry: YamlNode): void {
    const read = (key: string): string | null => readScalar(findNode(entry, key));
    const [project, remote, template, component] = [
      'project',
      'remote',
      'template',
      'component',
    ].map(read);
    const text = readScalar(entry);
    const address = remote ?? (text !== null && /^https?:\/\//.test(text) ? text : null);
    if (address !== null && address !== undefined)
      this.#addRemote(entry, address, read('integrity'));
    else if (project !== null && project !== undefined)
      this.#addProject(entry, project, read('ref'));
    else if (component !== null && component !== undefined) this.#addComponent(entry, component);
    else if (template !== null && template !== undefined)
      this.collected.addSource(entry, {
        ecosystem: 'gitlab',
        name: `template ${template}`,
        version: null,
        pinned: 'unknown',
        why: 'the GitLab server decides which version of its template it is',
        remedy: 'copy the template into this repository',
      });
  }

  #addRemote(entry: YamlNode, address: string, integrity: string | null): void {
    const fixed = integrity !== null && /^sha256-[A-Za-z0-9+/]{43}=$/.test(integrity);
    this.collected.addSource(entry, {
      ecosystem: 'generic',
      name: address.replace(/^(\w+:\/\/)[^/@\s]*@/, '$1'),
      version: fixed ? integrity : null,
      pinned: fixed ? 'yes' : 'no',
      why: fixed ? 'its hash is named' : 'nothing fixes the content of the address',
      address,
      remedy: 'write its hash: integrity: sha256-…',
    });
  }

  #addProject(entry: YamlNode, project: string, ref: string | null): void {
    const fixed = ref !== null && /^[0-9a-f]{40}$/i.test(ref);
    this.collected.addSource(entry, {
      ecosystem: 'gitlab',
      name: project,
      version: ref,
      pinned: fixed ? 'yes' : 'no',
      why: fixed ? 'named by its commit' : `the tag or branch ${ref ?? 'HEAD'} may move`,
      remedy: 'write its commit: ref: COMMIT',
    });
  }

  #addComponent(entry: YamlNode, component: string): void {
    const at = component.lastIndexOf('@');
    const [name, version] = [component.slice(0, Math.max(at, 0)), component.slice(at + 1)];
    const fixed = /^[0-9a-f]{40}$/i.test(version);
    const isOpen = component.includes('$CI_SERVER') || component.includes('$[[');
    this.collected.addSource(entry, {
      ecosystem: 'gitlab',
      name: at === -1 ? component : name,
      version: at === -1 ? null : version,
      pinned: fixed ? 'yes' : 'no',
      why: fixed ? 'named by its commit' : `the version ${version} may move`,
      ...(isOpen ? {} : { address: `https://${name.split('/', 1).join('')}` }),
      remedy: 'write its commit: component: …@COMMIT',
    });
  }
}

/** `variables: { NAME: value }`, or a map with `value`. */
function readVariablesInto(all: Map<string, string | null>, variables: YamlNode | null): void {
  for (const [name, node] of listEntries(variables)) {
    const value = readScalar(node.kind === 'map' ? findNode(node, 'value') : node);
    const expanded = value === null ? null : expandArguments(value, all);
    all.set(name, expanded === null || expanded.open.length > 0 ? null : expanded.text);
  }
}
