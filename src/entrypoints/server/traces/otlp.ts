/** What a span says of itself. Nothing here comes from a body, a header or an address. */
export interface SpanRecord {
  /** 16 and 8 bytes in hex. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: 'internal' | 'server';
  /** Milliseconds since 1970, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly failed: boolean;
}

/** SpanKind and Status.code of opentelemetry/proto/trace/v1/trace.proto. */
const KINDS = { internal: 1, server: 2 } as const;
const STATUS_ERROR = 2;

/** The body of an export request in the JSON of OTLP 1 (opentelemetry.io/docs/specs/otlp). */
export function encodeSpans(
  resource: Readonly<Record<string, string>>,
  spans: readonly SpanRecord[],
): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: encodeAttributes(resource) },
        scopeSpans: [{ scope: { name: 'waybill' }, spans: spans.map(encodeSpan) }],
      },
    ],
  });
}

function encodeSpan(span: SpanRecord) {
  const { traceId, spanId, parentSpanId, name, kind, attributes, failed } = span;
  return {
    ...{ traceId, spanId, ...(parentSpanId === null ? {} : { parentSpanId }) },
    ...{ name, kind: KINDS[kind], attributes: encodeAttributes(attributes) },
    startTimeUnixNano: formatNanoseconds(span.startMs),
    endTimeUnixNano: formatNanoseconds(span.endMs),
    status: failed ? { code: STATUS_ERROR } : {},
  };
}

/** 64-bit numbers are texts in this JSON. */
function encodeAttributes(attributes: Readonly<Record<string, string | number>>) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

/** Of 2026 in nanoseconds, a double is off by some hundred; the integer part is exact. */
function formatNanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return `${BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000))}`;
}
