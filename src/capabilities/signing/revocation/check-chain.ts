import type { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { ValidatedChain } from '../x509/chain.ts';
import { checkCrl, judgeByCrl } from './check-crl.ts';
import { type OcspQuestion, type VerifiedAnswer, verifyOcsp } from './check-ocsp.ts';
import { type Crl, readCrl } from './crl.ts';
import { readOcspResponse } from './ocsp.ts';
import { buildOcspRequest } from './ocsp-request.ts';
import type { AnswerJudge, RevocationAnswer, RevocationSource } from './port.ts';
import {
  type CertificateRevocation,
  failRevocation,
  type Revocation,
  type RevocationOrigin,
} from './revocation-fact.ts';
import { type RevocationServices, readServices } from './services.ts';

/** Documents that came with a signature, in any order; each may be about any certificate. */
export interface StapledAnswers {
  readonly crls: readonly Uint8Array[];
  readonly ocsp: readonly Uint8Array[];
}

export const NOTHING_STAPLED: StapledAnswers = { crls: [], ocsp: [] };

/** Everything that asking about one certificate needs. */
export interface RevocationCheck {
  readonly source: RevocationSource;
  readonly stapled: StapledAnswers;
  readonly signal: AbortSignal;
}

/**
 * What is known about each certificate of a valid chain but its root, at the same time (N48): the
 * OCSP responder is asked first, and a list where that gives no answer. Never throws.
 */
export function checkChain(
  { certificates }: ValidatedChain,
  check: RevocationCheck,
): Promise<readonly CertificateRevocation[]> {
  const pairs = certificates.slice(0, -1).flatMap((certificate, index) => {
    const issuer = certificates[index + 1];
    return issuer === undefined ? [] : [{ certificate, issuer }];
  });
  return Promise.all(pairs.map((pair) => checkCertificate(pair, check)));
}

interface Pair {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
}

type ServiceAnswer = Result<{
  readonly revocation: Revocation | null;
  readonly origin: RevocationOrigin;
}>;

/** Of one certificate, by the services that it names. */
export async function checkCertificate(
  pair: Pair,
  check: RevocationCheck,
): Promise<CertificateRevocation> {
  const subject = pair.certificate.subjectText;
  const services = readServices(pair.certificate);
  const { ocsp, crl } = services;
  if (ocsp.length === 0 && crl.urls.length === 0 && crl.refused === null)
    return { subject, state: 'not-revocable', source: null, revocation: null, cause: null };
  const causes: Failure[] = [];
  for (const step of listSteps(pair, services, check)) {
    const found = await step();
    if (found.ok) return describe(subject, found.value);
    causes.push(found.failure);
  }
  const why = causes.map(({ message }) => message).join('; ');
  const unknown = failRevocation(`the revocation of ${subject} is unknown: ${why}`, causes[0]);
  const cause = unknown.ok ? null : unknown.failure;
  return { subject, state: 'unknown', source: null, revocation: null, cause };
}

function describe(
  subject: string,
  { revocation, origin }: { revocation: Revocation | null; origin: RevocationOrigin },
): CertificateRevocation {
  const state = revocation === null ? 'good' : 'revoked';
  return { subject, state, source: origin, revocation, cause: null };
}

/** What to try, in order: what came with the signature, responders, lists. */
function listSteps(
  pair: Pair,
  { ocsp, crl, delta }: RevocationServices,
  check: RevocationCheck,
): readonly (() => Promise<ServiceAnswer>)[] {
  const { stapled, source } = check;
  const refused = crl.refused;
  return [
    ...stapled.ocsp.map((bytes) => () => Promise.resolve(judgeStapledOcsp(bytes, pair, source))),
    ...stapled.crls.map(
      (bytes) => () => Promise.resolve(judgeStapledCrl(bytes, pair, crl.urls, source)),
    ),
    ...ocsp.map((url) => () => askResponder(url, pair, check)),
    ...crl.urls.map(
      (url) => () => askList(url, pair, { urls: crl.urls, deltas: delta.urls }, check),
    ),
    ...(refused === null ? [] : [() => Promise.resolve(failRevocation(refused))]),
  ];
}

/** One that is of use only while it is current: then nobody needs to be asked. */
function judgeStapledOcsp(bytes: Uint8Array, pair: Pair, source: RevocationSource): ServiceAnswer {
  const now = source.now();
  const verified = readAndVerify(bytes, { ...pair, nonce: null, now });
  if (!verified.ok) return verified;
  const { state, validUntil, responder, hasEnd } = verified.value;
  if (state === 'unknown' || responder !== null || !hasEnd)
    return failRevocation('the OCSP answer with the signature says too little');
  const origin = { kind: 'ocsp', from: 'stapled', askedAt: now, validUntil } as const;
  return ok({ revocation: state === 'good' ? null : state, origin });
}

function judgeStapledCrl(
  bytes: Uint8Array,
  { certificate, issuer }: Pair,
  urls: readonly string[],
  source: RevocationSource,
): ServiceAnswer {
  const now = source.now();
  const crl = readCrl(bytes);
  const checked = crl.ok ? checkCrl(crl.value, issuer, now) : crl;
  if (!checked.ok) return checked;
  const judged = judgeByCrl(checked.value, null, { certificate, urls });
  if (!judged.ok) return judged;
  const validUntil = checked.value.nextUpdate;
  return ok({
    revocation: judged.value,
    origin: { kind: 'crl', from: 'stapled', askedAt: now, validUntil },
  });
}

async function askResponder(
  url: string,
  pair: Pair,
  check: RevocationCheck,
): Promise<ServiceAnswer> {
  const { source, signal } = check;
  const nonce = source.nonce();
  const judge: AnswerJudge<VerifiedAnswer> = (bytes, now, asked) => {
    const verified = readAndVerify(bytes, { ...pair, nonce: asked ? nonce : null, now });
    if (!verified.ok) return verified;
    const { state, validUntil, hasEnd } = verified.value;
    // mutant responder-that-does-not-know by ocsp: condition -> false
    if (state === 'unknown')
      return failRevocation(`the OCSP responder does not know ${pair.certificate.subjectText}`);
    return ok({ value: verified.value, validUntil, isKept: hasEnd });
  };
  const { thumbprint } = pair.certificate;
  const id = `ocsp ${url} ${thumbprint} ${pair.issuer.thumbprint}`;
  const body = buildOcspRequest(pair.certificate, pair.issuer, nonce);
  const answer = await source.ask({ kind: 'ocsp', url, body, id }, judge, signal);
  if (!answer.ok) return answer;
  const { state, responder } = answer.value.value;
  const flaw = responder === null ? null : await findResponderRevocation(responder, pair, check);
  if (flaw !== null) return flaw;
  return ok({
    revocation: state === 'good' || state === 'unknown' ? null : state,
    origin: toOrigin('ocsp', url, answer.value),
  });
}

export function readAndVerify(bytes: Uint8Array, question: OcspQuestion): Result<VerifiedAnswer> {
  const response = readOcspResponse(bytes);
  return response.ok ? verifyOcsp(response.value, question) : response;
}

/** N50: without nocheck, the responder's own certificate is looked up, in lists alone. */
async function findResponderRevocation(
  responder: Certificate,
  { issuer }: Pair,
  check: RevocationCheck,
): Promise<ServiceAnswer | null> {
  const { crl, delta } = readServices(responder);
  if (crl.refused !== null) return failRevocation(crl.refused);
  const lists = { urls: crl.urls, deltas: delta.urls };
  for (const url of crl.urls) {
    const found = await askList(url, { certificate: responder, issuer }, lists, check);
    // mutant revoked-responder by ocsp: condition -> false
    if (found.ok && found.value.revocation !== null)
      return failRevocation(`the OCSP responder ${responder.subjectText} has been revoked`);
    if (found.ok) return null;
  }
  if (crl.urls.length === 0) return null;
  return failRevocation(`the revocation of the OCSP responder ${responder.subjectText} is unknown`);
}

interface Lists {
  readonly urls: readonly string[];
  /** Of deltas, as the certificate names them; the list may name others. */
  readonly deltas: readonly string[];
}

async function askList(
  url: string,
  { certificate, issuer }: Pair,
  { urls, deltas }: Lists,
  check: RevocationCheck,
): Promise<ServiceAnswer> {
  const base = await fetchList(url, issuer, check);
  if (!base.ok) return base;
  const places = [...new Set([...deltas, ...base.value.value.deltaUrls])];
  const delta = await fetchDelta(places, issuer, check);
  if (!delta.ok) return delta;
  const judged = judgeByCrl(base.value.value, delta.value?.value ?? null, { certificate, urls });
  if (!judged.ok) return judged;
  const origin = toOrigin('crl', url, base.value);
  const until = delta.value?.validUntil ?? origin.validUntil;
  const validUntil = Math.min(origin.validUntil, until) as Instant;
  return ok({ revocation: judged.value, origin: { ...origin, validUntil } });
}

/** A delta that is named and cannot be had leaves the state unknown: it may revoke. */
async function fetchDelta(
  places: readonly string[],
  issuer: Certificate,
  check: RevocationCheck,
): Promise<Result<RevocationAnswer<Crl> | null>> {
  let last: Result<RevocationAnswer<Crl> | null> = ok(null);
  for (const place of places) {
    last = await fetchList(place, issuer, check);
    if (last.ok) return last;
  }
  return last;
}

function fetchList(
  url: string,
  issuer: Certificate,
  { source, signal }: RevocationCheck,
): Promise<Result<RevocationAnswer<Crl>>> {
  const judge: AnswerJudge<Crl> = (bytes, now) => {
    const crl = readCrl(bytes);
    const checked = crl.ok ? checkCrl(crl.value, issuer, now) : crl;
    if (!checked.ok) return checked;
    return ok({ value: checked.value, validUntil: checked.value.nextUpdate, isKept: true });
  };
  const id = `crl ${url} ${issuer.thumbprint}`;
  return source.ask({ kind: 'crl', url, body: null, id }, judge, signal);
}

function toOrigin(
  kind: 'ocsp' | 'crl',
  from: string,
  { askedAt, validUntil }: RevocationAnswer<unknown>,
): RevocationOrigin {
  return { kind, from, askedAt, validUntil };
}
