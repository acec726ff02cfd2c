import {
  ECOSYSTEMS,
  type FileMentions,
  findMarker,
} from '../../../capabilities/ecosystems/index.ts';
import type { FileTree } from '../../../capabilities/inventory/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type ReadingBudget, readWithin } from '../../../core/reading-budget.ts';
import { cutBefore } from '../../../formats/text/cut.ts';
import { findPipelineValues, recogniseCi } from './ci-registries.ts';
import type {
  LocatedEcosystem,
  LocatedImage,
  LocatedValue,
  RepositorySurvey,
  UnknownItem,
} from './survey-result.ts';
import { findKustomizeImages, findYamlImages } from './yaml-images.ts';

/** Folders with files of others, or with the output of a build. */
const LEFT_OUT = /(?:^|\/)(?:node_modules|vendor|target|dist|\.venv|\.terraform|\.[^/]*cache)$/;

/** Looks at names first, and opens only files that may name a registry; links are not followed. */
export async function surveyRepository(
  tree: FileTree,
  signal: AbortSignal,
  reading: ReadingBudget,
): Promise<RepositorySurvey> {
  const survey = new Survey();
  let entries = 0;
  for await (const { path, kind, size, failure } of tree.entries({
    descend: (folder) => !LEFT_OUT.test(folder),
  })) {
    signal.throwIfAborted();
    if (++entries > LIMITS.surveyEntriesMax) {
      survey.unknown('ecosystem', `only the first ${LIMITS.surveyEntriesMax} files were searched`);
      break;
    }
    if (kind === 'unreadable')
      survey.unknown(
        'ecosystem',
        `${path} cannot be read: ${failure?.message ?? 'no reason given'}`,
      );
    if (kind === 'file') survey.addFile(path, size);
  }
  for (const { path, bytesMax, read } of survey.listWantedFiles()) {
    signal.throwIfAborted();
    const content = await tree.read(path, bytesMax);
    const done = content.ok
      ? readWithin(reading, content.value, () => read(Buffer.from(content.value).toString('utf8')))
      : content;
    if (!done.ok) survey.unknown('registry', `${path} cannot be read: ${done.failure.message}`);
  }
  return survey.finds();
}

interface WantedFile {
  readonly path: string;
  readonly size: number;
  readonly bytesMax: number;
  readonly read: (text: string) => void;
}

class Survey {
  readonly #ecosystems: LocatedEcosystem[] = [];
  readonly #ci: LocatedValue[] = [];
  readonly #images: LocatedImage[] = [];
  /** Names that a kustomization replaces. */
  readonly #renamed = new Set<string>();
  readonly #registries: LocatedValue[] = [];
  readonly #componentRegistries: LocatedValue[] = [];
  readonly #environments: LocatedValue[] = [];
  readonly #unknown: UnknownItem[] = [];
  readonly #wanted: WantedFile[] = [];

  addFile(path: string, size: number): void {
    const marker = findMarker(path);
    if (marker !== null)
      this.#ecosystems.push({ value: marker.ecosystem, read: marker.read, place: path });
    const ci = recogniseCi(path);
    if (ci !== null) this.#ci.push({ value: ci, place: path });
    const read = this.#chooseReader(path, ci !== null);
    if (read === null) return;
    // mutant large-lock-is-not-read by set-up: value -> LIMITS.surveyFileBytesMax
    const bytesMax = chooseBytesMax(path);
    this.#wanted.push({ path, size, bytesMax, read });
  }

