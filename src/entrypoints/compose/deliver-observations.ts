import { join } from 'node:path';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { orThrow } from '../../core/result.ts';
import { pause } from '../../system/http/retry.ts';
import type { Config } from '../config/config.ts';
import { openLedger } from './graph.ts';
import type { WatchLog } from './watch-log.ts';

/** Where observations go, in the order in which they are put. */
export interface ObservationDelivery {
  /** It is kept when the promise resolves. */
  readonly put: (input: EvidenceInput) => Promise<void>;
  /** Calls when one was lost, so that those of changes after it do not count. */
  readonly lost: (call: () => void) => void;
  readonly close: () => Promise<void>;
}

/** Into the log of this machine. It is open for one document at a time: others write meanwhile. */
export function deliverHere(config: Config): ObservationDelivery {
  return {
    put: async (input) => {
      const ledger = await openLedger(config);
      try {
        orThrow(await ledger.log.append([input], toInstant(Date.now())));
      } finally {
        await ledger.close();
      }
    },
    lost: () => undefined,
    close: async () => undefined,
  };
}

export interface RemoteDelivery {
  readonly server: URL;
  readonly ca: string | null;
  readonly readToken: () => string | null;
  readonly cluster: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: WatchLog;
}

/**
 * To a server, through a folder of what it has not taken yet: while the server is away, and after a
 * restart of the watch, nothing is lost until the folder is full.
 */
export async function deliverToServer(
  { home }: Config,
  remote: RemoteDelivery,
): Promise<ObservationDelivery> {
  const { Outbox, openEvidencePost } = await import('../../adapters/evidence-post/index.ts');
  const outbox = Outbox.open(join(home, 'outbox', encodeURIComponent(remote.cluster)));
  const post = openEvidencePost(remote);
  const stopping = new AbortController();
  let lost = (): void => undefined;
  let wake = (): void => undefined;
  const drop = (why: string): void => {
    const documents = outbox.clear();
    remote.log({ level: 'error', event: 'observations-dropped', documents, why });
    lost();
  };
  const sending = sendAll(outbox, post, remote, stopping.signal, {
    refused: drop,
    again: () => lost(),
    rest: () => new Promise<void>((resolve) => (wake = resolve)),
  });
  return {
    put: async ({ body }) => {
      // mutant outbox-that-is-full by watch-follow: condition -> false
      if (!(await outbox.put(body))) drop('too many wait for the server');
      wake();
    },
    lost: (call) => {
      lost = call;
    },
    close: async () => {
      stopping.abort();
      wake();
      await sending;
      post.close();
    },
  };
}

interface Sending {
  readonly refused: (why: string) => void;
  /** The next observation has to be a whole one. */
  readonly again: () => void;
  /** Resolves when there may be something to send. */
  readonly rest: () => Promise<void>;
}

type Parts = typeof import('../../adapters/evidence-post/index.ts');

async function sendAll(
  outbox: ReturnType<Parts['Outbox']['open']>,
  post: ReturnType<Parts['openEvidencePost']>,
  { cluster, log }: Pick<RemoteDelivery, 'cluster' | 'log'>,
  signal: AbortSignal,
  { refused, again, rest }: Sending,
): Promise<void> {
  let tries = 0;
  let wasKept = false;
  while (!signal.aborted) {
    const first = outbox.first();
    if (first === null) {
      await rest();
      continue;
    }
    const outcome = await post.send('deployment', cluster, first.bytes, signal);
    if (outcome.kind === 'taken') {
      if (tries > 0)
        log({ level: 'info', event: 'server-is-back', waiting: outbox.waiting.length });
      tries = 0;
      outbox.remove(first.name);
      // What the server kept may be recorded later than what follows it: begin with all again.
      if (outcome.isRecorded && wasKept) again();
      wasKept = !outcome.isRecorded;
      continue;
    }
    if (signal.aborted) return;
    const { code, message } = outcome.failure;
    if (outcome.kind === 'refused') {
      refused(toOneLine(message));
      // What is at fault once may be at fault again.
      await pause(LIMITS.watchPauseMs, signal);
      continue;
    }
    tries += 1;
    const waiting = outbox.waiting.length;
    log({ level: 'warn', event: 'server-away', code, message: toOneLine(message), waiting });
    const doubled = 250 * 2 ** Math.min(tries, 20) * (0.5 + Math.random() / 2);
    await pause(Math.min(outcome.waitMs ?? doubled, LIMITS.watchPauseMs), signal);
  }
}
