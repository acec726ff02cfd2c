import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocks, follow, shown } from '../support/guide.ts';
import { peer } from '../support/peer.ts';
import { Scene } from '../support/scene.ts';

const openssl = peer('openssl');
let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());

describe.skipIf(openssl === null || process.platform === 'win32')('keys and trust', () => {
  it('D14, B19, I2, I16: keys-and-trust.md works as written, with another authority', async () => {
    const { digest } = await scene.push('keys', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
    const REPOSITORY = `${scene.registry.registry}/shop/keys`;
    const { code, output } = await follow('keys-and-trust.md', {
      REPOSITORY,
      IMAGE: `${REPOSITORY}@${digest}`,
    });
    expect(code, output).toBe(0);
    const lines = blocks('keys-and-trust.md', 'text').flatMap((block) =>
      block.trimEnd().split('\n'),
    );
    for (const line of lines) expect(output).toMatch(shown(line));
  });
});
