import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, fail, failed, ok, type Result } from '../../../core/result.ts';
import type { DocumentsInForce } from '../../../gates/desk/index.ts';
import { loadPolicy, loadTrust, openAdvisories } from '../../compose/compose.ts';
import type { Config } from '../../config/config.ts';

/**
 * How often the files are looked at: a changed policy, trust or index is in force within this time.
 */
const LOOK_MS = 500;

/**
 * Policy, trust and advisories as they are on the disk. A file that changed is read anew; one that
 * no longer loads leaves nothing in force, so every verdict is undetermined until it is mended: the
 * last good policy is not the policy.
 */
export class FilesInForce {
  readonly #config: Config;
  readonly #now: () => Instant;
  #seen = '';
  #lookedAt = 0;
  #observing = false;
  #isBroken = false;
  #current: Promise<Result<DocumentsInForce & { readonly close: () => void }>> | null = null;

  constructor(config: Config, now: () => Instant) {
    this.#config = config;
    this.#now = now;
  }

  get(): Promise<Result<DocumentsInForce>> {
    const now = this.#now();
    // mutant policy-clock-put-back: remove operand 3
    if (this.#current !== null && now - this.#lookedAt < LOOK_MS && now >= this.#lookedAt)
      return this.#current;
    this.#lookedAt = now;
    const seen = readState(this.#config);
    // mutant broken-policy-replaces-last-good: condition -> $operand
    if (this.#current !== null && seen === this.#seen && !this.#isBroken) return this.#current;
    this.#seen = seen;
    this.#isBroken = false;
    const before = this.#current;
    const current = attempt(() => this.#loadDocuments(seen)).then((loaded) =>
      loaded.ok ? loaded.value : loaded,
    );
    this.#current = current;
    void before?.then(closeLater);
    void current.then((loaded) => {
      if (this.#current !== current) return;
      // mutant broken-policy-enforces: value -> !$operand || $operand2
      this.#observing = loaded.ok && loaded.value.policy.modes.admission === 'observe';
      this.#isBroken = !loaded.ok; // what failed for a moment is tried again at the next look
    });
    return current;
  }

  /**
   * Half a document may be a document too, with fewer rules: what changed while it was read is not
   * in force.
   */
  async #loadDocuments(
    seen: string,
  ): Promise<Result<DocumentsInForce & { readonly close: () => void }>> {
    const loaded = await loadDocuments(this.#config);
    if (!loaded.ok || readState(this.#config) === seen) return loaded;
    loaded.value.close();
    return fail(
      'FILE_UNREADABLE',
      'policy, trust or advisories changed while they were read',
      'Try again.',
    );
  }

  /** As of the last look; before the first, and while nothing is in force, the gate enforces. */
  isObserving(): boolean {
    return this.#observing;
  }

  async close(): Promise<void> {
    const current = await this.#current;
    if (current?.ok === true) current.value.close();
  }
}

/** Requests that began under the old index may still be reading it. */
function closeLater(old: Result<DocumentsInForce & { readonly close: () => void }>): void {
  if (old.ok) setTimeout(old.value.close, 2 * LIMITS.admissionDeadlineMs).unref();
}

async function loadDocuments(
  config: Config,
): Promise<Result<DocumentsInForce & { readonly close: () => void }>> {
  const policy = await loadPolicy(config);
  if (!policy.ok) return policy;
  const trust = await loadTrust(config);
  if (!trust.ok) return failed(trust.failure);
  const { index, close } = await openAdvisories(config);
  return ok({
    policy: policy.value,
    trust: trust.value,
    advisories: index,
    advisoriesRevision: index.info().version,
    close,
  });
}

/**
 * Size, inode and times of everything that is in force; enough to see any file replaced or written.
 */
function readState(config: Config): string {
  const stores = join(config.notation, 'truststore', 'x509');
  const files = ['trustpolicy.json', 'trustpolicy.oci.json'].map((name) =>
    join(config.notation, name),
  );
  const listed = ['ca', 'signingAuthority', 'tsa'].flatMap((type) =>
    listFolder(join(stores, type)).flatMap((store) => [store, ...listFolder(store)]),
  );
  return [config.policy, config.trust, config.advisories, ...files, ...listed]
    .map(stampFile)
    .join('\n');
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function stampFile(path: string): string {
  try {
    const found = statSync(path, { bigint: true });
    return `${path} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`;
  } catch (thrown) {
    return `${path} ${thrown instanceof Error && 'code' in thrown ? thrown.code : 'unknown'}`;
  }
}
