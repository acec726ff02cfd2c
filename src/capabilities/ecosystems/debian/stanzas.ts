/**
 * Fields of one stanza, by lower-case name; the first one where a field is repeated (deb-control:
 * "must not appear twice").
 */
export type Stanza = ReadonlyMap<string, string>;

/**
 * The stanzas of a Debian control file (deb822(5)): fields of `Name: value`, continued by lines
 * that begin with a blank. All other lines are counted, so that the caller can report that
 * something was not read.
 */
export function* readStanzas(
  text: string,
): Generator<{ readonly fields: Stanza; readonly strayLines: number }> {
  let fields = new Map<string, string>();
  let last: string | null = null;
  let strayLines = 0;
  for (const line of splitLines(text)) {
    if (line.trim() === '') {
      if (fields.size > 0 || strayLines > 0) yield { fields, strayLines };
      fields = new Map();
      last = null;
      strayLines = 0;
    } else if (line.startsWith(' ') || line.startsWith('\t')) {
      if (last === null) strayLines++;
      else if (last !== '') fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`);
    } else if (!line.startsWith('#')) {
      const colon = line.indexOf(':');
      last = colon > 0 ? line.slice(0, colon).toLowerCase() : null;
      if (last === null) strayLines++;
      else if (fields.has(last)) last = '';
      else fields.set(last, line.slice(colon + 1).trim());
    }
  }
  if (fields.size > 0 || strayLines > 0) yield { fields, strayLines };
}

function* splitLines(text: string): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const to = end === -1 ? text.length : end;
    yield text.slice(from, to);
    from = to + 1;
  }
}
