import { ecosystemOf } from '../../../capabilities/ecosystems/index.ts';
import type { FileTree } from '../../../capabilities/inventory/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { ciOf, pipelineFinds } from './ci-registries.ts';
import { lockRegistries, npmrcRegistries } from './component-registries.ts';
import { dockerfileImages } from './dockerfile-images.ts';
import type { EcosystemFind, Find, ImageFind, RepositoryFinds, Unknown } from './finds.ts';
import { kustomizeImages, yamlImages } from './yaml-images.ts';

/** Where others' files lie, or what a build leaves. */
const LEFT_OUT = /(?:^|\/)(?:node_modules|vendor|target|dist|\.venv|\.terraform|\.[^/]*cache)$/;

/** Looks at names first, and opens only what may name a registry; links are not followed. */
export async function surveyRepository(tree: FileTree, signal: AbortSignal): Promise<RepositoryFinds> {
  const survey = new Survey();
  let entries = 0;
  for await (const { path, kind, size, failure } of tree.entries({ descend: (folder) => !LEFT_OUT.test(folder) })) {
    signal.throwIfAborted();
    if (++entries > LIMITS.surveyEntriesMax) {
      survey.unknown('ecosystem', `only the first ${LIMITS.surveyEntriesMax} files were looked at`);
      break;
    }
    if (kind === 'unreadable')
      survey.unknown('ecosystem', `${path} cannot be read: ${failure?.message ?? 'no reason given'}`);
    if (kind === 'file') survey.see(path, size);
  }
  for (const { path, read } of survey.wanted()) {
    signal.throwIfAborted();
    const content = await tree.read(path, LIMITS.surveyFileBytesMax);
    if (content.ok) read(Buffer.from(content.value).toString('utf8'));
    else survey.unknown('registry', `${path} cannot be read: ${content.failure.message}`);
  }
  return survey.finds();
}

interface Wanted {
  readonly path: string;
  readonly size: number;
  readonly read: (text: string) => void;
}

class Survey {
  readonly #ecosystems: EcosystemFind[] = [];
  readonly #ci: Find[] = [];
  readonly #images: ImageFind[] = [];
  /** Names that a kustomization replaces. */
  readonly #renamed = new Set<string>();
  readonly #registries: Find[] = [];
  readonly #componentRegistries: Find[] = [];
  readonly #environments: Find[] = [];
  readonly #unknown: Unknown[] = [];
  readonly #wanted: Wanted[] = [];

  see(path: string, size: number): void {
    const marker = ecosystemOf(path);
    if (marker !== null) this.#ecosystems.push({ value: marker.ecosystem, read: marker.read, place: path });
    const ci = ciOf(path);
    if (ci !== null) this.#ci.push({ value: ci, place: path });
    const read = this.#reading(path, ci !== null);
    if (read !== null) this.#wanted.push({ path, size, read });
  }

  #reading(path: string, isPipeline: boolean): Wanted['read'] | null {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (/^(?:Docker|Container)file(?:\..+)?$|\.(?:docker|container)file$/i.test(name))
      return (text) => void this.#images.push(...dockerfileImages(path, text));
    if (name === '.npmrc') return (text) => void this.#componentRegistries.push(...npmrcRegistries(path, text));
    if (name === 'package-lock.json' || name === 'npm-shrinkwrap.json')
      return (text) => void this.#componentRegistries.push(...lockRegistries(path, text));
    if (isPipeline) return (text) => this.#pipeline(path, text);
    if (/(?:^|\/)\.?devcontainer(?:\/[^/]+)?\/?(?:\.?devcontainer)?\.json$/.test(path))
      return (text) => this.#devContainer(path, text);
    if (/^kustomization(?:\.ya?ml)?$/i.test(name)) return (text) => this.#kustomization(path, text);
    return /\.ya?ml$/i.test(name) ? (text) => this.#yaml(path, text) : null;
  }

  #pipeline(path: string, text: string): void {
    const { registries, images } = pipelineFinds(path, text);
    this.#registries.push(...registries);
    this.#images.push(...images);
  }

  #kustomization(path: string, text: string): void {
    const { names, images } = kustomizeImages(path, text);
    for (const name of names) this.#renamed.add(name);
    this.#images.push(...images);
  }

  #devContainer(path: string, text: string): void {
    this.#environments.push({ value: 'dev container', place: path });
    // JSON with comments and trailing commas; only one member matters here.
    const image = /^\s{0,200}"image"\s{0,20}:\s{0,20}"([^"\\]{1,500})"/m.exec(text)?.[1];
    if (image !== undefined) this.#images.push({ use: 'base', value: image, place: path });
  }

  #yaml(path: string, text: string): void {
    if (!text.includes('image')) return;
    const images = yamlImages(path, text);
    if (images !== null) this.#images.push(...images);
    else this.unknown('registry', `${path} names images and is no YAML as it stands: a template?`);
  }

  unknown(what: Unknown['what'], why: string): void {
    if (this.#unknown.length < LIMITS.surveyFindsMax) this.#unknown.push({ what, why });
  }

  /** Small files first, so that one large one does not cost all others. */
  *wanted(): Generator<Wanted> {
    let bytes = 0;
    for (const one of this.#wanted.sort((a, b) => a.size - b.size || (a.path < b.path ? -1 : 1))) {
      if (one.size > LIMITS.surveyFileBytesMax || bytes + one.size > LIMITS.surveyBytesMax) {
        this.unknown('registry', `${one.path} was not read: ${one.size} bytes are over a limit`);
        continue;
      }
      bytes += one.size;
      yield one;
    }
  }

  finds(): RepositoryFinds {
    return {
      ecosystems: unhidden(once(this.#ecosystems, ({ value, read }) => `${value} ${read}`)),
      ci: once(this.#ci),
      images: once(
        this.#images.filter(({ use, value }) => use === 'base' || !this.#renamed.has(nameOf(value))),
        ({ use, value }) => `${use} ${value}`,
      ),
      registries: once(this.#registries),
      componentRegistries: once(this.#componentRegistries),
      environments: once(this.#environments),
      unknown: this.#unknown,
    };
  }
}

/** As kustomize compares them: as written, without tag and digest. */
function nameOf(image: string): string {
  return image.replace(/@.*$/s, '').replace(/:[^:/]*$/, '');
}

/** Of an ecosystem that is read somewhere, what is not read beside it says nothing new: a manifest beside its lock. */
function unhidden(finds: readonly EcosystemFind[]): readonly EcosystemFind[] {
  const isRead = new Set(finds.filter(({ read }) => read).map(({ value }) => value));
  return finds.filter(({ value, read }) => read || !isRead.has(value));
}

/** Each value at its first place, by path. */
function once<T extends Find>(finds: readonly T[], key: (find: T) => string = ({ value }) => value): readonly T[] {
  const sorted = [...finds].sort((a, b) => (a.place < b.place ? -1 : Number(a.place > b.place)));
  const first = new Map<string, T>();
  for (const find of sorted) if (!first.has(key(find))) first.set(key(find), find);
  return [...first.values()];
}
