import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { EvidenceInput } from '../../../../capabilities/evidence/index.ts';
import type { GraphPorts } from '../../../../capabilities/graph/index.ts';
import { asFailure, Failure } from '../../../../core/failure.ts';
import type { Instant } from '../../../../core/instant.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import { openReader, type Reader } from '../../questions/reader.ts';
import { openWriter, type Writer } from '../../write/writer.ts';
import { type Call, replyOf, type ThreadData, UNANSWERED } from './thread-protocol.ts';

const WRITES = ['append', 'rebuild', 'verify'] as const;
const READS = [
  ...['releasesWith', 'exposure', 'where', 'findingsOf', 'provenanceOf', 'violationsOf', 'verdictsOf', 'status'],
  ...['why', 'judgedAt'],
  ...['estate', 'observationsOf', 'lastAudits', 'knownViolations'],
  ...['head', 'entries', 'body', 'about', 'inclusion', 'consistency'],
];

interface Opened {
  readonly writer: Writer | null;
  readonly reader: Reader;
}

async function open({ role, options }: ThreadData, ports: GraphPorts): Promise<Result<Opened>> {
  const writer = role === 'writer' ? await openWriter({ ...options, ports }) : null;
  if (writer !== null && !writer.ok) return writer;
  const reader = await openReader({ ...options, ports });
  return reader.ok ? ok({ writer: writer?.value ?? null, reader: reader.value }) : reader;
}

/** The pieces of documents that are still coming, by arrival. */
const arriving = new Map<number, Uint8Array[]>();

function hear({ method, args }: Call): void {
  const [arrival, piece] = args as [number, Uint8Array];
  const pieces = arriving.get(arrival) ?? [];
  if (method === 'discard') arriving.delete(arrival);
  else arriving.set(arrival, pieces);
  pieces.push(piece);
}

function appendArrived(writer: Writer | null, args: readonly unknown[]): Promise<Result<unknown>> | Result<unknown> {
  const [arrival, about, recordedAt] = args as [number, Omit<EvidenceInput, 'body'>, Instant];
  const body = Buffer.concat(arriving.get(arrival) ?? []);
  arriving.delete(arrival);
  return writer?.append([{ ...about, body }], recordedAt) ?? failed(asFailure('no writer'));
}

type Method = (...args: readonly unknown[]) => Promise<Result<unknown>>;

async function answer({ writer, reader }: Opened, { method, args }: Call): Promise<Result<unknown>> {
  if (method === 'close') {
    await reader.close();
    await writer?.close();
    return ok(null);
  }
  if (method === 'appendArrived') return appendArrived(writer, args);
  const target = (WRITES as readonly string[]).includes(method) ? writer : READS.includes(method) ? reader : null;
  if (target === null) return failed(new Failure('INTERNAL', `no method ${method}`, 'Report this.'));
  return (
    (target as unknown as Readonly<Record<string, Method>>)[method]?.call(target, ...args) ??
    failed(asFailure('no method'))
  );
}

/**
 * Who waits for an import waits for seconds, who waits for an admission for milliseconds. On Linux a priority is a
 * thread's own; elsewhere it would be that of the whole process.
 */
function stepBack(): void {
  if (process.platform === 'linux') setPriority(Math.min(getPriority() + 10, 19));
}

async function reply(opened: Opened, call: Call): Promise<void> {
  const result = await answer(opened, call).catch((thrown: unknown) => failed(asFailure(thrown)));
  parentPort?.postMessage(replyOf(call.id, result));
  if (call.method === 'close') parentPort?.close();
}

/** Opens the database that `workerData` names and answers the calls of whoever started this thread, until it is closed. */
export async function serveCalls(ports: GraphPorts): Promise<void> {
  const data = workerData as ThreadData;
  if (data.role === 'writer') stepBack();
  const opened = await open(data, ports).catch((thrown: unknown) => failed(asFailure(thrown)));
  parentPort?.postMessage(replyOf(0, opened.ok ? ok(null) : opened));
  if (!opened.ok) return parentPort?.close();
  parentPort?.on('message', (call: Call) => {
    if (call.id === UNANSWERED) return hear(call);
    reply(opened.value, call).catch((thrown: unknown) =>
      parentPort?.postMessage(replyOf(call.id, failed(asFailure(thrown)))),
    );
  });
}