  #chooseReader(path: string, isPipeline: boolean): WantedFile['read'] | null {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const readers = ECOSYSTEMS.flatMap(({ mentions }) =>
      mentions?.wants(path) === true ? [mentions] : [],
    );
    if (readers.length > 0)
      return (text) => {
        for (const reader of readers) this.#addMentions(reader.read(path, text));
      };
    if (isPipeline) return (text) => this.#pipeline(path, text);
    if (/(?:^|\/)\.?devcontainer(?:\/[^/]+)?\/?(?:\.?devcontainer)?\.json$/.test(path))
      return (text) => this.#devContainer(path, text);
    if (/^kustomization(?:\.ya?ml)?$/i.test(name)) return (text) => this.#kustomization(path, text);
    return /\.ya?ml$/i.test(name) ? (text) => this.#yaml(path, text) : null;
  }

  #addMentions({ registries, images }: FileMentions): void {
    this.#componentRegistries.push(...registries);
    this.#images.push(...images.map((image): LocatedImage => ({ use: 'base', ...image })));
  }

  #pipeline(path: string, text: string): void {
    const { registries, images } = findPipelineValues(path, text);
    this.#registries.push(...registries);
    this.#images.push(...images);
  }

  #kustomization(path: string, text: string): void {
    const { names, images } = findKustomizeImages(path, text);
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
    const images = findYamlImages(path, text);
    if (images !== null) this.#images.push(...images);
    else
      this.unknown(
        'registry',
        `${path} names images and is not valid YAML, perhaps because it is a template`,
      );
  }

  unknown(what: UnknownItem['what'], why: string): void {
    if (this.#unknown.length < LIMITS.surveyFindsMax) this.#unknown.push({ what, why });
  }

  /** Small files first, so that one large file does not use up the limit for all others. */
  *listWantedFiles(): Generator<WantedFile> {
    let bytes = 0;
    for (const one of this.#wanted.sort((a, b) => a.size - b.size || (a.path < b.path ? -1 : 1))) {
      if (one.size > one.bytesMax || bytes + one.size > LIMITS.surveyBytesMax) {
        this.unknown(
          'registry',
          `${one.path} was not read: its ${one.size} bytes are over a limit`,
        );
        continue;
      }
      bytes += one.size;
      yield one;
    }
  }

  finds(): RepositorySurvey {
    return {
      ecosystems: dropHidden(
        removeDuplicates(this.#ecosystems, ({ value, read }) => `${value} ${read}`),
      ),
      ci: removeDuplicates(this.#ci),
      images: removeDuplicates(
        this.#images.filter(
          ({ use, value }) => use === 'base' || !this.#renamed.has(takeImageName(value)),
        ),
        ({ use, value }) => `${use} ${value}`,
      ),
      registries: removeDuplicates(this.#registries),
      componentRegistries: removeDuplicates(this.#componentRegistries),
      environments: removeDuplicates(this.#environments),
      unknown: this.#unknown,
    };
  }
}

function chooseBytesMax(path: string): number {
  const readers = ECOSYSTEMS.flatMap(({ mentions }) =>
    mentions?.wants(path) === true ? [mentions.bytesMax?.(path) ?? 0] : [],
  );
  return Math.max(LIMITS.surveyFileBytesMax, ...readers);
}

/** The name as kustomize compares it: as written, without tag and digest. */
function takeImageName(image: string): string {
  return cutBefore(image, '@').replace(/:[^:/]*$/, '');
}

/**
 * If an ecosystem is read from one file, its unread files add nothing, such as a manifest with a
 * lock.
 */
function dropHidden(finds: readonly LocatedEcosystem[]): readonly LocatedEcosystem[] {
  const isRead = new Set(finds.filter(({ read }) => read).map(({ value }) => value));
  return finds.filter(({ value, read }) => read || !isRead.has(value));
}

/** Each value at its first place, sorted by path. */
function removeDuplicates<T extends LocatedValue>(
  finds: readonly T[],
  key: (find: T) => string = ({ value }) => value,
): readonly T[] {
  const sorted = [...finds].sort((a, b) => (a.place < b.place ? -1 : Number(a.place > b.place)));
  const first = new Map<string, T>();
  for (const find of sorted) if (!first.has(key(find))) first.set(key(find), find);
  return [...first.values()];
}
