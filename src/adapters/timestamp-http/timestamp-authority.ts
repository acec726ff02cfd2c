import type { TimestampAuthority } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, failed, ok } from '../../core/result.ts';
import { discardBody, readBody } from '../../system/http/body.ts';
import { networkFailure } from '../../system/http/exchange.ts';
import { openTransport } from '../../system/http/transport.ts';

export interface AuthorityOptions {
  /** As the user gives it. */
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Asks the authority that the user named, once, over HTTP (RFC 3161 §3.4). Throws USAGE. */
export function openTimestampAuthority({ url, env, signal }: AuthorityOptions): TimestampAuthority {
  const at = URL.canParse(url) ? new URL(url) : null;
  if (at === null || !/^https?:$/.test(at.protocol) || at.username !== '' || at.password !== '') {
    const remedy = 'Write it like http://timestamp.example.com.';
    throw new Failure('USAGE', '--timestamp-url is no address over HTTP', remedy);
  }
  const peer = 'the timestamp authority';
  return {
    ask: async (request) => {
      const transport = openTransport({ env, requestMs: LIMITS.timestampMs, peer });
      const whole = AbortSignal.any([signal, AbortSignal.timeout(LIMITS.timestampMs)]);
      const headers = { 'Content-Type': 'application/timestamp-query', 'User-Agent': 'waybill' };
      const sent = { method: 'POST', url: at, headers, body: request, signal: whole } as const;
      try {
        const incoming = await transport.send(sent);
        // The authority of sigstore says that it has created one.
        if (incoming.status === 200 || incoming.status === 201)
          return ok(await readBody(incoming, LIMITS.timestampBytesMax, LIMITS.timestampMs));
        discardBody(incoming);
        const why = `${at.host} answered with the status ${incoming.status}`;
        return fail('TIMESTAMP_UNUSABLE', why, 'Check --timestamp-url.');
      } catch (thrown) {
        const { message } = networkFailure(thrown, { url: at, method: 'POST', signal: whole });
        return failed(
          new Failure('TIMESTAMP_UNUSABLE', `${peer}: ${message}`, 'Try again later.', {
            cause: thrown,
          }),
        );
      } finally {
        transport.close();
      }
    },
  };
}
