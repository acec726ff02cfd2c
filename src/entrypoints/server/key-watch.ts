import type { CertificateRevocation, KeyInfo } from '../../capabilities/signing/index.ts';
import type { Instant } from '../../core/instant.ts';
import { attempt } from '../../core/result.ts';
import {
  askKeyRevocations,
  type KeyRevocation,
  summarizeRevocation,
} from '../compose/key-revocations.ts';
import { listKeys } from '../compose/key-stores.ts';
import type { Config } from '../config/config.ts';

/** What a server says of one of its keys. */
export interface KeyStanding {
  readonly name: string;
  /** When the first certificate of its chain ends. */
  readonly endsAt: Instant;
  /** `unknown` until somebody was asked. */
  readonly revocation: CertificateRevocation['state'];
}

/** Keys that are shown, those that end first: each is a label of two metrics. */
const KEYS_MAX = 100;
/** Anybody may read the metrics: the folder of keys is listed once in this time. */
const LIST_MS = 10_000;
/** And the authorities of the keys are asked once in this time. */
const ASK_MS = 10 * 60_000;

type CertifiedKey = KeyInfo & { readonly certificate: NonNullable<KeyInfo['certificate']> };

/**
 * The keys in the folder of a server. A reader of the metrics does not wait for an authority:
 * its answer is what the next one reads.
 */
export class KeyWatch {
  readonly #config: Config;
  readonly #now: () => Instant;
  readonly #stopping = new AbortController();
  #listed: { readonly at: Instant; readonly keys: Promise<readonly CertifiedKey[]> } | null = null;
  #asked: { readonly at: Instant; readonly work: Promise<void> } | null = null;
  #isAsking = false;
  /** By name and thumbprint: another certificate of a key is another question. */
  #states: ReadonlyMap<string, CertificateRevocation['state']> = new Map();

  constructor(config: Config, now: () => Instant) {
    this.#config = config;
    this.#now = now;
  }

  async read(): Promise<readonly KeyStanding[]> {
    const keys = await this.#list();
    this.#ask(keys);
    return keys.map((key) => ({
      name: key.name,
      endsAt: key.certificate.validUntil,
      // mutant key-that-nobody-asked-about by key-watch: value -> 'good'
      revocation: this.#states.get(identify(key)) ?? 'unknown',
    }));
  }

  /** Waits until nobody is asked any more. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#asked?.work;
  }

  #list(): Promise<readonly CertifiedKey[]> {
    const now = this.#now();
    const before = this.#listed;
    if (before !== null && isWithin(before.at, now, LIST_MS)) return before.keys;
    const keys = attempt(() => listKeys(this.#config)).then((tried) => {
      const listed = tried.ok ? tried.value : tried;
      // A folder that cannot be read now does not silence what is known to end.
      // mutant keys-forgotten-by-an-unreadable-folder by key-watch: value -> []
      const known = before?.keys ?? [];
      if (!listed.ok) return known;
      const certified = listed.value.flatMap(({ name, certificate }) =>
        certificate === null ? [] : [{ name, certificate }],
      );
      certified.sort((one, other) => one.certificate.validUntil - other.certificate.validUntil);
      // mutant keys-without-a-bound by key-watch: value -> certified
      return certified.slice(0, KEYS_MAX);
    });
    this.#listed = { at: now, keys };
    return keys;
  }

  #ask(keys: readonly CertifiedKey[]): void {
    const now = this.#now();
    const isNew = keys.some((key) => !this.#states.has(identify(key)));
    const within = isNew ? LIST_MS : ASK_MS;
    // mutant metrics-that-ask-each-time by key-watch: condition -> false
    if (this.#asked !== null && isWithin(this.#asked.at, now, within)) return;
    if (keys.length === 0 || this.#isAsking || this.#stopping.signal.aborted) return;
    this.#isAsking = true;
    const { signal } = this.#stopping;
    const work = attempt(() => askKeyRevocations(keys, this.#config, { now, signal })).then(
      (asked) => {
        this.#states = toStates(keys, asked.ok ? asked.value : []);
        this.#isAsking = false;
      },
    );
    this.#asked = { at: now, work };
  }
}

function toStates(keys: readonly CertifiedKey[], asked: readonly KeyRevocation[]) {
  const found = new Map(asked.map((one) => [one.key, summarizeRevocation(one)]));
  return new Map(keys.map((key) => [identify(key), found.get(key.name) ?? 'unknown']));
}

const identify = ({ name, certificate }: CertifiedKey): string =>
  `${name} ${certificate.thumbprint}`;

/** A clock that was put back ends every such time. */
function isWithin(at: Instant, now: Instant, ms: number): boolean {
  return now >= at && now - at < ms;
}
