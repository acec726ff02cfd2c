/** One line of the log of a watch. */
export type WatchLog = (
  entry: Readonly<Record<string, unknown>> & { readonly level: 'info' | 'warn' | 'error' },
) => void;
