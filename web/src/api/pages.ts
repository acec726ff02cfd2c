import { useEffect, useRef, useState } from 'react';
import type { Answers } from '../generated/answers.ts';
import {
  type Asked,
  type AskFailure,
  ask,
  type Fields,
  formatQuery,
  type Loaded,
  type QuestionName,
  toAskFailure,
} from './ask.ts';
import { useToken } from './token.ts';

/** The questions that are answered in pages. */
export type PagedName = {
  [N in QuestionName]: Answers[N] extends { readonly next: string | null } ? N : never;
}[QuestionName];

/** The pages of an answer that were asked for. */
export interface Pages<N extends PagedName> {
  readonly first: Answers[N];
  readonly all: readonly Answers[N][];
  /** The worst of all pages: 1 before 3 before 0. */
  readonly exitCode: 0 | 1 | 3;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  /** Why the last page could not be loaded. */
  readonly failure: AskFailure | null;
  readonly loadMore: () => void;
}

interface State<N extends PagedName> {
  readonly key: string;
  readonly pages: readonly Asked<N>[];
  readonly failure: AskFailure | null;
  readonly isLoading: boolean;
}

/** Asks for the first page when the fields or the token change, and for each other on demand. */
export function usePages<N extends PagedName>(name: N, fields: Fields): Loaded<Pages<N>> {
  const token = useToken();
  const key = `${token} ${formatQuery(name, fields)}`;
  const [state, setState] = useState<State<N> | null>(null);
  const controller = useRef<AbortController | null>(null);
  const load = (pages: readonly Asked<N>[]): void => {
    controller.current?.abort();
    const current = new AbortController();
    controller.current = current;
    const after = pages.at(-1)?.answer.next ?? null;
    const finish = (next: Omit<State<N>, 'key' | 'isLoading'>): void => {
      if (!current.signal.aborted) setState({ key, isLoading: false, ...next });
    };
    ask(name, after === null ? fields : { ...fields, after }, current.signal).then(
      (page) => finish({ pages: [...pages, page], failure: null }),
      (thrown: unknown) => finish({ pages, failure: toAskFailure(thrown) }),
    );
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the name with the fields
  useEffect(() => {
    load([]);
    return () => controller.current?.abort();
  }, [key]);
  if (state === null || state.key !== key) return { state: 'loading' };
  const [first] = state.pages;
  if (first === undefined)
    return state.failure === null
      ? { state: 'loading' }
      : { state: 'failed', failure: state.failure };
  const { pages, failure, isLoading } = state;
  return {
    state: 'done',
    value: {
      ...{ first: first.answer, failure, isLoading },
      all: pages.map(({ answer }) => answer),
      exitCode: pickWorst(pages.map(({ exitCode }) => exitCode)),
      hasMore: pages.at(-1)?.answer.next !== null,
      loadMore: () => {
        setState({ ...state, isLoading: true });
        load(pages);
      },
    },
  };
}

function pickWorst(codes: readonly (0 | 1 | 3)[]): 0 | 1 | 3 {
  return codes.includes(1) ? 1 : codes.includes(3) ? 3 : 0;
}
