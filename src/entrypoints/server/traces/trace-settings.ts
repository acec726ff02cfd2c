import { Failure } from '../../../core/failure.ts';

/** Where spans go, by the variables of OpenTelemetry. */
export interface TraceSettings {
  readonly url: string;
  /** May hold a credential of the collector. */
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Null unless an endpoint is named (opentelemetry.io/docs/specs/otel/protocol/exporter). Throws
 * CONFIG_INVALID, and never repeats a header.
 */
export function readTraceSettings(env: Variables): TraceSettings | null {
  const traces = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || undefined;
  const base = env['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined;
  const isOff = env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none';
  // mutant traces-without-an-endpoint by traces: operand 1 -> false
  if ((traces === undefined && base === undefined) || isOff) return null;
  const protocol =
    env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ?? env['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? '';
  if (protocol === 'grpc')
    throw refuse('the protocol of traces is grpc', 'Name the HTTP port of the collector (4318).');
  const url = URL.parse(traces ?? `${base?.replace(/\/$/, '')}/v1/traces`);
  // A password in an address would be in messages.
  // mutant password-in-the-address-of-traces by traces: operand 3 -> false
  if (url === null || !/^https?:$/.test(url.protocol) || url.password !== '' || url.username !== '')
    throw refuse('the endpoint of traces is no http address', 'Write http://HOST:4318.');
  const text = env['OTEL_EXPORTER_OTLP_TRACES_HEADERS'] ?? env['OTEL_EXPORTER_OTLP_HEADERS'] ?? '';
  return {
    url: url.href,
    headers: readHeaders(text),
    service: env['OTEL_SERVICE_NAME'] || 'waybill',
  };
}

/** `name=value`, by commas, with percent signs. */
function readHeaders(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').filter((pair) => pair.trim() !== '');
  return Object.fromEntries(
    pairs.map((pair): readonly [string, string] => {
      const at = pair.indexOf('=');
      const name = pair.slice(0, at).trim().toLowerCase();
      const value = decode(pair.slice(at + 1).trim());
      if (at < 1 || !/^[a-z0-9-]{1,100}$/.test(name) || value === null)
        throw refuse(
          'a header of traces is not NAME=VALUE',
          'Write them as NAME=VALUE,NAME=VALUE.',
        );
      return [name, value];
    }),
  );
}

function decode(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return /^[\x20-\x7e]{0,4000}$/.test(value) ? value : null;
  } catch {
    return null;
  }
}

function refuse(why: string, fix: string): Failure {
  return new Failure('CONFIG_INVALID', why, `${fix} The variables begin with OTEL_EXPORTER_OTLP_.`);
}
