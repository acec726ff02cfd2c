import { Failure } from '../../../../core/failure.ts';
import { orThrow } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';

/** One word of a go.mod or go.work, and where it is written. */
export interface GoWord {
  readonly text: string;
  /** In characters from the start of the file, quotes included. */
  readonly start: number;
  readonly end: number;
}

/** One directive; the lines of a block each have its verb. */
export interface GoLine {
  readonly verb: string;
  readonly words: readonly GoWord[];
  /** What follows `//`, trimmed. */
  readonly comment: string;
  /** From 1. */
  readonly line: number;
}

/**
 * The directives of a go.mod or go.work (go.dev/ref/mod#go-mod-file-lexical): words, quoted words,
 * blocks in parentheses, and comments to the end of a line. Throws Failure.
 */
export function readGoLines(bytes: Uint8Array): readonly GoLine[] {
  const text = orThrow(decodeUtf8(bytes));
  const lines: GoLine[] = [];
  let block: string | null = null;
  let at = 0;
  let line = 0;
  while (at < text.length) {
    line++;
    const found = text.indexOf('\n', at);
    const end = found === -1 ? text.length : found;
    const { words, comment } = splitWords(text, at, end, line);
    at = end + 1;
    const [first, ...rest] = words;
    if (first === undefined) continue;
    const isBare = text[first.start] === first.text[0];
    const [next] = rest;
    if (block !== null && first.text === ')' && isBare && rest.length === 0) block = null;
    else if (block !== null) lines.push({ verb: block, words, comment, line });
    else if (rest.length === 1 && next?.text === '(') block = first.text;
    else if (/^[()]$/.test(first.text)) throw malformed(line, 'a parenthesis has no directive');
    // `require ()` is an empty block.
    else if (rest.length !== 2 || next?.text !== '(' || rest[1]?.text !== ')')
      lines.push({ verb: first.text, words: rest, comment, line });
  }
  if (block !== null) throw malformed(line, `the block of ${block} does not end`);
  return lines;
}

/** Words end at white space, and at a comment, which begins wherever `//` stands. */
function splitWords(
  text: string,
  from: number,
  end: number,
  line: number,
): { readonly words: readonly GoWord[]; readonly comment: string } {
  const words: GoWord[] = [];
  for (let at = from; at < end; ) {
    const char = text.charAt(at);
    if (/\s/.test(char) || char === '\ufeff') at++;
    else if (text.startsWith('//', at)) return { words, comment: text.slice(at + 2, end).trim() };
    else {
      const word =
        char === '"' || char === '`' ? readQuoted(text, at, end, line) : readPlain(text, at, end);
      words.push(word);
      at = word.end;
    }
  }
  return { words, comment: '' };
}

/** Each of them is a word of its own. */
const SINGLE = /[()[\]{},]/;

function readPlain(text: string, start: number, lineEnd: number): GoWord {
  let end = start + 1;
  if (SINGLE.test(text.charAt(start))) return { text: text.slice(start, end), start, end };
  while (
    end < lineEnd &&
    !/\s/.test(text.charAt(end)) &&
    !text.startsWith('//', end) &&
    !SINGLE.test(text.charAt(end))
  )
    end++;
  return { text: text.slice(start, end), start, end };
}

/** `"…"` with the escapes of Go, of which a path needs none, or a raw text in back quotes. */
function readQuoted(text: string, start: number, lineEnd: number, line: number): GoWord {
  const quote = text.charAt(start);
  const close = text.indexOf(quote, start + 1);
  if (close === -1 || close >= lineEnd) throw malformed(line, 'a quote does not end');
  const content = text.slice(start + 1, close);
  if (quote === '"' && content.includes('\\'))
    throw malformed(line, 'a quoted word has an escape, which is not read here');
  return { text: content, start, end: close + 1 };
}

function malformed(line: number, why: string): Failure {
  return new Failure('MALFORMED', `line ${line}: ${why}`, 'Run go mod edit -fmt.');
}
