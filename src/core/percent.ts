/**
 * `encodeURIComponent` for any text. JSON can hold half of a surrogate pair, at which
 * `encodeURIComponent` throws; U+FFFD takes its place.
 */
export function encodePercent(text: string): string {
  // biome-ignore lint/style/noRestrictedGlobals: the one place that makes the text well-formed
  return encodeURIComponent(text.toWellFormed());
}
