import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { markPosted } from '../../../capabilities/evidence/index.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt, orThrow } from '../../../core/result.ts';
import { toSystemFailure } from '../../../system/files/errno.ts';
import { readWhole } from '../../../system/files/read-file.ts';
import { openLedger, openQuestions } from '../../compose/graph.ts';
import type { Config } from '../../config/config.ts';
import { Inbox, isPassing } from '../../server/evidence/inbox.ts';
import { requirePostedKind } from '../../server/evidence/posted-kinds.ts';
import { loadCallConfig } from '../call-config.ts';
import { collectFolder } from '../collect/collect-folder.ts';
import { collectGit } from '../collect/collect-git.ts';
import { collectRegistry } from '../collect/collect-registry.ts';
import { CollectState } from '../collect/collect-state.ts';
import {
  ATTACHED_KINDS,
  COLLECTOR,
  type Collector,
  type FoundDocument,
  findUnreadable,
} from '../collect/found-document.ts';
import { parseDurationMs } from '../durations.ts';
import { describeBytes, requireSubject } from '../graph-file.ts';
import type { CollectCall } from '../options/collect.ts';
import { showLine, showNote } from '../report/block.ts';
import { type ExitCode, type Part, type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

type CollectLine = SchemaValue<'collect'>;

/**
 * Brings what places have into the log, each document once. What cannot be read is kept in the
 * inbox, with its reason, and stops no other. Ends with 3 where there was such a document.
 */
export async function run(call: CollectCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const places = call.args.map((text) => ({
    text,
    collect: parsePlace(text, call, config),
    isOurs: !/^(?:git|registry):/.test(text),
  }));
  const everyMs = readInterval(call.options.watch);
  const seen = { kept: 0, unread: new Set<string>() };
  return {
    kind: 'parts',
    exitCode: (): ExitCode => (seen.kept + seen.unread.size === 0 ? 0 : 3),
    parts: collectAll(call, config, places, { everyMs, seen }),
  };
}

/** `git:PATH`, `registry:HOST/PATH`, `folder:PATH` or a folder, `-`. */
function parsePlace(text: string, call: CollectCall, config: Config): Collector {
  const { io, signal } = call;
  const [, scheme = 'folder', rest = text] = /^(folder|git|registry):(.+)$/s.exec(text) ?? [];
  if (text === '-') return collectInput(call);
  if (scheme === 'registry') return collectRegistry(rest, { config, env: io.env, signal });
  const path = resolve(io.cwd, rest);
  if (!existsSync(path) || !statSync(path).isDirectory())
    throw new Failure('FILE_NOT_FOUND', `${text} is no folder`, 'Name a folder, git:PATH or -.');
  return scheme === 'git' ? collectGit(path, io.env) : collectFolder(path);
}

function collectInput({ io }: CollectCall): Collector {
  return async function* () {
    const bytes = await readWhole('standard input', LIMITS.documentBytesMax, io.stdin);
    yield { name: 'standard input', mark: '', subject: null, read: async () => bytes };
  };
}

function readInterval(text: string | undefined): number | null {
  if (text === undefined) return null;
  const everyMs = parseDurationMs(text);
  if (everyMs >= 1_000 && everyMs <= 86_400_000) return everyMs;
  throw new Failure('USAGE', `--watch ${text} is too short or too long`, 'Write 1s to 24h.');
}

interface CollectCounts {
  kept: number;
  /** The places of which something could not be read at the last look. */
  readonly unread: Set<string>;
}

interface Place {
  readonly text: string;
  readonly collect: Collector;
  /** False: others write to it, so it states nothing in our name. */
  readonly isOurs: boolean;
}

async function* collectAll(
  call: CollectCall,
  config: Config,
  places: readonly Place[],
  { everyMs, seen }: { readonly everyMs: number | null; readonly seen: CollectCounts },
): AsyncGenerator<Part> {
  const state = CollectState.open(config.home);
  do {
    for (const place of places) {
      // What could not be read before is tried again now.
      seen.unread.delete(place.text);
      const all = place.collect((mark) => state.has(place.text, mark));
      for await (const found of survive(all, place.text, call.signal)) {
        if (call.signal.aborted) return;
        const taken = await attempt(() => takeDocument(config, place, found));
        // mutant locked-database-ends-a-watch by collect: condition -> true
        if (!taken.ok && (everyMs === null || !isPassing(taken.failure))) throw taken.failure;
        const collected = taken.ok
          ? taken.value
          : toUnread({ place: place.text, name: found.name }, taken.failure);
        const { outcome } = collected;
        if (outcome === 'kept') seen.kept++;
        if (outcome === 'unread') seen.unread.add(place.text);
        if (found.mark !== '' && outcome !== 'unread') state.add(place.text, found.mark);
        // Written before it is said: a command that is stopped collects nothing twice.
        await state.write();
        yield showCollected(collected);
      }
    }
    if (everyMs === null) return;
    await wait(everyMs, undefined, { signal: call.signal }).catch(() => undefined);
  } while (!call.signal.aborted);
}

/** A place that fails is one of its lines: the other places, and the next look, go on. */
async function* survive(
  found: AsyncGenerator<FoundDocument>,
  place: string,
  signal: AbortSignal,
): AsyncGenerator<FoundDocument> {
  try {
    yield* found;
  } catch (thrown) {
    // mutant broken-place-ends-the-others by collect: condition -> true
    if (signal.aborted) throw thrown;
    yield findUnreadable(place, toSystemFailure(thrown));
  }
}

async function takeDocument(
  config: Config,
  place: Place,
  found: FoundDocument,
): Promise<CollectLine> {
  const said = { place: place.text, name: found.name };
  const read = await attempt(found.read);
  // mutant unreadable-file-ends-the-others by collect: condition -> false
  if (!read.ok) return toUnread(said, read.failure);
  const bytes = read.value;
  try {
    const document = describeBytes(found.name, bytes, { kind: null, subject: found.subject });
    const posted = requirePostedKind(document.evidence.kind);
    // mutant record-of-a-stranger-is-collected by collect: condition -> false
    if (!place.isOurs && !ATTACHED_KINDS.has(posted)) throw createForeignFailure(posted);
    const { mediaType } = document.evidence;
    // mutant collected-is-not-claimed by collect: value -> document.evidence
    const evidence = { ...document.evidence, mediaType: markPosted(mediaType, COLLECTOR) };
    const ledger = await openLedger(config);
    try {
      if (found.subject !== null) {
        const log = await openQuestions(config);
        await requireSubject(
          (digest) => log.body(digest),
          found.name,
          found.subject,
          document.about,
        ).finally(() => log.close());
      }
      const receipts = await ledger.log.append([evidence], toInstant(Date.now()));
      const [receipt] = orThrow(receipts);
      if (receipt === undefined)
        throw new Failure('INTERNAL', 'the log returned no receipt', 'Report this.');
      const { kind } = document.evidence;
      const { position, fresh } = receipt;
      return {
        ...said,
        outcome: fresh ? 'recorded' : 'known',
        kind,
        position,
        why: null,
        id: null,
      };
    } finally {
      await ledger.close();
    }
  } catch (thrown) {
    return keepUnread(config, said, found, { bytes, failure: toFailure(thrown) });
  }
}

function createForeignFailure(kind: string): Failure {
  return new Failure(
    'UNSUPPORTED',
    `it is a record of the kind ${kind}, which a place that others write to cannot state`,
    'Where you made it: waybill graph import FILE.',
  );
}

function toUnread(
  said: Pick<CollectLine, 'place' | 'name'>,
  { code, message }: Failure,
): CollectLine {
  const why = `${code}: ${message}`.slice(0, 500);
  return { ...said, outcome: 'unread', kind: null, position: null, why, id: null };
}

/** What is no document of a kind that is known is left; what is broken is kept. */
async function keepUnread(
  { home }: Config,
  said: Pick<CollectLine, 'place' | 'name'>,
  { subject }: FoundDocument,
  { bytes, failure }: { readonly bytes: Uint8Array; readonly failure: Failure },
): Promise<CollectLine> {
  const nothing = { ...said, kind: null, position: null };
  const { code, message } = failure;
  const why = `${code}: ${message}`.slice(0, 500);
  if (code === 'UNSUPPORTED') return { ...nothing, outcome: 'left', why, id: null };
  if (!KEPT.has(code)) throw failure;
  const inbox = await Inbox.open(join(home, 'inbox'));
  const spooled = await inbox.spool(streamBytes(bytes));
  const about = { kind: 'statement', mediaType: 'application/json', poster: COLLECTOR, subject };
  try {
    const { id } = await inbox.keep(spooled, about, failure, toInstant(Date.now()));
    return { ...nothing, outcome: 'kept', why, id };
  } catch (thrown) {
    await inbox.discard(spooled);
    const full = toFailure(thrown);
    if (full.code !== 'DISK_FULL') throw thrown;
    return toUnread(said, full);
  }
}

const KEPT: ReadonlySet<string> = new Set([
  ...['MALFORMED', 'EVIDENCE_REJECTED', 'DUPLICATE_KEY', 'LIMIT_EXCEEDED', 'BUDGET_EXCEEDED'],
]);

async function* streamBytes(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function showCollected(collected: CollectLine): Part {
  const { name, outcome, kind, position, why } = collected;
  const what = outcome === 'recorded' ? `${kind} ${position}` : (why ?? `${kind} ${position}`);
  const line = `${outcome.padEnd(8)} ${name}: ${what}`;
  return {
    value: toValue('collect', () => collected),
    blocks: () => [outcome === 'left' ? showNote(line) : showLine(line)],
  };
}
