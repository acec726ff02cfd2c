import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { findChild, listChildren, parseXml, takeChildText } from './parse.ts';

const bounds = { bytesMax: 200_000 };

describe('X9: an XML document', () => {
  it('becomes elements with attributes, text and lines', () => {
    const text =
      '\uFEFF<?xml version="1.0"?>\n<m:p xmlns:m="x">\n <a b="1 &amp; 2"/>\n <a><![CDATA[<c>]]> d</a></m:p>';
    const root = orThrow(parseXml(text, bounds));
    expect(root.name).toBe('m:p');
    expect(findChild(root, 'a')?.attributes.get('b')).toBe('1 & 2');
    expect(listChildren(root, 'a').map(({ line }) => line)).toEqual([3, 4]);
    expect(listChildren(root, 'a')[1]?.text).toBe('<c> d');
    expect(takeChildText(root, 'a')).toBeNull();
  });

  it('may hold a long comment and a long attribute', () => {
    const long = 'x'.repeat(80_000);
    const root = orThrow(parseXml(`<a><!-- ${long} --><b c="${long}"/></a>`, bounds));
    expect(root.children[0]?.attributes.get('c')).toHaveLength(80_000);
  });

  it.each([
    ['too large', `<a>${'é'.repeat(100_000)}</a>`, 'the document is too large'],
    [
      'too deep',
      '<a>'.repeat(101) + '</a>'.repeat(101),
      'elements are nested too deeply at line 1',
    ],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /document type is refused/],
    [
      'an unknown declaration',
      '<a><!ELEMENT b></a>',
      'an unknown declaration is refused at line 1',
    ],
    ['the start of a long one', `<a><!${'b'.repeat(2_000)}`, /unknown declaration is refused/],
    ['an unknown entity', '<a>&nbsp;</a>', /entity/i],
    ['no end', '<a><b></b>', /./],
    ['two roots', '<a/><b/>', /./],
    ['nothing', '', /./],
    ['text alone', 'abc', /./],
  ])('that is wrong is refused: %s', (_, text, message) => {
    const result = parseXml(text, bounds);
    expect(result.ok ? result : result.failure).toMatchObject({ code: 'MALFORMED' });
    if (!result.ok) expect(result.failure.message).toMatch(message);
  });

  it('of any text is read or refused with a Failure', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      '"',
      '&',
      ';',
      'a',
      '=',
      '<!--',
      '-->',
      '<![CDATA[',
      '<?',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        const result = parseXml(pieces.join(''), bounds);
        expect(result.ok || result.failure instanceof Failure).toBe(true);
      }),
    );
  });
});
