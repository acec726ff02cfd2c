import { constants, verify } from 'node:crypto';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import { decodeBase64Url } from '../envelopes/base64.ts';
import type { JobIssuer, JobPlatform } from './job-issuer.ts';

/** A job of a platform, as its own verified token says. */
export interface BuildJob {
  readonly platform: JobPlatform;
  readonly issuer: string;
  /** The workflow or pipeline that runs, with its version where the token has it. */
  readonly builder: string;
  readonly repository: string;
  readonly commit: string;
  readonly ref: string | null;
  readonly invocation: string;
  /** Null where the token does not say whose machine it is. */
  readonly runner: 'hosted' | 'self-hosted' | null;
  readonly issuedAt: Instant;
  /** When its token ends. */
  readonly expiresAt: Instant;
}

const TOKEN_CHARACTERS_MAX = 64 * 1024;
/** Clocks of two machines differ by this at most. */
const SKEW_MS = 60_000;
const SECONDS_MAX = 253_402_300_799;

/**
 * The job that a token is of, if a pinned key signed it, for this audience, and it is valid now. No
 * failure shows a part of the token (RFC 7515, RFC 7519, RFC 8725 §3).
 */
export function verifyJobToken(text: string, issuer: JobIssuer, now: Instant): Result<BuildJob> {
  const claims = verifyIdentityToken(text, issuer, now);
  return claims.ok ? readJob(claims.value, issuer) : claims;
}

/** Who vouches for identities, for whom, and with which keys. */
export type IdentityIssuer = Pick<JobIssuer, 'issuer' | 'audience' | 'keys'>;

/** The claims of an identity token, if a key of its issuer signed it, and it is valid now. */
export function verifyIdentityToken(
  text: string,
  issuer: IdentityIssuer,
  now: Instant,
): Result<JsonObject> {
  const bare = text.trim();
  if (bare.length > TOKEN_CHARACTERS_MAX) return refuse('it is too long');
  const parts = bare.split('.', 4);
  const [head, body, signature] = parts.map(decodeBase64Url);
  if (parts.length !== 3 || !head || !body || !signature) return refuse('it is no JWT');
  const header = readObject(head);
  const claims = readObject(body);
  if (header === null || claims === null) return refuse('it is no JWT');
  const signed = Buffer.from(bare.slice(0, bare.lastIndexOf('.')), 'latin1');
  // mutant job-token-signature by verify-job-token: condition -> false
  if (!isSigned(header, signed, signature, issuer))
    return refuse('no pinned key signed it, or in a way that is not allowed');
  const flaw = findClaimFlaw(claims, issuer, now);
  return flaw === null ? ok(claims) : refuse(flaw);
}

/** The issuer and the key that a token names, of which nothing is verified; null for no JWT. */
export function peekIdentityToken(
  text: string,
): { readonly issuer: string; readonly keyId: string } | null {
  if (text.length > TOKEN_CHARACTERS_MAX) return null;
  const parts = text.split('.', 4);
  const [head, body] = parts.map(decodeBase64Url);
  if (parts.length !== 3 || !head || !body) return null;
  const { iss } = readObject(body) ?? {};
  const { kid } = readObject(head) ?? {};
  return typeof iss === 'string' && typeof kid === 'string' ? { issuer: iss, keyId: kid } : null;
}

function readObject(bytes: Uint8Array): JsonObject | null {
  const text = decodeUtf8(bytes);
  const json = text.ok ? parseJson(text.value, { bytesMax: TOKEN_CHARACTERS_MAX }) : text;
  return json.ok && isJsonObject(json.value) ? json.value : null;
}

/** The pinned key says the algorithm, never the token alone (RFC 8725 §3.1). */
function isSigned(
  { alg, kid, crit }: JsonObject,
  signed: Uint8Array,
  signature: Uint8Array,
  { keys }: IdentityIssuer,
): boolean {
  const pinned = keys.find(({ id }) => id === kid);
  // mutant job-token-critical-header by verify-job-token: remove operand 3
  if (pinned === undefined || alg !== pinned.algorithm || crit !== undefined) return false;
  const form =
    pinned.algorithm === 'ES256'
      ? ({ dsaEncoding: 'ieee-p1363' } as const)
      : { padding: constants.RSA_PKCS1_PADDING };
  return verify('sha256', signed, { key: pinned.key, ...form }, signature);
}

function findClaimFlaw(
  { iss, aud, exp, nbf, iat }: JsonObject,
  { issuer, audience }: IdentityIssuer,
  now: Instant,
): string | null {
  // mutant job-token-issuer by verify-job-token: condition -> false
  if (iss !== issuer) return 'another issuer made it';
  // mutant job-token-audience by verify-job-token: condition -> false
  if (!(Array.isArray(aud) ? aud : [aud]).includes(audience)) return 'it is for somebody else';
  if (!isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf)))
    return 'it does not say when it is valid';
  // mutant job-token-expired by verify-job-token: condition -> false
  if (now >= exp * 1_000) return 'it has expired';
  // mutant job-token-not-yet by verify-job-token: condition -> false
  if (Math.max(iat, nbf ?? 0) * 1_000 > now + SKEW_MS) return 'it is not valid yet';
  return null;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= SECONDS_MAX;
}

