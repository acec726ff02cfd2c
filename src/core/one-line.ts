const CHARACTERS_MAX = 300;

/** Control, format and bidirectional characters, and line ends of every alphabet. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * Text from outside, made safe for a message, a log or a terminal: one bounded line, with nothing
 * in it that hides text, reorders text or begins another line (A76).
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
