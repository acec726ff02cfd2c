import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/**
 * Between words: a digest, a path or a command that is longer stays whole, so that it can be
 * copied. On a narrow terminal the words begin in a line of their own.
 */
export function wrapProse(lead: string, words: string, width: number): string {
  const room = stringWidth(lead);
  const isNarrow = room > width / 2;
  const hang = isNarrow ? HANG : room;
  const lines = wrapAnsi(tieCommands(words), width - hang)
    .replaceAll(TIE, ' ')
    .split('\n');
  const rest = lines.map((line) => ' '.repeat(hang) + line).join('\n');
  return isNarrow ? `${lead.trimEnd()}\n${rest}` : lead + rest.slice(hang);
}

const HANG = 4;

/** Whole lines for a terminal; what is none, such as progress or a prompt, stays as it is. */
export function wrapLines(text: string, width: number): string {
  if (!text.endsWith('\n') || text.includes('\r')) return text;
  const lines = text.slice(0, -1).split('\n');
  return `${lines.map((line) => wrapLine(line, width)).join('\n')}\n`;
}

function wrapLine(line: string, width: number): string {
  // Every character is at most two columns wide.
  if (line.length * 2 <= width || stringWidth(line) <= width) return line;
  const lead = LEAD.exec(line)?.[0] ?? '';
  return wrapProse(lead, line.slice(lead.length), width);
}

/** `  fix: `, also in colour. */
const LEAD =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of a colour
  /^ {0,40}(?:(?:\u001b\[\d{1,2}m)?(?:error|warning|note|cause|fix):(?:\u001b\[\d{1,2}m)? )?/;

/** In place of a blank that ends no line. */
const TIE = '\ue000';
const COMMANDS: ReadonlySet<string> = new Set([
  ...['waybill', 'git', 'kubectl', 'npm', 'chmod', 'chown', 'sudo', 'cp', 'docker'],
]);

/** `Sign it: waybill sign. Then try again.` has one command, up to the mark behind it. */
function tieCommands(words: string): string {
  const tied: string[] = [];
  let isCommand = false;
  for (const word of words.split(' ')) {
    const before = tied.at(-1);
    const isEnd = before !== undefined && /[.,;:)]$/.test(before);
    isCommand = (isCommand && !isEnd && !word.startsWith('(')) || COMMANDS.has(word);
    const isTied = isCommand && !COMMANDS.has(word) && before !== undefined;
    if (isTied) tied[tied.length - 1] = `${before}${TIE}${word}`;
    else tied.push(word);
  }
  return tied.join(' ');
}
