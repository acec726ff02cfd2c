const CHARACTERS_MAX = 300;

/** Control, format and bidirectional characters, and line ends of every alphabet. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * Text that strangers wrote, for a message, a log or a terminal: one line, bounded, nothing in it
 * that hides, reorders or begins a line of its own (A76).
 *
 * @example oneLine('ok\nforged: allow') // 'ok forged: allow'
 */
export function toOneLine(text: string, charactersMax: number = CHARACTERS_MAX): string {
  const clean = text
    .slice(0, 4 * charactersMax)
    .toWellFormed()
    .replace(UNPRINTABLE, ' ');
  return clean.length > charactersMax ? `${clean.slice(0, charactersMax)}…`.toWellFormed() : clean;
}
