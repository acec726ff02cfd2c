import type { Answers } from '../generated/answers.ts';
import { readToken } from './token.ts';

export type QuestionName = keyof Answers;
export type Fields = Readonly<Record<string, string>>;

/** An answer with what the same question exits with on the command line. */
export interface Asked<N extends QuestionName> {
  readonly answer: Answers[N];
  readonly exitCode: 0 | 1 | 3;
}

/** A failure of the server, in its own words. */
export class AskFailure extends Error {
  readonly code: string;
  readonly remedy: string;
  constructor(code: string, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'failed'; readonly failure: AskFailure };

export function formatQuery(name: QuestionName, fields: Fields): string {
  const query = new URLSearchParams(fields).toString();
  return `v1/ask/${name}${query === '' ? '' : `?${query}`}`;
}

/** Asks the server. The browser keeps no answer on its disk. Throws an AskFailure. */
export async function ask<N extends QuestionName>(
  name: N,
  fields: Fields,
  signal: AbortSignal | null = null,
): Promise<Asked<N>> {
  const { body, exitCode } = await fetchAnswer<Answers[N]>(formatQuery(name, fields), signal);
  return { answer: body, exitCode: readExitCode(exitCode) };
}

/** An answer of the server at an address below the page. Throws an AskFailure. */
export async function fetchAnswer<T extends object>(
  path: string,
  signal: AbortSignal | null,
): Promise<{ readonly body: T; readonly exitCode: string | null }> {
  const token = readToken();
  const response = await fetch(path, {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
    signal,
    cache: 'no-store',
  }).catch((thrown: unknown) => {
    if (signal?.aborted === true) throw thrown;
    throw new AskFailure(
      'UNREACHABLE',
      'the server does not answer',
      'Check that waybill serve runs.',
    );
  });
  const body = (await response.json().catch(() => null)) as
    | (T & { readonly error?: { code: string; message: string; remedy: string } })
    | null;
  if (body === null)
    throw new AskFailure(
      'UNREADABLE',
      `the server answered ${response.status}`,
      'Look at its log.',
    );
  if (body.error !== undefined)
    throw new AskFailure(body.error.code, body.error.message, body.error.remedy);
  return { body, exitCode: response.headers.get('waybill-exit-code') };
}

/** What the server does not say is not clean. */
function readExitCode(text: string | null): 0 | 1 | 3 {
  return text === '0' ? 0 : text === '1' ? 1 : 3;
}

export function toAskFailure(thrown: unknown): AskFailure {
  return thrown instanceof AskFailure
    ? thrown
    : new AskFailure('UNREADABLE', 'the page could not read the answer', 'Load the page again.');
}
