import {
  type EvidenceInput,
  markPosted,
  type Receipt,
} from '../../../capabilities/evidence/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { requirePostedKind } from './posted-kinds.ts';

/** A document as it arrives over the network. */
export interface IncomingDocument {
  readonly kind: string;
  readonly mediaType: string;
  /** The name of the token that posts it: the document is marked as claimed by it. */
  readonly poster: string;
  readonly subject: Digest | null;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Null if the sender did not state it. */
  readonly bytesStated: number | null;
}

/**
 * Takes one document. The promise resolves when the document is on the disk and in the graph, and
 * rejects with a Failure otherwise.
 */
export type IngestHandler = (arrived: IncomingDocument) => Promise<Receipt>;

/** Receives the pieces of one document. */
export interface DocumentSink {
  readonly write: (piece: Uint8Array) => void;
  readonly append: (
    about: Omit<EvidenceInput, 'body'>,
    recordedAt: Instant,
  ) => Promise<Result<readonly Receipt[]>>;
  readonly discard: () => void;
}

export interface IngestPorts {
  /** A place for a document with this maximum of bytes; waits until there is one. */
  readonly receive: (bytes: number) => Promise<DocumentSink>;
  readonly now: () => Instant;
  /** Gives other waiting work its turn. */
  readonly breathe: () => Promise<unknown>;
  /** New evidence about a digest makes earlier decisions about it stale. */
  readonly arrived: (subject: Digest | null, receipt: Receipt) => void;
}

export function createIngestHandler(ports: IngestPorts): IngestHandler {
  return async ({ kind: asked, mediaType: stated, poster, subject, pieces, bytesStated }) => {
    // mutant evidence-of-server-from-outside: call -> $argument as never
    const kind = requirePostedKind(asked);
    // mutant posted-is-claimed: call -> $argument
    const mediaType = markPosted(stated, poster);
    const bytesMax = LIMITS.documentBytesMax;
    if (bytesStated !== null && !(bytesStated <= bytesMax)) throw createBodyFailure();
    const landing = await ports.receive(bytesStated ?? bytesMax);
    try {
      await receivePieces(pieces, bytesMax, landing, ports.breathe);
    } catch (thrown) {
      landing.discard();
      throw thrown;
    }
    const [receipt] = orThrow(await landing.append({ kind, mediaType, subject }, ports.now()));
    if (receipt === undefined)
      throw new Failure('INTERNAL', 'the evidence log returned no receipt', 'Report this.');
    ports.arrived(subject, receipt);
    return receipt;
  };
}

/**
 * The same pieces, given on when all of them are here and the document is about this cluster.
 * Throws EVIDENCE_REJECTED otherwise.
 */
export async function* holdToCluster(
  pieces: AsyncIterable<Uint8Array>,
  cluster: string,
): AsyncGenerator<Uint8Array> {
  const held: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    held.push(piece);
    bytes += piece.length;
    if (bytes > LIMITS.documentBytesMax) throw createBodyFailure();
  }
  const whole = Buffer.concat(held);
  const json = orThrow(parseJson(whole, { bytesMax: LIMITS.documentBytesMax }));
  // mutant watcher-of-another-cluster by watch-follow: condition -> false
  if (!isJsonObject(json) || json['cluster'] !== cluster)
    throw new Failure(
      'EVIDENCE_REJECTED',
      `a watcher of ${JSON.stringify(cluster.slice(0, 100))} may speak of no other cluster`,
      'Give each cluster its own entry in the file of --clusters.',
    );
  yield whole;
}

const BYTES_IN_ONE_BREATH = 256 * 1024;

async function receivePieces(
  pieces: AsyncIterable<Uint8Array>,
  bytesMax: number,
  landing: DocumentSink,
  breathe: IngestPorts['breathe'],
): Promise<void> {
  let [bytes, breathedAt] = [0, 0];
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > bytesMax) throw createBodyFailure();
    landing.write(piece);
    if (bytes - breathedAt < BYTES_IN_ONE_BREATH) continue;
    breathedAt = bytes;
    await breathe();
  }
  if (bytes === 0)
    throw new Failure('MALFORMED', 'the document is empty', 'Send the document as the body.');
}

export function createBodyFailure(): Failure {
  return new Failure('LIMIT_EXCEEDED', 'the request body is too large', 'Split the document.');
}
