import { resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { getOwn } from '../../core/own.ts';
import { orThrow } from '../../core/result.ts';
import { readRegularFile } from '../../system/files/read-file.ts';
import { type BrowserPlace, logIn } from './browser-login.ts';
import { askJson, refuseAnswer } from './json-service.ts';

const CODE = 'IDENTITY_UNUSABLE';
const TOKEN_BYTES_MAX = 64 * 1024;

export interface TokenPlace extends BrowserPlace {
  readonly cwd: string;
  /** Who gives tokens to people; null where none is named. */
  readonly provider: URL | null;
}

type Source = (place: TokenPlace) => Promise<string>;

/** Those that have a name; all else names a file, or `env:NAME` a variable. */
const SOURCES: ReadonlyMap<string, Source> = new Map([
  ['github', askGithub],
  ['azure', askAzure],
  ['browser', logIn],
]);

/**
 * An identity token, as text, from the named source; without a name from the first that the
 * environment offers: `SIGSTORE_ID_TOKEN` (GitLab), GitHub Actions, Azure Pipelines. A browser is
 * opened only where that is asked for. Throws a Failure that contains no token.
 */
export async function takeIdentityToken(
  source: string | undefined,
  place: TokenPlace,
): Promise<string> {
  const { env, cwd } = place;
  if (source === undefined) return takeOffered(place);
  const named = SOURCES.get(source);
  if (named !== undefined) return named(place);
  const variable = /^env:(.*)$/s.exec(source)?.[1];
  if (variable !== undefined) return readVariable(env, variable);
  const file = orThrow(await readRegularFile(resolve(cwd, source), TOKEN_BYTES_MAX));
  return Buffer.from(file).toString('latin1');
}

async function takeOffered(place: TokenPlace): Promise<string> {
  const { env } = place;
  if (env['SIGSTORE_ID_TOKEN']) return env['SIGSTORE_ID_TOKEN'];
  if (env['ACTIONS_ID_TOKEN_REQUEST_URL']) return askGithub(place);
  if (env['SYSTEM_OIDCREQUESTURI']) return askAzure(place);
  const inActions = env['GITHUB_ACTIONS'] === 'true';
  const inGitlab = env['GITLAB_CI'] === 'true';
  throw new Failure(
    CODE,
    'there is no identity token here, and a signature without a key needs one',
    inActions
      ? 'Give the job the permission: permissions: { id-token: write }.'
      : inGitlab
        ? 'Ask for one in the job: id_tokens: { SIGSTORE_ID_TOKEN: { aud: sigstore } }.'
        : 'Log in with --identity-token browser, or name a file or env:NAME.',
  );
}

function readVariable(env: TokenPlace['env'], name: string): string {
  const value = getOwn(env, name);
  if (value !== undefined && value !== '') return value;
  const shown = JSON.stringify(name.slice(0, 100));
  throw new Failure(CODE, `the variable ${shown} holds no identity token`, 'Check its name.');
}

/** The token service of a job of GitHub Actions. */
async function askGithub(place: TokenPlace): Promise<string> {
  const { env, clientId } = place;
  const url = parseAddress(env, 'ACTIONS_ID_TOKEN_REQUEST_URL');
  url.searchParams.set('audience', clientId);
  const headers = { Authorization: `bearer ${readSecret(env, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN')}` };
  const peer = 'the token service of GitHub Actions';
  const answer = await askJson(peer, { method: 'GET', url, headers }, place, CODE);
  const { value } = answer.json;
  if (answer.status === 200 && typeof value === 'string') return value;
  throw refuseAnswer(peer, answer, CODE);
}

/** The token service of a job of Azure Pipelines, which chooses the audience itself. */
async function askAzure(place: TokenPlace): Promise<string> {
  const { env } = place;
  const url = parseAddress(env, 'SYSTEM_OIDCREQUESTURI');
  url.searchParams.set('api-version', '7.1');
  const connection = env['AZURESUBSCRIPTION_SERVICE_CONNECTION_ID'];
  if (connection) url.searchParams.set('serviceConnectionId', connection);
  const headers = {
    Authorization: `Bearer ${readSecret(env, 'SYSTEM_ACCESSTOKEN')}`,
    'Content-Type': 'application/json',
  };
  const peer = 'the token service of Azure Pipelines';
  const answer = await askJson(peer, { method: 'POST', url, headers, body: '' }, place, CODE);
  const { oidcToken } = answer.json;
  if (answer.status === 200 && typeof oidcToken === 'string') return oidcToken;
  throw refuseAnswer(peer, answer, CODE);
}

function parseAddress(env: TokenPlace['env'], name: string): URL {
  const text = readSecret(env, name);
  if (URL.canParse(text)) return new URL(text);
  throw new Failure(CODE, `${name} is no address`, 'Leave it as the runner sets it.');
}

function readSecret(env: TokenPlace['env'], name: string): string {
  const value = getOwn(env, name);
  if (value !== undefined && value !== '') return value;
  const remedy =
    name === 'SYSTEM_ACCESSTOKEN'
      ? 'Pass it to the step: env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }.'
      : 'Give the job the permission: permissions: { id-token: write }.';
  throw new Failure(CODE, `the variable ${name} is not set`, remedy);
}
