import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Instant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { openNotices } from '../compose/notices.ts';
import type { openLedgerThreads } from '../compose/server.ts';
import type { Config } from '../config/config.ts';
import type { ServerParts } from './app.ts';
import { createDurableIngest } from './evidence/durable-ingest.ts';
import { IdempotencyKeys } from './evidence/idempotency.ts';
import { Inbox } from './evidence/inbox.ts';
import { createIngestHandler, type IngestPorts } from './evidence/ingest.ts';
import { fetchFrom, Identities } from './identities/identities.ts';
import type { TrustedIssuer } from './identities/identities-document.ts';
import type { LogEntry } from './log.ts';
import { createQuestionHandler } from './questions/questions.ts';
import { openTrialThreads } from './questions/trial-in-thread.ts';
import { StandingRounds } from './standing/standing-rounds.ts';
import { StandingStore } from './standing/standing-store.ts';

export interface TeamOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (entry: LogEntry) => void;
  /** Identity providers whose tokens count; absent: none. */
  readonly issuers?: readonly TrustedIssuer[];
}

export interface TeamPorts extends Pick<IngestPorts, 'arrived'> {
  readonly ledger: Awaited<ReturnType<typeof openLedgerThreads>>;
  readonly now: () => Instant;
}

type TeamParts = Pick<ServerParts, 'ingest' | 'durable' | 'questions' | 'standing' | 'identities'>;

/** What a server does for people and programs that share a graph, beside deciding. */
export async function openTeam(
  config: Config,
  options: TeamOptions,
  { ledger, now, arrived }: TeamPorts,
): Promise<{ readonly parts: TeamParts; readonly close: () => Promise<void> }> {
  const { env, log, issuers = [] } = options;
  const folder = join(config.home, 'inbox');
  const breathe = () => setImmediate();
  const ingest = createIngestHandler({ receive: ledger.receive, now, breathe, arrived });
  const inbox = await Inbox.open(folder);
  const keys = await IdempotencyKeys.open(join(folder, 'keys.ndjson'), now());
  const durable = createDurableIngest({ ingest, inbox, keys, now });
  const tryPolicy = openTrialThreads(config);
  const graph = ledger.questions;
  const readLatest = async () => orThrow(await graph.latest());
  const questions = createQuestionHandler({ graph, tryPolicy, readLatest, now });
  const standing = new StandingStore(config.home);
  const rounds = new StandingRounds({
    ...{ store: standing, questions, send: openNotices(env), now, log },
    source: config.cluster,
    readSize: async () => orThrow(await ledger.questions.head()).size,
  });
  rounds.start();
  const identities = new Identities(issuers, { now, fetch: fetchFrom(env) });
  return {
    parts: {
      ...{ ingest, durable, questions, standing },
      ...(issuers.length === 0 ? {} : { identities }),
    },
    close: async () => {
      await rounds.close();
      await durable.close();
    },
  };
}
