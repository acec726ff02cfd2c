import { join } from 'node:path';
import {
  type EvidenceInput,
  isEvidenceKind,
  markPosted,
} from '../../../capabilities/evidence/index.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import { shortenInstant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { openLedger } from '../../compose/graph.ts';
import type { Config } from '../../config/config.ts';
import { Inbox } from '../../server/evidence/inbox.ts';
import type { InboxEntry } from '../../server/evidence/inbox-entry.ts';
import { loadCallConfig } from '../call-config.ts';
import { COLLECTOR } from '../collect/found-document.ts';
import { describeBytes } from '../graph-file.ts';
import type { GraphInboxCall } from '../options/graph.ts';
import { type Block, showLine, showNote, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Ends with 3 where a document is kept that could not be read. */
export async function run(call: GraphInboxCall): Promise<Report> {
  const { retry, drop } = call.options;
  if (retry !== undefined && drop !== undefined)
    throw new Failure('USAGE', '--retry and --drop say two things', 'Give one of them.');
  const config = await loadCallConfig(call);
  const inbox = await Inbox.open(join(config.home, 'inbox'));
  if (drop !== undefined) await inbox.remove(inbox.find(drop));
  const recorded = retry === undefined ? null : await recordEntry(config, inbox, inbox.find(retry));
  const documents = inbox.list(null, Number.POSITIVE_INFINITY);
  return {
    kind: 'result',
    exitCode: documents.some(({ state }) => state === 'refused') ? 3 : 0,
    value: toValue('graph-inbox', () => ({ documents, recorded })),
    blocks: () => [
      ...(recorded === null ? [] : [showLine(`recorded at position ${recorded}`)]),
      ...showDocuments(documents),
    ],
  };
}

/** The position; the reason of another refusal is kept. */
async function recordEntry(config: Config, inbox: Inbox, entry: InboxEntry): Promise<number> {
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of inbox.read(entry)) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const about = describeEntry(entry, body);
    const { log, close } = await openLedger(config);
    try {
      const [receipt] = orThrow(await log.append([about], toInstant(Date.now())));
      if (receipt === undefined)
        throw new Failure('INTERNAL', 'the log returned no receipt', 'Report this.');
      await inbox.remove(entry);
      return receipt.position;
    } finally {
      await close();
    }
  } catch (thrown) {
    await inbox.refuse(entry, toFailure(thrown));
    throw thrown;
  }
}

/** A collector recognises what it finds: what it could not read then is read anew. */
function describeEntry(entry: InboxEntry, body: Uint8Array): EvidenceInput {
  const { id, kind, mediaType, poster, subject } = entry;
  if (poster === COLLECTOR) return describeBytes(id, body, { kind: null, subject }).evidence;
  if (!isEvidenceKind(kind)) throw new Failure('USAGE', `unknown kind ${kind}`, 'Drop it.');
  return { kind, mediaType: markPosted(mediaType, poster), subject, body };
}

function showDocuments(documents: readonly InboxEntry[]): readonly Block[] {
  if (documents.length === 0) return [showNote('nothing waits, and nothing was refused')];
  const rows = documents.map(({ id, kind, poster, receivedAt, state, attempts, reason }) => [
    ...[id, kind, poster, shortenInstant(receivedAt), state, `${attempts}`],
    reason === null ? '-' : `${reason.code}: ${reason.message}`,
  ]);
  return [showTable(['ID', 'KIND', 'FROM', 'ARRIVED', 'STATE', 'TRIES', 'WHY'], rows)];
}
