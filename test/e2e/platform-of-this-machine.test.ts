import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { takeInventory } from '../../src/entrypoints/compose/take-inventory.ts';
import { debianBase } from '../support/app-images.ts';
import { BUILD_TOOLS, platformsLayout, writeForeign } from '../support/foreign-images.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-platforms-'));
const here = process.arch === 'arm64' ? 'arm64' : 'amd64';
const elsewhere = here === 'arm64' ? 'amd64' : 'arm64';
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let both = '';
let foreign = '';
beforeAll(() => {
  const images = [here, elsewhere].map((one) => [one, debianBase(`only-${one}`)] as const);
  both = writeForeign(join(folder, 'both'), 'oci', platformsLayout(images));
  const others = [elsewhere, 's390x'].map((one) => [one, debianBase()] as const);
  foreign = writeForeign(join(folder, 'foreign'), 'oci', platformsLayout(others));
});

const take = (text: string, platform?: string) =>
  takeInventory(text, {
    config: {} as never,
    cwd: folder,
    env: {},
    stdin: (async function* () {})(),
    platform,
    as: undefined,
    signal: new AbortController().signal,
  });

const supported = ['x64', 'arm64'].includes(process.arch);

describe.skipIf(!supported)('B5: an image of several platforms without --platform', () => {
  it('is that of this machine, and that is said', async () => {
    const { recognised, inventory } = await take(both);
    expect(recognised).toMatch(
      new RegExp(
        `^image on disk sha256:[0-9a-f]{64}, linux/${here} as this machine, ` +
          `of linux/${here}, linux/${elsewhere}; --platform takes another$`,
      ),
    );
    const names = inventory.components.map(({ name }) => name);
    expect(names).toContain(`only-${here}`);
    expect(names).not.toContain(`only-${elsewhere}`);
  });

  it('is another one if it is asked for, of which nothing needs to be said', async () => {
    const { recognised, inventory } = await take(both, `linux/${elsewhere}`);
    expect(recognised).toMatch(/^image on disk sha256:[0-9a-f]{64}$/);
    expect(inventory.components.map(({ name }) => name)).toContain(`only-${elsewhere}`);
  });

  it('is refused if it has none for this machine, and those that it has are named', async () => {
    const refused = take(foreign);
    await expect(refused).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `the image has no member for linux/${here}`,
      remedy: `Name one of its platforms: linux/${elsewhere}, linux/s390x.`,
    });
  });

  it('with one platform, such as one by docker buildx, leaves no choice', async () => {
    const [buildx] = BUILD_TOOLS;
    const items = buildx?.write(debianBase()) ?? [];
    const { recognised } = await take(writeForeign(join(folder, 'one'), 'oci', items));
    expect(recognised).toMatch(/^image on disk sha256:[0-9a-f]{64}$/);
  });
});
