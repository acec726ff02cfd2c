/**
 * Whether `text` matches a list of patterns as OpenSSH's PATTERNS (ssh_config(5)) do:
 * comma-separated, `*` any characters, `?` one byte, `!` before a pattern refuses its matches, even
 * if another pattern matches too. Case counts; bytes of UTF-8 are compared.
 */
export function matchesList(text: string, list: string): boolean {
  let isMatched = false;
  for (const entry of list.split(',')) {
    const isNegated = entry.startsWith('!');
    if (!matchesPattern(text, isNegated ? entry.slice(1) : entry)) continue;
    // mutant commit-refused-principal by allowed-signers: branch -> continue;
    if (isNegated) return false;
    isMatched = true;
  }
  return isMatched;
}

/**
 * The same for patterns that identify a person: `*` alone allows a key to sign, but names no
 * person.
 */
export function isNamedBy(text: string, list: string): boolean {
  if (text === '' || !matchesList(text, list)) return false;
  // mutant commit-principal-matches-everybody by allowed-signers: value 2 -> $operand3
  return list
    .split(',')
    .some(
      (entry) => !entry.startsWith('!') && /[^*?@.]/.test(entry) && matchesPattern(text, entry),
    );
}

/** Greedy, and goes back only to the last `*`: the time is at most the product of both lengths. */
function matchesPattern(text: string, pattern: string): boolean {
  const [have, want] = [Buffer.from(text), Buffer.from(pattern)];
  let [at, wanted, star, resume] = [0, 0, -1, 0];
  while (at < have.length) {
    if (want[wanted] === STAR) {
      star = wanted++;
      resume = at;
    } else if (wanted < want.length && (want[wanted] === ANY || want[wanted] === have[at])) {
      at++;
      wanted++;
    } else if (star >= 0) {
      wanted = star + 1;
      at = ++resume;
    } else return false;
  }
  while (want[wanted] === STAR) wanted++;
  return wanted === want.length;
}

const STAR = 0x2a;
const ANY = 0x3f;
