import { realpathSync } from 'node:fs';
import { expect, it } from 'vitest';
import { findProgram } from './hook.ts';

const { execPath } = process;
const here = import.meta.filename;

it('D18: the hook of a single file calls that file, however it was started', () => {
  for (const typed of ['waybill', './waybill', execPath]) {
    const { node, entry } = findProgram('executable', { execPath, argv: [execPath, typed] });
    expect([node, entry]).toEqual([realpathSync(execPath), null]);
  }
});

it('D18: the hook of a package calls its script by its real path', () => {
  expect(findProgram('package', { execPath, argv: [execPath, here] }).entry).toBe(
    realpathSync(here),
  );
});