type JobOrigin = Pick<BuildJob, 'builder' | 'repository' | 'commit' | 'ref' | 'invocation'>;
type Claims = Readonly<Record<string, string | undefined>>;

const ORIGINS: Readonly<Record<JobPlatform, (claims: JsonObject, from: JobIssuer) => Claims>> = {
  'github-actions': readGithub,
  gitlab: readGitlab,
  'azure-pipelines': readAzure,
};

function readJob(claims: JsonObject, issuer: JobIssuer): Result<BuildJob> {
  const { platform } = issuer;
  const { builder, repository, commit, ref, invocation } = ORIGINS[platform](claims, issuer);
  if (builder === undefined || repository === undefined || invocation === undefined)
    return refuse('it does not say which job it is of');
  if (commit === undefined || !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit))
    return refuse('it does not say of which commit its job is');
  const origin: JobOrigin = { builder, repository, commit, ref: ref ?? null, invocation };
  return ok({
    platform,
    issuer: issuer.issuer,
    ...origin,
    runner: readRunner(claims['runner_environment']),
    issuedAt: toInstant(Math.floor(Number(claims['iat'])) * 1_000),
    expiresAt: toInstant(Math.floor(Number(claims['exp'])) * 1_000),
  });
}

/** docs.github.com, OpenID Connect reference: claims of a job. */
function readGithub(claims: JsonObject, { server }: JobIssuer): Claims {
  const [repository, workflow] = [
    readPath(claims['repository']),
    readPath(claims['job_workflow_ref']),
  ];
  const [run, attempt] = [readNumber(claims['run_id']), readNumber(claims['run_attempt'])];
  const runs = repository === undefined ? undefined : `${server}/${repository}/actions/runs`;
  return {
    builder: workflow === undefined ? undefined : `${server}/${workflow}`,
    repository: repository === undefined ? undefined : `${server}/${repository}`,
    commit: readText(claims['sha']),
    ref: readText(claims['ref']),
    invocation:
      runs === undefined || run === undefined || attempt === undefined
        ? undefined
        : `${runs}/${run}/attempts/${attempt}`,
  };
}

/** docs.gitlab.com, ID tokens: the payload. */
function readGitlab(claims: JsonObject, { issuer }: JobIssuer): Claims {
  const [project, pipeline] = [
    readPath(claims['project_path']),
    readPath(claims['ci_config_ref_uri']),
  ];
  const job = readNumber(claims['job_id']);
  const place = project === undefined ? undefined : `${issuer}/${project}`;
  return {
    builder: pipeline === undefined ? undefined : `https://${pipeline}`,
    repository: place,
    commit: readText(claims['sha']),
    ref: readText(claims['ref_path']),
    invocation: place === undefined || job === undefined ? undefined : `${place}/-/jobs/${job}`,
  };
}

/** A token of `SYSTEM_OIDCREQUESTURI`: numbers of organisation and project, not their names. */
function readAzure(claims: JsonObject): Claims {
  const [organization, project] = [readPath(claims['org_id']), readPath(claims['prj_id'])];
  const [definition, run] = [readNumber(claims['def_id']), readNumber(claims['run_id'])];
  const known = organization !== undefined && project !== undefined;
  const place = known ? `https://dev.azure.com/${organization}/${project}/_build` : undefined;
  const ifKnown = (query: string, id: string | undefined) =>
    place === undefined || id === undefined ? undefined : `${place}${query}=${id}`;
  return {
    builder: ifKnown('?definitionId', definition),
    repository: readText(claims['rpo_uri']),
    commit: readText(claims['rpo_ver']),
    ref: readText(claims['rpo_ref']),
    invocation: ifKnown('/results?buildId', run),
  };
}

function readRunner(value: unknown): BuildJob['runner'] {
  if (value === 'self-hosted') return value;
  return value === 'github-hosted' || value === 'gitlab-hosted' ? 'hosted' : null;
}

function readText(value: unknown): string | undefined {
  const isShort = typeof value === 'string' && value !== '' && value.length <= 1_000;
  return isShort && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** Nothing that an address would read as another part of it. */
function readPath(value: unknown): string | undefined {
  const text = readText(value);
  return text === undefined || /[?#\\%]|(?:^|\/)\.\.?(?:\/|$)|^\//.test(text) ? undefined : text;
}

function readNumber(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? text : undefined;
}

function refuse(why: string): Result<never> {
  const what = `the token of the job cannot be used: ${why}`;
  return fail('IDENTITY_UNUSABLE', what, 'Take a token of this job, and the keys of its platform.');
}
