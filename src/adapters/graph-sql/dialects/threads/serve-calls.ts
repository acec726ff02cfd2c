import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { GraphPorts } from '../../../../capabilities/graph/index.ts';
import { toFailure } from '../../../../core/failure.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import type { Reader } from '../../questions/reader.ts';
import type { Writer } from '../../write/writer.ts';
import { openReader, openWriter } from '../open-graph.ts';
import {
  type Call,
  type Notice,
  type ThreadData,
  type ThreadNotice,
  type ThreadRequest,
  toReply,
  type WriteRequest,
} from './thread-protocol.ts';

interface OpenDatabase {
  readonly writer: Writer | null;
  readonly reader: Reader;
}

async function openDatabase(
  { role, options }: ThreadData,
  ports: GraphPorts,
): Promise<Result<OpenDatabase>> {
  const writer = role === 'writer' ? await openWriter({ ...options, ports }) : null;
  if (writer !== null && !writer.ok) return writer;
  const reader = await openReader({ ...options, ports });
  return reader.ok ? ok({ writer: writer?.value ?? null, reader: reader.value }) : reader;
}

/** The pieces of documents that are still arriving, by arrival. */
const arriving = new Map<number, Uint8Array[]>();

function takeNotice(notice: ThreadNotice): void {
  const { arrival } = notice;
  if (notice.kind === 'discard') return void arriving.delete(arrival);
  const pieces = arriving.get(arrival) ?? [];
  pieces.push(notice.piece);
  arriving.set(arrival, pieces);
}

async function answerRequest(
  { writer, reader }: OpenDatabase,
  request: ThreadRequest,
): Promise<Result<unknown>> {
  switch (request.kind) {
    case 'ask':
      return reader.ask(request.question);
    case 'head':
      return reader.head();
    case 'latest':
      return reader.latest();
    case 'entries':
      return reader.entries(request.position, request.rowsMax);
    case 'newest':
      return reader.newest(request.evidence);
    case 'body':
      return reader.body(request.digest);
    case 'about':
      return reader.about(request.subject, request.evidence);
    case 'inclusion':
      return reader.inclusion(request.position);
    case 'consistency':
      return reader.consistency(request.sizeBefore);
    case 'close':
      await reader.close();
      await writer?.close();
      return ok(null);
    default:
      return writer === null ? failed(toFailure('no writer')) : write(writer, request);
  }
}

function write(writer: Writer, request: WriteRequest): Promise<Result<unknown>> {
  switch (request.kind) {
    case 'append':
      return writer.append(request.inputs, request.recordedAt);
    case 'append-arrival': {
      const body = Buffer.concat(arriving.get(request.arrival) ?? []);
      arriving.delete(request.arrival);
      return writer.append([{ ...request.about, body }], request.recordedAt);
    }
    case 'rebuild':
      return writer.rebuild();
    case 'verify':
      return writer.verify();
  }
}

/**
 * An import may take seconds, but an admission request must be answered in milliseconds. On Linux a
 * priority belongs to a thread; on other systems it would be that of the whole process.
 */
function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(Math.min(getPriority() + 10, 19));
}

async function replyToCall(opened: OpenDatabase, { id, request }: Call): Promise<void> {
  const result = await answerRequest(opened, request).catch((thrown: unknown) =>
    failed(toFailure(thrown)),
  );
  parentPort?.postMessage(toReply(id, result));
  if (request.kind === 'close') parentPort?.close();
}

/**
 * Opens the database that `workerData` names and answers calls of the thread that started this one,
 * until it is closed.
 */
export async function serveCalls(ports: GraphPorts): Promise<void> {
  const data = workerData as ThreadData;
  if (data.role === 'writer') lowerPriority();
  const opened = await openDatabase(data, ports).catch((thrown: unknown) =>
    failed(toFailure(thrown)),
  );
  parentPort?.postMessage(toReply(0, opened.ok ? ok(null) : opened));
  if (!opened.ok) return parentPort?.close();
  parentPort?.on('message', (call: Call | Notice) => {
    if ('notice' in call) return takeNotice(call.notice);
    replyToCall(opened.value, call).catch((thrown: unknown) =>
      parentPort?.postMessage(toReply(call.id, failed(toFailure(thrown)))),
    );
  });
}
