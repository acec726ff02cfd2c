import type { MessagePort } from 'node:worker_threads';

/** What one case may use. Inputs have at most 200 kB. */
export const CASE_CPU_MS_MAX = 1_500;
export const CASE_MIB_MAX = 256;
/** A case that answers nothing for so long is ended with its thread. */
export const CASE_WALL_MS_MAX = 20_000;
export const THREAD_MIB_MAX = 512;

/** What the thread is started with. */
export interface FuzzData {
  readonly port: MessagePort;
  /** The seed at work, and how many cases have begun. */
  readonly current: SharedArrayBuffer;
}

/** Cases of one target, by its place in the list. */
export interface CaseCall {
  readonly target: number;
  readonly seeds: readonly number[];
}

export interface CaseAnswer {
  readonly kind: 'case';
  readonly cpuMs: number;
  readonly mib: number;
  readonly inputBytes: number;
  readonly fault: string | null;
}

export type FuzzReply =
  | { readonly kind: 'ready'; readonly names: readonly string[] }
  | { readonly kind: 'done'; readonly cases: number }
  | (CaseAnswer & { readonly seed: number });
