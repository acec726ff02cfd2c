import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { EvidenceInput } from '../../../../capabilities/evidence/index.ts';
import type { GraphPorts } from '../../../../capabilities/graph/index.ts';
import { Failure, toFailure } from '../../../../core/failure.ts';
import type { Instant } from '../../../../core/instant.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import type { Reader } from '../../questions/reader.ts';
import type { Writer } from '../../write/writer.ts';
import { openReader, openWriter } from './open-graph.ts';
import { type Call, type ThreadData, toReply, UNANSWERED } from './thread-protocol.ts';

const WRITES = ['append', 'rebuild', 'verify'] as const;
const READS = [
  ...[
    'releasesWith',
    'exposure',
    'where',
    'listFindings',
    'findProvenance',
    'listViolations',
    'listVerdicts',
    'status',
  ],
  ...['why', 'judgedAt'],
  ...['estate', 'listObservations', 'lastAudits', 'knownViolations'],
  ...['head', 'entries', 'body', 'about', 'inclusion', 'consistency'],
];

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

/** The pieces of documents that are still coming, by arrival. */
const arriving = new Map<number, Uint8Array[]>();

function receivePiece({ method, args }: Call): void {
  const [arrival, piece] = args as [number, Uint8Array];
  const pieces = arriving.get(arrival) ?? [];
  if (method === 'discard') arriving.delete(arrival);
  else arriving.set(arrival, pieces);
  pieces.push(piece);
}

function appendArrived(
  writer: Writer | null,
  args: readonly unknown[],
): Promise<Result<unknown>> | Result<unknown> {
  const [arrival, about, recordedAt] = args as [number, Omit<EvidenceInput, 'body'>, Instant];
  const body = Buffer.concat(arriving.get(arrival) ?? []);
  arriving.delete(arrival);
  return writer?.append([{ ...about, body }], recordedAt) ?? failed(toFailure('no writer'));
}

type Method = (...args: readonly unknown[]) => Promise<Result<unknown>>;

async function answerCall(
  { writer, reader }: OpenDatabase,
  { method, args }: Call,
): Promise<Result<unknown>> {
  if (method === 'close') {
    await reader.close();
    await writer?.close();
    return ok(null);
  }
  if (method === 'appendArrived') return appendArrived(writer, args);
  const target = (WRITES as readonly string[]).includes(method)
    ? writer
    : READS.includes(method)
      ? reader
      : null;
  if (target === null)
    return failed(new Failure('INTERNAL', `no method ${method}`, 'Report this.'));
  return (
    (target as unknown as Readonly<Record<string, Method>>)[method]?.call(target, ...args) ??
    failed(toFailure('no method'))
  );
}

/**
 * Who waits for an import waits for seconds, who waits for an admission for milliseconds. On Linux
 * a priority is a thread's own; elsewhere it would be that of the whole process.
 */
function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(Math.min(getPriority() + 10, 19));
}

async function replyToCall(opened: OpenDatabase, call: Call): Promise<void> {
  const result = await answerCall(opened, call).catch((thrown: unknown) =>
    failed(toFailure(thrown)),
  );
  parentPort?.postMessage(toReply(call.id, result));
  if (call.method === 'close') parentPort?.close();
}

/**
 * Opens the database that `workerData` names and answers the calls of whoever started this thread,
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
  parentPort?.on('message', (call: Call) => {
    if (call.id === UNANSWERED) return receivePiece(call);
    replyToCall(opened.value, call).catch((thrown: unknown) =>
      parentPort?.postMessage(toReply(call.id, failed(toFailure(thrown)))),
    );
  });
}
