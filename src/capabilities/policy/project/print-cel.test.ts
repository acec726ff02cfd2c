import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { parseExpression } from '../cel/parse.ts';
import { printCel, printText, Unsayable } from './print-cel.ts';

const dictionary = {
  find: (path: string) => (path.startsWith('image.') ? `i.${path.slice(6)}` : null),
  call: (name: string, [one = '']: readonly string[]) => (name === 'within' ? `w(${one})` : null),
};
const print = (text: string) => printCel(orThrow(parseExpression(text)), dictionary);

describe('An expression of the policy in the CEL of another engine', () => {
  it.each([
    [
      "image.registry == 'a' && !(image.tag == null)",
      "((i.registry == 'a') && !((i.tag == null)))",
    ],
    [
      "['a', 'b'].exists(x, image.registry.endsWith(x))",
      "['a', 'b'].exists(x, i.registry.endsWith(x))",
    ],
    [
      '[1, 2].map(n, n > 1, n * 2).size() == 1',
      '([1, 2].filter(n, (n > 1)).map(n, (n * 2)).size() == 1)',
    ],
    ["image.tag == null ? 'a' : 'b'", "((i.tag == null) ? 'a' : 'b')"],
    ["within(image.registry, ['a'])", 'w(i.registry)'],
    ["image.tag in ['a']", "(i.tag in ['a'])"],
  ])('%s', (text, printed) => {
    expect(print(text)).toBe(printed);
  });

  it.each([
    ['signatures.exists(s, s.trusted)', 'it reads signatures'],
    ["licensesAllowed(['a'], ['b'])", 'it calls licensesAllowed()'],
    ['now > now', 'it reads now'],
    ["text(image.tag) == 'a'", 'it calls text()'],
  ])('%s cannot be said: %s', (text, why) => {
    expect(() => print(text)).toThrow(new Unsayable(why));
  });

  it('a variable of a loop is not taken for a fact of the same name', () => {
    expect(print("[{'tag': 'a'}].all(image, image.tag == 'a')")).toBe(
      "[{'tag': 'a'}].all(image, (image.tag == 'a'))",
    );
  });

  it('a text stays one text, whatever is in it', () => {
    expect(printText('a\'b\\c"d\ne😀')).toBe("'a\\u0027b\\u005cc\\u0022d\\u000ae\\U0001f600'");
  });
});
