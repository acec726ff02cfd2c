import { fail, ok, type Result } from '../../core/result.ts';

/** Takes one tag with its value, and its line from 1; a failure ends the reading. */
type TakeTag = (tag: string, value: string, line: number) => Result<unknown>;

export interface TagValueOptions {
  readonly tagsMax: number;
  readonly take: TakeTag;
}

const TEXT = '<text>';
const TEXT_END = '</text>';
const TAG = /^[A-Za-z][A-Za-z0-9]{0,63}$/;

/**
 * Reads SPDX 2 tag-value text (SPDX 2.3 §4.4 and annex C of the older versions): one tag a line, a
 * comment after `#`, and a value of several lines between `<text>` and `</text>`. It keeps nothing;
 * each tag is given to `take`, in order.
 *
 * @example readTagValue('SPDXVersion: SPDX-2.3', { tagsMax: 10, take: () => ok(null) })
 */
export function readTagValue(text: string, { tagsMax, take }: TagValueOptions): Result<null> {
  let [at, line, count] = [text.startsWith('\uFEFF') ? 1 : 0, 0, 0];
  while (at < text.length) {
    line += 1;
    const end = findEnd(text, at);
    const content = text.slice(at, end).trim();
    const start = at;
    at = end + 1;
    if (content === '' || content.startsWith('#')) continue;
    count += 1;
    // mutant tag-value-has-a-bound by other-forms: condition -> false
    if (count > tagsMax)
      return fail(
        'LIMIT_EXCEEDED',
        `the document has over ${tagsMax} tags`,
        'Write one SBOM for each part that is shipped.',
      );
    const colon = content.indexOf(':');
    const tag = content.slice(0, Math.max(colon, 0)).trimEnd();
    if (!TAG.test(tag)) return refuse(`line ${line} is neither a tag with a value nor a comment`);
    const value = content.slice(colon + 1).trimStart();
    if (!value.startsWith(TEXT)) {
      const taken = take(tag, value, line);
      if (!taken.ok) return taken;
      continue;
    }
    const from = text.indexOf(TEXT, start) + TEXT.length;
    const to = text.indexOf(TEXT_END, from);
    // mutant tag-value-text-has-an-end by other-forms: condition -> false
    if (to === -1) return refuse(`the text that begins in line ${line} has no end`);
    const rest = findEnd(text, to);
    // What follows on the line would be read by some and not by others.
    if (text.slice(to + TEXT_END.length, rest).trim() !== '')
      return refuse(`something follows the text that begins in line ${line}`);
    const taken = take(tag, text.slice(from, to), line);
    if (!taken.ok) return taken;
    for (let next = text.indexOf('\n', from); next !== -1 && next < to; line += 1)
      next = text.indexOf('\n', next + 1);
    at = rest + 1;
  }
  return ok(null);
}

function findEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}

function refuse(why: string): Result<never> {
  return fail('MALFORMED', `not SPDX tag-value: ${why}`, 'Correct the document.');
}
