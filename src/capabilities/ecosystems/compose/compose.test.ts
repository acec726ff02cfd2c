import { describe, expect, it } from 'vitest';
import { cutShort, showDeclared } from '../../../../test/support/declared.ts';
import { composeFormat, readCompose } from './compose.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
/** A variable of Compose: `$` and braces are separate, so that this is no template string. */
const variable = (text: string): string => ['$', '{', text, '}'].join('');
const service = (lines: string): string => `services:\n  web:\n${lines}`;

describe('D11 D12 D20: the images of Compose', () => {
  it.each([
    ['an image', service('    image: nginx:1.27\n'), ['3 docker.io/library/nginx 1.27 no']],
    [
      'a digest',
      service(`    image: nginx@${DIGEST}\n`),
      [`3 docker.io/library/nginx ${DIGEST} yes`],
    ],
    ['what is built, under a name', service('    build: .\n    image: shop/web\n'), []],
    [
      'a default of a variable',
      service(`    image: "redis:${variable('TAG:-7')}"\n`),
      ['3 docker.io/library/redis 7 no'],
    ],
    [
      'a variable that must be set',
      service(`    image: ${variable('IMAGE:?name it')}\n`),
      [`3 ${variable('IMAGE')} - unknown`],
    ],
    [
      'an image for a part of a build',
      service(
        '    build:\n      context: .\n      additional_contexts: [ "b=docker-image://alpine:3" ]\n',
      ),
      ['5 docker.io/library/alpine 3 no'],
    ],
    [
      'a build of a foreign repository',
      service('    build: https://git.example.com/a.git#main\n'),
      ['3 https://git.example.com/a.git main no'],
    ],
    [
      'a Dockerfile within it',
      service(
        '    build:\n      dockerfile_inline: |\n        FROM node:22\n        RUN apk add curl\n',
      ),
      ['4 docker.io/library/node 22 no', '4 curl - no'],
    ],
    [
      'a part that services share',
      `x-base: &base\n  image: node:22\nservices:\n  a:\n    <<: *base\n  b: { <<: *base, image: node:24 }\n`,
      ['2 docker.io/library/node 22 no', '6 docker.io/library/node 24 no'],
    ],
    [
      'the first version of the format',
      'web:\n  image: nginx\n',
      ['2 docker.io/library/nginx latest no'],
    ],
    [
      'an image volume',
      service('    build: .\n    volumes: [{ type: image, source: a/b:1 }]\n'),
      ['4 docker.io/a/b 1 no'],
    ],
    [
      'another file',
      'include:\n  - oci://x.example/app:1\n  - ./local.yml\n',
      ['2 oci://x.example/app:1 - no'],
    ],
    ['extension fields', 'x-image: { image: nginx }\nservices: {}\n', []],
  ])('%s', (_, text, wanted) => {
    expect(showDeclared(readCompose, text)).toEqual(wanted);
  });

  it('are in files of these names, and a file that is cut short stays within its lines', () => {
    const names = ['compose.yaml', 'a/docker-compose.dev.yml', 'compose-ci.yml', 'x.compose.yaml'];
    expect(names.every(composeFormat.wants)).toBe(true);
    expect(['composer.yml', 'docker.yml', 'compose.json'].some(composeFormat.wants)).toBe(false);
    const stack = 'x: 1\nservices:\n  # the web\n  web:\n    image: nginx\n';
    expect(composeFormat.recognises?.('stack.yml', stack)).toBe(true);
    expect(composeFormat.recognises?.('a.yml', 'services:\n  - image: a\n')).toBe(false);
    expect(composeFormat.recognises?.('a.yml', `apiVersion: v1\n${stack}`)).toBe(false);
    cutShort(readCompose, service('    image: &i "nginx:1"\n  b: { image: *i }\n'));
  });
});
