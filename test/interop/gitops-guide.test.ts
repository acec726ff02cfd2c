import { describe, expect, it } from 'vitest';
import { followWithExecutable } from '../support/built-executable.ts';
import { follow, listMissingLines, splitPages } from '../support/guide.ts';
import { peer } from '../support/peer.ts';

const PAGES = ['first-release.md', 'gitops.md'];
const kubectl = peer('kubectl');

describe.skipIf(kubectl === null)('manifests in git', () => {
  it('P6: gitops.md succeeds after a first release, and shows what it says', async () => {
    const { code, output } = await follow(PAGES, {}, undefined, null, followWithExecutable());
    expect(code, output).toBe(0);
    const page = splitPages(output).get('gitops.md') ?? '';
    expect(listMissingLines('gitops.md', page), page).toEqual([]);
    // The one that nobody released.
    expect(page).toMatch(/^undetermined .*trips:1\.4@sha256:/m);
  }, 240_000);
});
