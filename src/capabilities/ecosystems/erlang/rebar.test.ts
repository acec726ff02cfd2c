import { expect, it } from 'vitest';
import { readLockedTree } from '../../../../test/support/locked-tree.ts';

it('B9: a lock of rebar3 1.1.0 pins by the hash of what is in an archive', async () => {
  const lock = (hashes: string): string =>
    `{"1.1.0",\n[{<<"jsx">>,{pkg,<<"jsx">>,<<"3.1.0">>},0}]}.\n[\n{pkg_hash,[${hashes}]}\n].\n`;
  const read = async (hashes: string) => {
    const files = { 'rebar.lock': lock(hashes), 'rebar.config': '{deps, [jsx]}.\n' };
    const { declared, inventory } = await readLockedTree(files);
    return [...declared, inventory.components[0]?.hashes];
  };
  const hash = `{<<"jsx">>, <<"${'AB'.repeat(32)}">>}`;
  // It is no hash of the archive, which others would compare.
  expect(await read(hash)).toEqual(['rebar.lock:2 jsx 3.1.0 direct yes - default', {}]);
  expect(await read('')).toEqual(['rebar.lock:2 jsx 3.1.0 direct unknown - default', {}]);
});
