import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { readFileBounded } from '../../../system/files/read-file.ts';
import { writeDurably } from '../../../system/files/write-file.ts';

/** How long a change may be in memory only. */
const SAVE_MS = 10_000;

/**
 * Which images the workloads of a cluster name, from the last review of each: a change of their
 * scale names none. It is kept in a file, so that a restarted server knows them. The least recently
 * seen is forgotten first, and what is not known is not admitted.
 */
export class SeenWorkloads {
  readonly #path: string | null;
  readonly #images = new Map<string, readonly string[]>();
  #saving: NodeJS.Timeout | null = null;

  private constructor(path: string | null) {
    this.#path = path;
  }

  /** Nothing is kept over restarts without a path; a file that cannot be read is no knowledge. */
  static async open(path: string | null): Promise<SeenWorkloads> {
    const seen = new SeenWorkloads(path);
    if (path === null) return seen;
    const read = await attempt(() => readFileBounded(path, LIMITS.seenWorkloadsBytesMax));
    const json = read.ok ? parseJson(read.value, { bytesMax: LIMITS.seenWorkloadsBytesMax }) : read;
    if (json.ok && isJsonObject(json.value)) seen.#fill(json.value);
    return seen;
  }

  remember(workload: string, images: readonly string[]): void {
    const before = this.#images.get(workload);
    this.#images.delete(workload);
    // A part of the images would be a wrong answer; none is an honest one.
    if (sumLengths(images) <= LIMITS.seenWorkloadBytesMax) this.#images.set(workload, images);
    for (const oldest of this.#images.keys()) {
      if (this.#images.size <= LIMITS.seenWorkloadsMax) break;
      this.#images.delete(oldest);
    }
    if (before?.join() !== images.join()) this.#saveLater();
  }

  find(workload: string): Result<readonly string[]> {
    const images = this.#images.get(workload);
    if (images !== undefined) return ok(images);
    return fail(
      'FACT_UNKNOWN',
      `it is unknown which images ${workload} runs: this server saw no review of it`,
      'Change spec.replicas of the workload itself, or any label of it, and try again.',
    );
  }

  async close(): Promise<void> {
    if (this.#saving === null) return;
    clearTimeout(this.#saving);
    await this.#save();
  }

  #fill(saved: JsonObject): void {
    for (const [workload, images] of Object.entries(saved)) {
      const texts = Array.isArray(images)
        ? images.filter((one): one is string => typeof one === 'string')
        : [];
      if (texts.length > 0) this.#images.set(workload, texts);
    }
  }

  #saveLater(): void {
    this.#saving ??= setTimeout(() => void this.#save(), SAVE_MS).unref();
  }

  async #save(): Promise<void> {
    this.#saving = null;
    const path = this.#path;
    if (path === null) return;
    const text = JSON.stringify(Object.fromEntries(this.#images));
    // What cannot be saved is only forgotten at the next restart.
    await attempt(() => writeDurably(path, [Buffer.from(text)], { mode: 0o600 }));
  }
}

function sumLengths(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
