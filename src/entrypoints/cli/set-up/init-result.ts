import type { InitValues } from './documents.ts';
import type { GitSettings } from './git-settings.ts';
import type { RepositorySurvey, UnknownItem } from './survey-result.ts';

export interface InitFile {
  readonly path: string;
  readonly outcome: 'written' | 'kept' | 'would be written' | 'left out';
  readonly why: string;
  readonly text: string;
}

export interface InitResult {
  readonly folder: string;
  readonly notes: readonly string[];
  readonly finds: RepositorySurvey;
  readonly git: GitSettings | null;
  readonly remote: string | null;
  readonly written: InitValues;
  readonly unknown: readonly UnknownItem[];
  readonly files: readonly InitFile[];
  /** What happened to the hooks; null if they were not requested. */
  readonly hooks:
    | readonly { readonly name: string; readonly path: string; readonly did: string }[]
    | null;
}
