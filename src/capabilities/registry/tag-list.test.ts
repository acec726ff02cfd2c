import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseTagList } from './tag-list.ts';

const read = (value: unknown) => parseTagList(new TextEncoder().encode(JSON.stringify(value)));

it('gives the tags of a page, and none of a repository without one', () => {
  expect(read({ name: 'shop/trips', tags: ['1.0', 'latest'] })).toMatchObject({
    value: ['1.0', 'latest'],
  });
  expect(read({ name: 'shop/trips', tags: null })).toMatchObject({ ok: true, value: [] });
});

it.each([
  ['no object', []],
  ['a list of other things', { tags: [1] }],
  ['a tag with a path in it', { tags: ['../latest'] }],
])('A7: refuses %s', (_, value) => {
  expect(read(value)).toMatchObject({ ok: false });
});

it('gives tags or a failure for any bytes', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        const parsed = parseTagList(bytes);
        expect(
          parsed.ok ? parsed.value.every((tag) => !tag.includes('/')) : parsed.failure.code,
        ).toBeTruthy();
      },
    ),
  );
});
