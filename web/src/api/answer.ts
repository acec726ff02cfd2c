import { useEffect, useState } from 'react';
import {
  type Asked,
  ask,
  type Fields,
  formatQuery,
  type Loaded,
  type QuestionName,
  toAskFailure,
} from './ask.ts';
import { useToken } from './token.ts';

/** Asks a question that has one page, again when the fields or the token change. */
export function useAnswer<N extends QuestionName>(name: N, fields: Fields): Loaded<Asked<N>> {
  const token = useToken();
  const key = `${token} ${formatQuery(name, fields)}`;
  const [state, setState] = useState<{ key: string; loaded: Loaded<Asked<N>> } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is the name with the fields
  useEffect(() => {
    const controller = new AbortController();
    const finish = (loaded: Loaded<Asked<N>>): void => {
      if (!controller.signal.aborted) setState({ key, loaded });
    };
    ask(name, fields, controller.signal).then(
      (value) => finish({ state: 'done', value }),
      (thrown: unknown) => finish({ state: 'failed', failure: toAskFailure(thrown) }),
    );
    return () => controller.abort();
  }, [key]);
  return state?.key === key ? state.loaded : { state: 'loading' };
}
