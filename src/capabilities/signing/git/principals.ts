/**
 * Whether `text` matches a list of patterns as OpenSSH's PATTERNS (ssh_config(5)) do:
 * comma-separated, `*` any characters, `?` one byte, `!` before a pattern refuses what it matches
 * whatever else does. Case counts; bytes of UTF-8 are compared.
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
 * The same, of patterns that say something about who it is: `*` alone lets a key sign, and names
 * nobody.
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

/** Greedy, going back only to the last `*`: time is the product of both lengths at most. */
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
