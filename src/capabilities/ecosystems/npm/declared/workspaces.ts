/**
 * Whether a folder is one of the workspaces that patterns name: `packages/*`, `apps/**`,
 * `!packages/old`. The last pattern that matches counts. A pattern of another form names no folder,
 * so that its manifests stay uncovered.
 *
 * @example isWorkspace(['packages/*'], 'packages/web') // true
 */
export function isWorkspace(patterns: readonly string[], folder: string): boolean {
  let found = false;
  for (const written of patterns.slice(0, PATTERNS_MAX)) {
    const isExcluded = written.startsWith('!');
    const pattern = (isExcluded ? written.slice(1) : written).replace(/^\.\//, '');
    if (matches(cutSlash(pattern).split('/'), folder.split('/'))) found = !isExcluded;
  }
  return found;
}

const PATTERNS_MAX = 1_000;
const SEGMENTS_MAX = 100;

function cutSlash(pattern: string): string {
  return pattern.endsWith('/') ? pattern.slice(0, -1) : pattern;
}

/** Each segment of the pattern in turn, against all beginnings of the folder that fit so far. */
function matches(pattern: readonly string[], folder: readonly string[]): boolean {
  if (pattern.length > SEGMENTS_MAX || folder.length > SEGMENTS_MAX) return false;
  let reached = new Set([0]);
  for (const segment of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      if (segment === '**') for (let end = at; end <= folder.length; end++) next.add(end);
      else if (matchesSegment(segment, folder[at])) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(folder.length);
}

/** `a`, `*`, `a-*` or `{a,b}`; no other signs of patterns. */
function matchesSegment(pattern: string, text: string | undefined): boolean {
  if (text === undefined || text === '') return false;
  const choice = /^\{([^{}*]*)\}$/.exec(pattern)?.[1];
  if (choice !== undefined) return choice.split(',').includes(text);
  if (/[?[\](){}+!]/.test(pattern)) return false;
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  // Workspaces are not in hidden folders, unless the pattern says so.
  if (!text.startsWith(first) || (first === '' && text.startsWith('.'))) return false;
  let at = first.length;
  for (const piece of rest) {
    const next = text.indexOf(piece, at);
    if (next === -1) return false;
    at = next + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
