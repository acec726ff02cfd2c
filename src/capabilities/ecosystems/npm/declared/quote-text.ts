/** A text of a file, shortened, for a message. */
export function quoteText(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
