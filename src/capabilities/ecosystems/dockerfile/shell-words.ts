/**
 * One word of a shell command; `open` where a variable, a command or a pattern decides what it is.
 */
export interface ShellWord {
  readonly text: string;
  readonly open: boolean;
  /** Where it begins in the text that was read. */
  readonly at: number;
}

/**
 * The simple commands of a shell text (POSIX 2.3, 2.10) as far as their words are literal: quotes
 * are removed, operators and line ends separate commands, substitutions are marked. Nothing is run
 * or expanded.
 */
export function splitCommands(text: string): readonly (readonly ShellWord[])[] {
  const commands: ShellWord[][] = [[]];
  let word: { text: string; open: boolean; at: number } | null = null;
  const end = (): void => {
    if (word !== null) commands.at(-1)?.push(word);
    word = null;
  };
  const add = (at: number, piece: string, open = false): void => {
    word ??= { text: '', open: false, at };
    word.text += piece;
    word.open ||= open;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') {
      if (text[at + 1] !== '\n') add(at, text.charAt(at + 1));
      at++;
    } else if (char === "'") {
      const close = findClosing(text, at + 1, "'");
      add(at, text.slice(at + 1, close));
      at = close;
    } else if (char === '"') {
      const close = findClosingDouble(text, at + 1);
      const inner = text.slice(at + 1, close);
      add(at, inner.replace(/\\(["$`\\])/g, '$1'), /(?<!\\)[$`]/.test(inner));
      at = close;
    } else if (char === '$' || char === '`') {
      const close = char === '$' ? findExpansionEnd(text, at) : findClosing(text, at + 1, '`');
      add(at, text.slice(at, close + 1), true);
      at = close;
    } else if (char === '#' && word === null) {
      const line = text.indexOf('\n', at);
      at = (line === -1 ? text.length : line) - 1;
    } else if (' \t\r'.includes(char)) end();
    else if ('\n;&|(){}<>'.includes(char) && !('{}'.includes(char) && word !== null)) {
      end();
      if (!'<>'.includes(char)) commands.push([]);
    } else add(at, char, '*?['.includes(char));
  }
  end();
  return commands.filter((command) => command.length > 0);
}

function findClosing(text: string, from: number, mark: string): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at;
}

function findClosingDouble(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

/** The last character of `$x`, `${…}` or `$(…)`. */
function findExpansionEnd(text: string, at: number): number {
  const open = text.charAt(at + 1);
  const close = open === '{' ? '}' : open === '(' ? ')' : '';
  if (close === '')
    return at + (/^\w+/.exec(text.slice(at + 1, at + 129))?.[0].length ?? (open === '' ? 0 : 1));
  let depth = 0;
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === open) depth++;
    if (text[end] === close && --depth === 0) return end;
  }
  return text.length - 1;
}
