import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affectedMatcher } from '../../src/capabilities/advisories/index.ts';
import { parseSelector } from '../../src/capabilities/graph/index.ts';
import type { Purl } from '../../src/core/purl.ts';

const log4j = (version: string) =>
  `pkg:maven/org.apache.logging.log4j/log4j-core@${version}` as Purl;
const among = (range: string) =>
  ['2.12.1', '2.12.3', '2.13.0', '2.14.1', '2.15.0', '3.0.0'].filter((version) =>
    affectedMatcher.inRange(log4j(version), range),
  );

describe('G3: a range of versions, as people write it', () => {
  it.each([
    ['>=2.13 <2.15', ['2.13.0', '2.14.1']],
    ['>= 2.13, < 2.15', ['2.13.0', '2.14.1']],
    ['[2.13,2.15)', ['2.13.0', '2.14.1']],
    ['[2.13, 2.15]', ['2.13.0', '2.14.1', '2.15.0']],
    ['(,2.12.3]', ['2.12.1', '2.12.3']],
    ['(2.14.1,)', ['2.15.0', '3.0.0']],
    ['[2.12.3]', ['2.12.3']],
    ['[2.12.1,2.12.3),[3,)', ['2.12.1', '3.0.0']],
    ['2.12.x', ['2.12.1', '2.12.3']],
    ['2.12.*', ['2.12.1', '2.12.3']],
    ['~2.12.2', ['2.12.3']],
    ['^2.14', ['2.14.1', '2.15.0']],
    ['2.12.3 || >=3', ['2.12.3', '3.0.0']],
    ['=2.12.3', ['2.12.3']],
    ['vers:maven/>=2.13|<2.15', ['2.13.0', '2.14.1']],
    ['vers:maven/<2.12.3', ['2.12.1']],
    ['vers:maven/2.12.1|>=2.13.0|!=2.14.1|<3', ['2.12.1', '2.13.0', '2.15.0']],
    ['vers:maven/<=2.12.1|>2.14.1|<=2.15.0|>=3', ['2.12.1', '2.15.0', '3.0.0']],
    ['vers:maven/!=2.12.1|!=3.0.0', ['2.12.3', '2.13.0', '2.14.1', '2.15.0']],
    ['vers:maven/*', ['2.12.1', '2.12.3', '2.13.0', '2.14.1', '2.15.0', '3.0.0']],
    ['vers:maven/2%2E12%2E3', ['2.12.3']],
  ])('%s', (range, expected) => {
    expect(among(range)).toEqual(expected);
    expect(parseSelector(`log4j@${range}`)).toMatchObject({
      ok: true,
      value: { versions: { kind: 'range', range } },
    });
  });

  it.each(
    ['>=', '[2.13', '2.13)', '(2.13)', '||', '>2 <', '=>2', '2.1 - 2.2', '<>2', '>[1,2)'].concat(
      ...['vers:maven/', 'vers:/1', 'vers:maven/>=1|>=2', 'vers:maven/*|1', 'vers:maven/1|=1'],
      ...['vers:maven/%', 'vers:maven/>=1||<2', 'vers:maven/1,2', 'vers:MAVEN/1'],
    ),
  )('%s is not a range: it is refused, and never read as an empty range', (range) => {
    expect(affectedMatcher.inRange(log4j('2.12.3'), range)).toBeNull();
    expect(parseSelector(`log4j@${range}`)).toMatchObject({
      ok: false,
      failure: { code: 'USAGE' },
    });
  });

  it('a range of another ecosystem says nothing of the version', () => {
    expect(affectedMatcher.inRange(log4j('2.12.3'), 'vers:npm/>=1')).toBeNull();
    expect(affectedMatcher.inRange(log4j('2.12.3'), 'vers:maven/>=1')).toBe(true);
  });

  it('reading any text throws nothing', () => {
    const text = fc.stringMatching(/^(?:vers:maven\/)?[\d.xX*<>=^~|[\](), v!%-]{0,40}$/);
    fc.assert(
      fc.property(text, (range) => {
        expect([true, false, null]).toContain(affectedMatcher.inRange(log4j('2.12.3'), range));
      }),
    );
  });
});
