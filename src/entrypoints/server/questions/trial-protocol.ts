import type { PolicyTrialQuestion } from '../../../capabilities/graph/questions/index.ts';
import type { SentFailure } from '../../../system/threads/sent-failure.ts';
import type { Config } from '../../config/config.ts';

/** What the thread that tries a policy gets when it starts. */
export interface TrialThreadData {
  readonly config: Config;
  readonly question: PolicyTrialQuestion;
  /** Of the request: YAML, not read yet. */
  readonly policy: Uint8Array;
}

/** Its one message. The answer is JSON. */
export type TrialMessage =
  | { readonly answer: object; readonly failure: null }
  | { readonly answer: null; readonly failure: SentFailure };
