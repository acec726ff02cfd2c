import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { readDockerfile } from './dockerfile.ts';
import { isDockerfile } from './dockerfile-format.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const read = (text: string) =>
  orThrow(readDockerfile('Dockerfile', new TextEncoder().encode(text)));
const loose = (text: string): readonly string[] =>
  read(text)
    .dependencies.filter(({ pinned }) => pinned !== 'yes')
    .map(({ name }) => name);
/**
 * A variable of a Dockerfile: `$` and braces are separate, so that this is not a template string.
 */
const variable = (text: string): string => ['$', '{', text, '}'].join('');
const downloads = (line: string): boolean =>
  read(`FROM scratch\n${line}\n`).dependencies.some(
    ({ ecosystem, pinned }) => ecosystem === 'generic' && pinned !== 'yes',
  );

it('D11: a Dockerfile may have an underscore behind its name', () => {
  expect(
    ['Dockerfile_dev', 'Containerfile_x', 'Dockerfiles', 'a_Dockerfile'].map(isDockerfile),
  ).toEqual([true, true, false, false]);
});

it('truth B1: arguments that double with each line stay small, and the image is unknown', () => {
  const doubled = (lines: number): string =>
    [
      'ARG A0=registry.example.com/app',
      ...Array.from({ length: lines }, (_, at) => `ARG A${at + 1}=$A${at}$A${at}`),
      `FROM $A${lines}`,
    ].join('\n');
  expect(read(doubled(1)).dependencies[0]?.name).toBe(
    'registry.example.com/appregistry.example.com/app',
  );
  const [image] = read(doubled(40)).dependencies;
  expect([image?.pinned, image?.name]).toEqual(['unknown', '$A40']);
  const [long] = read(`ARG A=${'a'.repeat(60_000)}\nFROM ${'$A'.repeat(10_000)}`).dependencies;
  expect(long?.name.length).toBeLessThan(100_000);
  expect(long?.pinned).toBe('unknown');
});

describe('an installation that is hard to see in a Dockerfile (D11 D12)', () => {
  it('is found with another escape character', () => {
    expect(
      loose('# escape=`\nFROM scratch\nRUN apt-get update && `\n  apt-get install -y curl\n'),
    ).toEqual(['curl']);
    expect(read('# escape=`\nFROM scratch\nRUN choco install git\n').notLookedAt).toEqual([
      { kind: 'choco', line: 3 },
    ]);
  });

  it.each([
    'timeout 60 apt-get install -y curl',
    'nohup apt-get install -y curl',
    'nice -n 5 apt-get install -y curl',
    'while ! apt-get install -y curl; do sleep 1; done',
    'until apt-get install -y curl; do :; done',
    'retry 3 -- apt-get install -y curl',
    'chroot /mnt apt-get install -y curl',
    'su root -c "apt-get install -y curl"',
    'out=$(apt-get install -y curl)',
    'echo "$(apt-get install -y curl)"',
    'echo `apt-get install -y curl`',
    '$SUDO apt-get install -y curl',
    'set -e; /bin/bash <<EOF\napt-get install -y curl\nEOF',
    'cat <<EOF > /s && sh /s\napt-get install -y curl\nEOF',
  ])('is found in RUN %j', (command) => {
    expect(loose(`FROM scratch\nRUN ${command}\n`)).toEqual(['curl']);
    expect(loose(`FROM scratch\nRUN ${command.replaceAll('curl', 'curl=7.88.1-10')}\n`)).toEqual(
      [],
    );
  });

  it('is open where a variable names the installer; printing one installs nothing', () => {
    expect(loose('FROM scratch\nRUN $APT install -y curl\n')).toHaveLength(1);
    expect(
      loose(
        'FROM scratch\nRUN echo apt-get install curl\nRUN rm /usr/bin/apt-get\nRUN $JAVA -jar x\n',
      ),
    ).toEqual([]);
  });

  it('is found as an image that a mount names in quotes or in capitals', () => {
    for (const mount of [
      'type=bind,"from=node:20"',
      'type=bind,FROM=node:20',
      '"type=bind,from=node:20"',
    ])
      expect(loose(`FROM scratch\nRUN --mount=${mount} true\n`), mount).toEqual([
        'docker.io/library/node',
      ]);
    expect(loose(`FROM scratch\nRUN --mount=type=bind,"from=node@${DIGEST}" true\n`)).toEqual([]);
  });

  it('is found as a source of ADD: a variable, git, or an invalid checksum', () => {
    for (const line of [
      'ADD https://x.example/y /y',
      'ADD git@git.example.com:a/b.git /y',
      'ADD ssh://git@git.example.com/a /y',
      'ADD --checksum= https://x.example/y /y',
      'ADD --checksum=$SUM https://x.example/y /y',
      'ARG U=https://x.example/y\nADD $U /y',
      `ADD ${variable('U')} /y`,
      `ADD ["${variable('U')}", "/y"]`,
    ])
      expect(downloads(line), line).toBe(true);
    for (const line of [
      `ADD --checksum=${DIGEST} https://x.example/y /y`,
      `ARG JAR=target/a.jar\nADD ${variable('JAR')} /y`,
      'ADD a/$B /y',
      'ADD x@y /z',
    ])
      expect(downloads(line), line).toBe(false);
    const [first, second] = read(
      'ARG U=https://x.example/y\nFROM scratch\nARG U\nADD $U /y\nADD $V /y\n',
    ).dependencies;
    expect([first?.name, first?.pinned]).toEqual(['https://x.example/y', 'no']);
    expect([second?.name, second?.pinned]).toEqual(['$V', 'unknown']);
  });

  it('is found as the frontend behind a shebang or in comments of another language', () => {
    for (const head of [
      '#!/usr/bin/env x\n# syntax=evil.example/x:1\n',
      '//syntax=evil.example/x:1\n',
      '#!x\n//syntax = evil.example/x:1\n',
    ])
      expect(loose(`${head}FROM scratch\n`), head).toEqual(['evil.example/x']);
    expect(loose(`// syntax=evil.example/x@${DIGEST}\nFROM scratch\n`)).toEqual([]);
    expect(loose('FROM scratch\n# syntax=evil.example/x:1\n')).toEqual([]);
  });
});
