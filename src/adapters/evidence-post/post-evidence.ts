import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { toOneLine } from '../../core/one-line.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readBody } from '../../system/http/body.ts';
import { networkFailure } from '../../system/http/exchange.ts';
import { isLoopbackName, parseHost } from '../../system/http/hosts.ts';
import { openTransport } from '../../system/http/transport.ts';

export interface PostPlace {
  /** The address of `waybill serve`, over TLS. */
  readonly server: URL;
  /** Its authority, PEM; null: those of Node. */
  readonly ca: string | null;
  /** Read for each request; null: none. */
  readonly readToken: () => string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `later`: it may be taken when it is sent again, not before `waitMs`. */
export type PostOutcome =
  /** Recorded, or kept by the server until it can be. */
  | { readonly kind: 'taken'; readonly isRecorded: boolean }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'later'; readonly failure: Failure; readonly waitMs: number | null };

/** Posts documents to a server; a document that it has already is taken again. */
export interface EvidencePost {
  send(kind: string, cluster: string, body: Uint8Array, signal: AbortSignal): Promise<PostOutcome>;
  close(): void;
}

const ANSWER_BYTES_MAX = 64 * 1024;
/** The document is at fault, and would be again. */
const FINAL = new Set([400, 404, 413, 415, 422]);

/** Throws USAGE for a server without TLS that is not on this machine. */
export function openEvidencePost({ server, ca, readToken, env }: PostPlace): EvidencePost {
  // mutant evidence-post-in-the-clear by evidence-post: condition -> false
  if (server.protocol !== 'https:' && !isLoopbackName(parseHost(server.host)))
    throw new Failure('USAGE', `${server.host} has no TLS`, 'Name the server with https://.');
  const transport = openTransport({
    ...(ca === null ? {} : { own: { ca } }),
    env,
    peer: 'the server',
  });
  return {
    send: async (kind, cluster, body, signal) => {
      const url = new URL('/v1/evidence', server);
      url.search = new URLSearchParams({ kind, cluster }).toString();
      const token = readToken();
      try {
        const incoming = await transport.send({
          method: 'POST',
          url,
          headers: {
            'User-Agent': 'waybill',
            'Content-Type': 'application/json',
            'Content-Length': String(body.length),
            ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
          },
          body,
          signal,
        });
        const answer = readAnswer(await readBody(incoming, ANSWER_BYTES_MAX));
        return judgeAnswer(incoming.status, answer, incoming.headers['retry-after']);
      } catch (thrown) {
        const why = networkFailure(thrown, { url, method: 'POST', signal });
        const failure = new Failure('STORE_UNREACHABLE', why.message, why.remedy);
        return { kind: 'later', failure, waitMs: null };
      }
    },
    close: () => transport.close(),
  };
}

function judgeAnswer(status: number, answer: JsonObject, after: string | undefined): PostOutcome {
  const { error } = answer;
  if (status === 201 || status === 202) return { kind: 'taken', isRecorded: status === 201 };
  const said = error !== undefined && isJsonObject(error) ? error['message'] : null;
  const why = toOneLine(typeof said === 'string' ? said : '');
  const message = `the server answered ${status}: ${why}`;
  // mutant refused-document-is-sent-for-ever by evidence-post: condition -> false
  if (FINAL.has(status)) {
    const failure = new Failure('EVIDENCE_REJECTED', message, 'See the log of the server.');
    return { kind: 'refused', failure };
  }
  const isDenied = status === 401 || status === 403;
  const failure = new Failure(
    isDenied ? 'UNAUTHORISED' : 'STORE_UNREACHABLE',
    message,
    isDenied ? 'Give a token that the server knows: --token-file.' : 'It is tried again.',
  );
  const seconds = /^\d{1,5}$/.test(after ?? '') ? Number(after) : null;
  return { kind: 'later', failure, waitMs: seconds === null ? null : seconds * 1_000 };
}

function readAnswer(bytes: Uint8Array): JsonObject {
  const read = parseJson(bytes, { bytesMax: ANSWER_BYTES_MAX });
  return read.ok && isJsonObject(read.value) ? read.value : {};
}
