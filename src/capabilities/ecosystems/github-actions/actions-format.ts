import { LIMITS } from '../../../core/limits.ts';
import type { Result } from '../../../core/result.ts';
import {
  findNode,
  listEntries,
  listItems,
  readScalar,
  type YamlNode,
} from '../../../formats/yaml/trees.ts';
import { declareImage } from '../image-dependency.ts';
import {
  findSpan,
  type LocatedDependency,
  type ManifestReading,
  type NamedManifestFormat,
  readYamlManifest,
  type YamlManifest,
} from '../manifest.ts';
import { readScriptNode } from '../script-node.ts';
import { wantFiles } from '../wanted-files.ts';
import { declareAction, parseActionReference } from './action-reference.ts';
import { expandMatrix } from './matrix.ts';

const WORKFLOW =
  /(?:^|\/)(?:\.(?:github|gitea|forgejo)\/workflows|workflow-templates)\/[^/]+\.ya?ml$/;

/** Workflows, composite actions and actions that are images. */
export const actionsFormat: NamedManifestFormat = {
  wants: wantFiles(
    { names: ['action.yml', 'action.yaml'] },
    { endings: ['.yml', '.yaml'], where: WORKFLOW },
  ),
  bytesMax: LIMITS.dependencyFileBytesMax,
  read: readActions,
};

/** What the jobs of a workflow, or the steps of an action, use (D11, D20, B9). */
export function readActions(file: string, bytes: Uint8Array): Result<ManifestReading> {
  return readYamlManifest(file, bytes, (manifest) => {
    const reader = new ActionsReader(manifest);
    for (const tree of manifest.trees) reader.read(tree);
    return reader;
  });
}

class ActionsReader implements ManifestReading {
  readonly dependencies: LocatedDependency[] = [];
  readonly notLookedAt: { readonly kind: string; readonly line: number }[] = [];
  readonly #manifest: YamlManifest;
  /** Gitea and Forgejo ask the server that their settings name. */
  readonly #server: string | null;

  constructor(manifest: YamlManifest) {
    this.#manifest = manifest;
    this.#server = /(?:^|\/)\.(?:gitea|forgejo)\//.test(manifest.file) ? null : 'github.com';
  }

  read(root: YamlNode): void {
    for (const [, job] of listEntries(findNode(root, 'jobs'))) this.#readJob(job);
    const runs = findNode(root, 'runs');
    if (runs === null) return;
    this.#readSteps(runs);
    const image = findNode(runs, 'image');
    const text = readScalar(image);
    // Another value is a Dockerfile of this repository, which is read by itself.
    if (image !== null && text?.startsWith('docker://') === true) this.#addUse(image);
  }

  #readJob(job: YamlNode): void {
    const matrix = findNode(job, 'strategy', 'matrix');
    this.#readSteps(job);
    const uses = findNode(job, 'uses');
    if (uses !== null) this.#addUse(uses);
    this.#addContainer(findNode(job, 'container'), matrix);
    for (const [, service] of listEntries(findNode(job, 'services')))
      this.#addContainer(service, matrix);
  }

  #readSteps(owner: YamlNode): void {
    for (const step of listItems(findNode(owner, 'steps'))) {
      const uses = findNode(step, 'uses');
      if (uses !== null) this.#addUse(uses);
      const run = findNode(step, 'run');
      // mutant script-of-a-github-step by script: condition -> false
      if (run !== null) this.#addScript(run);
    }
  }

  #addScript(node: YamlNode): void {
    const read = readScriptNode(this.#manifest, node);
    this.dependencies.push(...read.dependencies);
    this.notLookedAt.push(...read.notLookedAt);
  }

  /** `container: node:22`, or a map whose `image` names it. */
  #addContainer(container: YamlNode | null, matrix: YamlNode | null): void {
    const node = container?.kind === 'map' ? findNode(container, 'image') : container;
    const written = readScalar(node);
    if (node === null || written === null || written.trim() === '') return;
    for (const { text, from } of expandMatrix(written, matrix)) {
      const isPlain = from === null;
      const place = { file: this.#manifest.file, line: this.#manifest.toLine(from ?? node) };
      const open = text.includes('${{') ? 'an expression decides which image it is' : null;
      this.dependencies.push({
        ...declareImage({ text, written: isPlain ? written : text, place, kind: 'image', open }),
        span: isPlain && open === null ? findSpan(this.#manifest.text, node, text) : null,
      });
    }
  }

  #addUse(node: YamlNode): void {
    const { file, text, toLine } = this.#manifest;
    const written = readScalar(node)?.trim() ?? '';
    // A part of this repository, which is read by itself.
    if (written === '' || /^\.{1,2}(?:\/|$)/.test(written)) return;
    const place = { file, line: toLine(node) };
    if (written.startsWith('docker://')) {
      const image = written.slice('docker://'.length);
      const span = findSpan(text, node, written);
      this.dependencies.push({
        ...declareImage({ text: image, place, kind: 'image' }),
        span: span === null ? null : { start: span.start + 'docker://'.length, text: image },
      });
      return;
    }
    const action = parseActionReference(written);
    this.dependencies.push(
      action === null
        ? { ...declareUnreadable(written, place), span: null }
        : {
            ...declareAction(action, written, place, this.#server),
            span: findSpan(text, node, written),
          },
    );
  }
}

function declareUnreadable(written: string, place: LocatedDependency['place']) {
  return {
    ecosystem: 'githubactions',
    name: written.slice(0, 500),
    version: null,
    requested: written.slice(0, 500),
    purl: null,
    pinned: 'unknown' as const,
    why: 'it is not an action: owner/repository@commit',
    registry: null,
    registryFrom: 'default' as const,
    recorded: false,
    place,
    kind: 'direct' as const,
    development: false,
  };
}
