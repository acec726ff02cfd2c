import type {
  CertificateAuthority,
  LogVersion,
  TransparencyLog,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { attempt } from '../../core/result.ts';
import { askJson, type JsonAnswer, refuseAnswer, type ServicePlace } from './json-service.ts';

const CODE = 'SIGNING_SERVICE_UNUSABLE';
const JSON_TYPE = { 'Content-Type': 'application/json', Accept: 'application/json' };

/** Fulcio v2 (fulcio.proto, CreateSigningCertificate). */
export function openCertificateAuthority(url: URL, place: ServicePlace): CertificateAuthority {
  const name = `the certificate authority ${url.host}`;
  return {
    name,
    issue: (request) =>
      attempt(async () => {
        const answer = await post(name, joinPath(url, 'api/v2/signingCert'), request, place);
        if (answer.status === 200 || answer.status === 201) return answer.json;
        throw refuseAnswer(name, answer, CODE);
      }),
  };
}

/** Rekor v1 (openapi.yaml) and v2 (rekor_service.proto of rekor-tiles). */
export function openTransparencyLog(
  { url, version }: { readonly url: URL; readonly version: LogVersion },
  place: ServicePlace,
): TransparencyLog {
  const name = `the transparency log ${url.host}`;
  return {
    name,
    version,
    append: (proposal) =>
      attempt(async () => {
        const entries = joinPath(url, `api/v${version}/log/entries`);
        const answer = await post(name, entries, proposal, place);
        if (answer.status === 200 || answer.status === 201) return answer.json;
        if (answer.status === 409 && version === 1) return findKnown(name, url, answer, place);
        throw refuseAnswer(name, answer, CODE);
      }),
  };
}

/** The entry is there already, such as after an answer that was lost: `Location` names it. */
async function findKnown(
  name: string,
  url: URL,
  answer: JsonAnswer,
  place: ServicePlace,
): Promise<JsonObject> {
  const uuid = /\/api\/v1\/log\/entries\/([0-9a-f]{64,80})$/.exec(answer.headers['location'] ?? '');
  // Only a name is taken from the answer, and the entry is asked of the log that the user named.
  if (uuid === null) throw refuseAnswer(name, answer, CODE);
  const at = joinPath(url, `api/v1/log/entries/${uuid[1]}`);
  const known = await askJson(name, { method: 'GET', url: at, headers: JSON_TYPE }, place, CODE);
  if (known.status === 200 && isJsonObject(known.json)) return known.json;
  throw refuseAnswer(name, known, CODE);
}

function post(name: string, url: URL, body: JsonObject, place: ServicePlace): Promise<JsonAnswer> {
  const request = { method: 'POST', url, headers: JSON_TYPE, body: JSON.stringify(body) } as const;
  return askJson(name, request, place, CODE);
}

function joinPath(base: URL, path: string): URL {
  if (base.search !== '' || base.hash !== '')
    throw new Failure('USAGE', `${base.host} is named with a query`, 'Name its base address.');
  return new URL(`${base.pathname.replace(/\/$/, '')}/${path}`, base);
}
