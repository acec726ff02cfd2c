import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, fail, ok, type Result } from '../../../core/result.ts';
import type { DocumentsInForce } from '../../../gates/desk/index.ts';
import { openStandingAdvisories } from '../../compose/advisories.ts';
import { type Judge, openJudge } from '../../compose/open-judge.ts';
import type { Config } from '../../config/config.ts';

/**
 * How often the files are checked: a changed policy, trust or index is in force within this time.
 */
const LOOK_MS = 500;

/**
 * Policy, trust and advisories as they are on the disk. A changed file is read again. If one no
 * longer loads, nothing is in force, and every verdict is undetermined until it is fixed: the last
 * good policy is not the policy.
 */
export class FilesInForce {
  readonly #config: Config;
  readonly #now: () => Instant;
  #seen = '';
  #lookedAt = 0;
  #observing = false;
  #isBroken = false;
  #current: Promise<Result<DocumentsInForce>> | null = null;
  #judge: Promise<Result<Judge>> | null = null;

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
    const before = this.#judge;
    const judge = attempt(() => this.#openUnchanged(seen)).then((opened) =>
      opened.ok ? opened.value : opened,
    );
    const current = judge.then((opened) => (opened.ok ? ok(opened.value.inForce) : opened));
    this.#judge = judge;
    this.#current = current;
    void before?.then(closeLater);
    void current.then((loaded) => {
      if (this.#current !== current) return;
      // mutant broken-policy-enforces: value -> !$operand || $operand2
      this.#observing = loaded.ok && loaded.value.policy.modes.admission === 'observe';
      this.#isBroken = !loaded.ok; // a failure that has passed is retried at the next check
    });
    return current;
  }

  /**
   * Half a document may be valid too, with fewer rules. So a document that changed while it was
   * read is not in force.
   */
  async #openUnchanged(seen: string): Promise<Result<Judge>> {
    const opened = await openJudge(this.#config, openStandingAdvisories);
    if (!opened.ok || readState(this.#config) === seen) return opened;
    opened.value.close();
    return fail(
      'FILE_UNREADABLE',
      'policy, trust or advisories changed while they were read',
      'Try again.',
    );
  }

  /**
   * As of the last check; before the first one, and while nothing is in force, the gate enforces.
   */
  isObserving(): boolean {
    return this.#observing;
  }

  async close(): Promise<void> {
    const judge = await this.#judge;
    if (judge?.ok === true) judge.value.close();
  }
}

/** Requests that began under the old index may still be reading it. */
function closeLater(old: Result<Judge>): void {
  if (old.ok) setTimeout(old.value.close, 2 * LIMITS.admissionDeadlineMs).unref();
}

/**
 * Size, inode and times of everything that is in force; enough to see any file replaced or written.
 */
function readState(config: Config): string {
  const stores = join(config.notation, 'truststore', 'x509');
  const roots = listFolder(join(config.notation, 'truststore', 'sigstore'));
  const files = ['trustpolicy.json', 'trustpolicy.oci.json'].map((name) =>
    join(config.notation, name),
  );
  const listed = ['ca', 'signingAuthority', 'tsa'].flatMap((type) =>
    listFolder(join(stores, type)).flatMap((store) => [store, ...listFolder(store)]),
  );
  return [config.policy, config.trust, config.advisories, ...files, ...listed, ...roots]
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
