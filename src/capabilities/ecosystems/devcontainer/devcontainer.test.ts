import { expect, it } from 'vitest';
import { cutShort, showDeclared } from '../../../../test/support/declared.ts';
import { makeTree } from '../../../../test/support/images.ts';
import { readDeclaredDependencies } from '../../inventory/declared-dependencies.ts';
import { isDevcontainer, readDevcontainer } from './devcontainer.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const CONFIG = `// a comment, "with" quotes
{
\t"image": "registry.example.com/base:1", /* why */
\t"features": {
\t\t"registry.example.com/a/node:1": { "version": "22" },
\t\t"registry.example.com/a/go:1": {},
\t\t"./own": {},
\t\t"docker-in-docker": "latest",
\t},
\t"build": { "dockerfile": "dev.txt" },
}
`;

it('D11 D20: the image and the features of a development container are declared', async () => {
  expect(showDeclared(readDevcontainer, CONFIG)).toEqual([
    '3 registry.example.com/base 1 no',
    '5 registry.example.com/a/node 1 no',
    '6 registry.example.com/a/go 1 no',
    '8 docker-in-docker - unknown',
    '10 dockerfile is not read',
  ]);
  cutShort(readDevcontainer, CONFIG);
  const lock = {
    features: {
      'registry.example.com/a/node:1': { resolved: `registry.example.com/a/node@${DIGEST}` },
    },
  };
  const { dependencies } = await readDeclaredDependencies(
    makeTree({
      '.devcontainer/devcontainer.json': CONFIG,
      '.devcontainer/devcontainer-lock.json': JSON.stringify(lock),
    }),
  );
  expect(dependencies.find(({ name }) => name === 'registry.example.com/a/node')).toMatchObject({
    version: DIGEST,
    pinned: 'yes',
    why: 'named by its digest; by the lock',
    recorded: true,
  });
  expect(['a/.devcontainer.json', '.devcontainer/x/devcontainer.json'].every(isDevcontainer)).toBe(
    true,
  );
});
