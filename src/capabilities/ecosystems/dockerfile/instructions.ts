import { DockerfileParser } from 'dockerfile-ast';
import { trimEndCharacters } from '../../../formats/text/cut.ts';

/**
 * One instruction with its continuation lines joined, without the comments and empty lines between
 * them.
 */
export interface DockerInstruction {
  readonly keyword: string;
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** The text behind the flags. */
  readonly text: string;
  /** The offset in the file of a character of `text`. */
  readonly toOffset: (at: number) => number;
  /** The line, from 1, of a character of `text`. */
  readonly toLine: (at: number) => number;
  readonly line: number;
  /** The bodies of here-documents, from their first line. */
  readonly body: string;
  readonly bodyLine: number;
  readonly onbuild: boolean;
}

export interface DockerDirectives {
  readonly escape: string;
  /** The image of the frontend that reads this file, and where it is named. */
  readonly syntax: { readonly image: string; readonly line: number } | null;
}

export interface DockerfileText {
  readonly directives: DockerDirectives;
  readonly instructions: readonly DockerInstruction[];
}

/** Splits a Dockerfile into instructions; it does not interpret them. */
export function readInstructions(source: string): DockerfileText {
  const text = source.replace(/^\ufeff/, '');
  const shift = source.length - text.length;
  // The library looks at the end of a line from each `#` where the file has no line end.
  // mutant dockerfile-comment-without-line-end: argument -> text
  const file = DockerfileParser.parse(`${text}\n`);
  const escapeMark = file.getEscapeCharacter();
  const lines = splitLines(text, shift);
  const syntax = file
    .getDirectives()
    .find((directive) => String(directive.getName()).toLowerCase() === 'syntax');
  const image = syntax?.getValue() ?? '';
  const foreign = syntax === undefined ? findForeignSyntax(text) : null;
  const instructions = file.getInstructions().map((instruction) => {
    const range = instruction.getRange();
    return joinLines(
      lines.slice(range.start.line, range.end.line + 1),
      range.start.line,
      escapeMark,
    );
  });
  return {
    directives: {
      escape: escapeMark,
      syntax:
        syntax === undefined || image === ''
          ? foreign
          : { image, line: syntax.getRange().start.line + 1 },
    },
    instructions: instructions.filter((one) => one !== null),
  };
}

/**
 * BuildKit also looks for the directive behind a shebang, and in comments that begin with two
 * slashes.
 */
function findForeignSyntax(text: string): DockerDirectives['syntax'] {
  const lines = text.split(/\r?\n/, DIRECTIVES_MAX);
  const first = lines[0]?.startsWith('#!') === true ? 1 : 0;
  for (const mark of ['#', '//'])
    for (const [at, line] of lines.slice(first).entries()) {
      const [, key, value] =
        (line.startsWith(mark)
          ? /^\s*([A-Za-z][\w-]*)\s*=\s*(\S+)/.exec(line.slice(mark.length))
          : null) ?? [];
      if (key === undefined || value === undefined) break;
      if (key.toLowerCase() === 'syntax') return { image: value, line: first + at + 1 };
    }
  return null;
}

const DIRECTIVES_MAX = 100;

interface Line {
  readonly text: string;
  readonly start: number;
}

function splitLines(text: string, shift: number): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start <= text.length; ) {
    const end = text.indexOf('\n', start);
    const stop = end === -1 ? text.length : end;
    lines.push({ text: text.slice(start, stop).replace(/\r$/, ''), start: start + shift });
    start = stop + 1;
  }
  return lines;
}

interface Piece {
  readonly from: number;
  readonly offset: number;
  readonly line: number;
}

function joinLines(
  lines: readonly Line[],
  first: number,
  escapeMark: string,
): DockerInstruction | null {
  const pieces: Piece[] = [];
  let text = '';
  let at = 0;
  for (; at < lines.length; at++) {
    const { text: line, start } = lines[at] as Line;
    if (at > 0 && (/^\s*#/.test(line) || line.trim() === '')) continue;
    const bare = trimEndCharacters(line, ' \t');
    const goesOn = bare.endsWith(escapeMark);
    pieces.push({ from: text.length, offset: start, line: first + at + 1 });
    text += goesOn ? bare.slice(0, -1) : line;
    if (!goesOn) break;
  }
  const body = lines.slice(at + 1).map((line) => line.text);
  return parseInstruction({
    text,
    pieces,
    body: body.join('\n'),
    bodyLine: first + at + 2,
    line: first + 1,
  });
}

interface JoinedLines {
  readonly text: string;
  readonly pieces: readonly Piece[];
  readonly body: string;
  readonly bodyLine: number;
  readonly line: number;
}

const HEAD = /^\s*(?:(ONBUILD)\s+)?([A-Za-z]+)(?:\s+|$)/i;

function parseInstruction({
  text,
  pieces,
  body,
  bodyLine,
  line,
}: JoinedLines): DockerInstruction | null {
  const head = HEAD.exec(text);
  if (head === null) return null;
  const flags = new Map<string, string[]>();
  let from = head[0].length;
  for (;;) {
    const flag = /^--([a-z][a-z-]*)(?:=("[^"]*"|\S*))?\s*/.exec(text.slice(from, from + 4_096));
    if (flag === null) break;
    const name = flag[1] ?? '';
    const values = flags.get(name) ?? [];
    values.push((flag[2] ?? '').replace(/^"(.*)"$/, '$1'));
    flags.set(name, values);
    from += flag[0].length;
  }
  const findPiece = (at: number): Piece | undefined => findLastPiece(pieces, at + from);
  return {
    keyword: (head[2] ?? '').toUpperCase(),
    flags,
    text: text.slice(from),
    toOffset: (at) => {
      const piece = findPiece(at);
      return piece === undefined ? 0 : piece.offset + at + from - piece.from;
    },
    toLine: (at) => findPiece(at)?.line ?? line,
    line,
    body,
    bodyLine,
    onbuild: head[1] !== undefined,
  };
}

/** By halves: an instruction may go on for as many lines as it has packages. */
function findLastPiece(pieces: readonly Piece[], at: number): Piece | undefined {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pieces[middle]?.from ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return pieces[low - 1];
}
