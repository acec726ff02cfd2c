import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { parseJson } from '../../formats/json/parse.ts';
import {
  openServiceExchange,
  type ServiceAnswer,
  type ServiceRequest,
} from '../../system/http/service-exchange.ts';

/** How services are reached; `env` has proxies, and nothing else of it is read. */
export interface ServicePlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export type ServiceCode = 'SIGNING_SERVICE_UNUSABLE' | 'IDENTITY_UNUSABLE';

export interface JsonAnswer extends ServiceAnswer {
  /** Its JSON object; empty for a body that is none. */
  readonly json: JsonObject;
}

/** Sends one request, perhaps again, and reads the answer as JSON. Throws a Failure of `code`. */
export async function askJson(
  peer: string,
  request: ServiceRequest,
  { env, signal }: ServicePlace,
  code: ServiceCode,
): Promise<JsonAnswer> {
  const bytesMax = LIMITS.keyServiceBytesMax;
  const answer = await openServiceExchange({ peer, env, signal, code, bytesMax }).send(request);
  const read = parseJson(answer.text, { bytesMax });
  return { ...answer, json: read.ok && isJsonObject(read.value) ? read.value : {} };
}

/** What a refusal says, short and printable, in place of an answer. */
export function refuseAnswer(peer: string, answer: JsonAnswer, code: ServiceCode): Failure {
  const { message, error, error_description: description } = answer.json;
  const said = [message, description, error].find((one) => typeof one === 'string') ?? '';
  const why = toOneLine(String(said).slice(0, 300));
  const shown = `${peer} answered with the status ${answer.status}${why === '' ? '' : `: ${why}`}`;
  return new Failure(code, shown, 'Check its address, and what it accepts.');
}
