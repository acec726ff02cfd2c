import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { parseJson } from '../../formats/json/parse.ts';
import {
  openServiceExchange,
  type ServiceAnswer as PlainAnswer,
  type ServiceOptions,
  type ServiceRequest,
} from '../../system/http/service-exchange.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface ServiceAnswer extends PlainAnswer {
  /** Its JSON object; empty for a body that is none. */
  readonly json: JsonObject;
}

/** A service that keeps keys, over HTTP: each request may be sent again. */
export interface ServiceClient {
  readonly peer: string;
  send(
    request: ServiceRequest,
    isBusy?: (answer: ServiceAnswer) => boolean,
  ): Promise<ServiceAnswer>;
}

const REMEDY = 'Check its address, your network and its state, then try again.';

/** Sends requests as `openServiceExchange` does, and reads the answers as JSON. */
export function openServiceClient(
  options: Pick<ServiceOptions, 'peer' | 'env' | 'ca'>,
): ServiceClient {
  const exchange = openServiceExchange({ ...options, code: 'KEY_UNUSABLE' });
  return {
    peer: options.peer,
    send: async (request, isBusy = () => false) =>
      withJson(await exchange.send(request, (answer) => isBusy(withJson(answer)))),
  };
}

function withJson(answer: PlainAnswer): ServiceAnswer {
  return { ...answer, json: readObject(answer.text) };
}

/** An address that the environment gives; `variable` names it in the message. */
export function parseAddress(variable: string, text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new Failure('USAGE', `${variable} is no address`, 'Write it like https://kms.example.com.');
}

/** The text as a JSON object; an empty one if it is none. */
function readObject(text: string): JsonObject {
  const read = parseJson(text, { bytesMax: LIMITS.keyServiceBytesMax });
  return read.ok && isJsonObject(read.value) ? read.value : {};
}

/** What a refusal says, short and printable, without anything that was sent. */
export function describeRefusal(answer: ServiceAnswer, why: JsonValue | undefined): string {
  const said = typeof why === 'string' ? why.replace(/[^\x20-\x7e]/g, ' ').slice(0, 200) : '';
  return said === '' ? `status ${answer.status}` : `status ${answer.status}: ${said}`;
}

export function refuse(what: string, remedy: string = REMEDY): Failure {
  return new Failure('KEY_UNUSABLE', what, remedy);
}

/** A member that must be a text. */
export function readText(peer: string, holder: JsonObject, name: string): string {
  const value = getOwn(holder, name);
  if (typeof value === 'string' && value !== '') return value;
  throw refuse(`${peer} gave an answer without ${name}`);
}
