import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { GraphPorts } from '../../capabilities/graph/index.ts';
import { asFailure, Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { openReader, type Reader } from './reader.ts';
import { type Call, replyOf, type ThreadData, UNANSWERED } from './thread-protocol.ts';
import { openWriter, type Writer } from './writer.ts';

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

async function open({ role, options, portsModule }: ThreadData): Promise<Result<Opened>> {
  const { graphPorts: ports } = (await import(portsModule)) as { readonly graphPorts: GraphPorts };
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

if ((workerData as ThreadData).role === 'writer') stepBack();
const opened = await open(workerData as ThreadData).catch((thrown: unknown) => failed(asFailure(thrown)));
parentPort?.postMessage(replyOf(0, opened.ok ? ok(null) : opened));
if (opened.ok) {
  parentPort?.on('message', (call: Call) => {
    if (call.id === UNANSWERED) return hear(call);
    answer(opened.value, call)
      .catch((thrown: unknown) => failed(asFailure(thrown)))
      .then((result) => {
        parentPort?.postMessage(replyOf(call.id, result));
        if (call.method === 'close') parentPort?.close();
      })
      .catch((thrown: unknown) => parentPort?.postMessage(replyOf(call.id, failed(asFailure(thrown)))));
  });
} else parentPort?.close();
