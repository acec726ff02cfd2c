import { randomBytes } from 'node:crypto';
import { toFailure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { toOneLine } from '../../../core/one-line.ts';
import type { LogEntry } from '../log.ts';
import { encodeSpans, type SpanRecord } from './otlp.ts';
import type { TraceSettings } from './trace-settings.ts';

/** A span that has begun. */
export interface OpenSpan {
  readonly traceId: string;
  readonly spanId: string;
  end(more?: { readonly attributes?: SpanRecord['attributes']; readonly failed?: boolean }): void;
}

/** Which trace a span belongs to. */
export type TraceParent = Pick<OpenSpan, 'traceId' | 'spanId'>;

export interface TracePorts {
  /** Rejects with a Failure. */
  readonly send: (settings: TraceSettings, body: string) => Promise<void>;
  readonly nowMs: () => number;
  readonly log: (entry: LogEntry) => void;
}

const ROUND_MS = 5_000;

/** Collects spans, and sends them in batches; what the collector does not take is dropped. */
export class Traces {
  readonly #settings: TraceSettings | null;
  readonly #ports: TracePorts;
  readonly #timer: NodeJS.Timeout | null;
  #spans: SpanRecord[] = [];
  #sending: Promise<void> = Promise.resolve();
  #dropped = 0;

  /** Null: nothing is collected. */
  constructor(settings: TraceSettings | null, ports: TracePorts) {
    this.#settings = settings;
    this.#ports = ports;
    this.#timer = settings === null ? null : setInterval(() => this.flush(), ROUND_MS);
    this.#timer?.unref();
  }

  /** Null where nothing is collected, or where the caller of a trace wants no part of it. */
  begin(
    name: string,
    kind: SpanRecord['kind'],
    parent: TraceParent | null,
    attributes: SpanRecord['attributes'] = {},
  ): OpenSpan | null {
    if (this.#settings === null) return null;
    const startMs = this.#ports.nowMs();
    const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
    const spanId = randomBytes(8).toString('hex');
    return {
      traceId,
      spanId,
      end: ({ attributes: more = {}, failed = false } = {}) =>
        this.#keep({
          ...{ traceId, spanId, parentSpanId: parent?.spanId ?? null, name, kind, startMs, failed },
          ...{ endMs: this.#ports.nowMs(), attributes: { ...attributes, ...more } },
        }),
    };
  }

  #keep(span: SpanRecord): void {
    // mutant spans-without-end by traces: condition -> false
    if (this.#spans.length >= LIMITS.traceSpansMax) {
      this.#dropped++;
      return;
    }
    this.#spans.push(span);
  }

  /** One batch after the other. A collector that is away is told of in one line a batch. */
  flush(): void {
    const settings = this.#settings;
    const spans = this.#spans;
    if (settings === null || spans.length === 0) return;
    this.#spans = [];
    const dropped = this.#dropped;
    this.#dropped = 0;
    const body = encodeSpans({ 'service.name': settings.service }, spans);
    this.#sending = this.#sending
      .then(() => this.#ports.send(settings, body))
      .catch((thrown: unknown) => {
        const { code, message } = toFailure(thrown);
        const lost = spans.length + dropped;
        this.#ports.log({
          level: 'warn',
          event: 'traces-not-sent',
          code,
          message: toOneLine(message),
          lost,
        });
      });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer ?? undefined);
    this.flush();
    await this.#sending;
  }
}

/**
 * The trace of who asks (W3C Trace Context §3.2). Null where there is none, or it is not of the
 * form; one that is not sampled is not followed.
 */
export function readTraceParent(header: unknown): TraceParent | 'not-sampled' | null {
  const [, traceId = '', spanId = '', flags = ''] =
    typeof header === 'string'
      ? (/^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header) ?? [])
      : [];
  if (traceId === '' || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return (Number.parseInt(flags, 16) & 1) === 1 ? { traceId, spanId } : 'not-sampled';
}
