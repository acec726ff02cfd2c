import type { LocatedImage } from './survey-result.ts';

/**
 * The bases of a Dockerfile: its FROM lines without the stages of its own, with the defaults of its
 * ARGs.
 */
export function findDockerfileImages(path: string, text: string): readonly LocatedImage[] {
  const stages = new Set<string>(['scratch']);
  const defaults = new Map<string, string>();
  const images: LocatedImage[] = [];
  for (const { line, number } of readInstructions(text)) {
    const arg = /^ARG\s+(\w+)=(?:"([^"]*)"|'([^']*)'|(\S*))/i.exec(line);
    if (arg !== null) defaults.set(arg[1] ?? '', arg[2] ?? arg[3] ?? arg[4] ?? '');
    const from = /^FROM\s+((?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?/i.exec(line);
    if (from === null) continue;
    const value = fillInDefaults(from[2] ?? '', defaults);
    if (!stages.has(value.toLowerCase()))
      images.push({ use: 'base', value, place: `${path}:${number}` });
    if (from[3] !== undefined) stages.add(from[3].toLowerCase());
  }
  return images;
}

/** Lines with their continuations; comments may stand between them. */
function* readInstructions(
  text: string,
): Generator<{ readonly line: string; readonly number: number }> {
  let begun: { line: string; readonly number: number } | null = null;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line.startsWith('#')) continue;
    begun ??= { line: '', number: index + 1 };
    begun.line = `${begun.line} ${line.replace(/\\$/, '')}`.trim().slice(0, 4_000);
    if (line.endsWith('\\')) continue;
    yield begun;
    begun = null;
  }
  if (begun !== null) yield begun;
}

/**
 * `${NAME}`, `$NAME` and `${NAME:-other}`; what has no default stays as it is, and is no reference.
 */
function fillInDefaults(text: string, defaults: ReadonlyMap<string, string>): string {
  return text.replace(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (whole, braced, other, bare) => {
    return defaults.get(braced ?? bare) ?? other ?? whole;
  });
}
