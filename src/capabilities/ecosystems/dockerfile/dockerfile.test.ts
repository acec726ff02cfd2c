import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { type DockerfileDependencies, readDockerfile } from './dockerfile.ts';
import { isDockerfile } from './dockerfile-format.ts';
import { splitCommands } from './shell-words.ts';

const SHA = `sha256:${'a'.repeat(64)}`;
/**
 * A variable of a Dockerfile: `$` and braces are separate, so that this is not a template string.
 */
const variable = (text: string): string => ['$', '{', text, '}'].join('');

function read(text: string): DockerfileDependencies {
  return orThrow(readDockerfile('Dockerfile', new TextEncoder().encode(text)));
}

function shown(text: string): readonly string[] {
  return read(text).dependencies.map(
    ({ name, version, pinned, place }) => `${place.line} ${name} ${version ?? '-'} ${pinned}`,
  );
}

describe('D11 D12 D20: base images of a Dockerfile', () => {
  it('are pinned by a digest alone; a tag may move, and no tag means the latest', () => {
    const pinned = `FROM registry.example.com/base/node:22@${SHA}`;
    const text = `FROM node\nFROM node:22\n${pinned}\nFROM scratch\n`;
    expect(shown(text)).toEqual([
      '1 docker.io/library/node latest no',
      '2 docker.io/library/node 22 no',
      `3 registry.example.com/base/node ${SHA} yes`,
    ]);
    const [bare, , whole] = read(text).dependencies;
    expect(bare).toMatchObject({
      registry: 'docker.io/library',
      registryFrom: 'default',
      why: 'it names neither tag nor digest',
    });
    expect(whole).toMatchObject({
      registry: 'registry.example.com/base',
      registryFrom: 'written',
      recorded: true,
    });
    expect(whole?.purl).toBe(
      `pkg:oci/node@${SHA.replace(':', ':')}?` +
        'repository_url=registry.example.com%2Fbase%2Fnode&tag=22',
    );
  });

  it('that name a stage of the same file, by name or number, are not dependencies', () => {
    const text =
      `FROM --platform=$BUILDPLATFORM node:22 AS Build\nFROM build\nCOPY --from=BUILD a ` +
      `b\nCOPY --from=0 a b\nCOPY --chown=1:1 --from=busybox:1 a b\nCOPY --from=7 a b\nRUN ` +
      `--mount=type=bind,from=tools:2,target=/t --mount=type=cache,target=/c true\n`;
    expect(shown(text)).toEqual([
      '1 docker.io/library/node 22 no',
      '5 docker.io/library/busybox 1 no',
      '6 docker.io/library/7 latest no',
      '7 docker.io/library/tools 2 no',
    ]);
  });

  it('use the defaults of build arguments; an argument without a default is unknown', () => {
    const text = [
      'ARG VERSION=22',
      `ARG BASE="registry.example.com/node:${variable('VERSION')}@${SHA}"`,
      'ARG NONE',
      'FROM $BASE AS a',
      `FROM node:${variable('OTHER:-20')}`,
      `FROM ${variable('NONE')}`,
      'FROM node:$NONE',
    ].join('\n');
    expect(shown(text)).toEqual([
      `4 registry.example.com/node ${SHA} yes`,
      '5 docker.io/library/node 20 no',
      `6 ${variable('NONE')} - unknown`,
      '7 node:$NONE - unknown',
    ]);
    expect(read(text).dependencies[0]?.why).toContain('by the default of ARG BASE');
    expect(read(text).dependencies[2]?.why).toBe('NONE has no default');
  });

  it('are read in every form: CRLF, byte order mark, escape character, continued lines', () => {
    expect(shown('\ufeff# escape=`\r\nfrom `\r\n  # why\r\n\r\n  node:22\r\n')).toEqual([
      '2 docker.io/library/node 22 no',
    ]);
    expect(shown('# syntax=docker/dockerfile:1\r\nFROM scratch\r\n')).toEqual([
      '1 docker.io/docker/dockerfile 1 no',
    ]);
    expect(shown('# a comment\n# syntax=docker/dockerfile:1\nFROM scratch\n')).toEqual([]);
    expect(
      shown('FROM scratch\nONBUILD COPY --from=alpine a b\nONBUILD RUN apt-get install curl'),
    ).toEqual(['2 docker.io/library/alpine latest no', '3 curl - no']);
  });

  it('that are not image references are unknown, on one line', () => {
    const [odd] = read('FROM Bad/Name:x\n').dependencies;
    const why = 'it is not an image reference';
    expect(odd).toMatchObject({ pinned: 'unknown', purl: null, why });
  });
});

describe('D11 D12: system packages that a Dockerfile installs', () => {
  const run = (text: string): readonly string[] =>
    shown(`FROM scratch\nRUN ${text}`).map((line) => line.replace(/^\d+ /, ''));

  it.each([
    [
      'apt-get update && apt-get install -y --no-install-recommends curl git=1:2.39-1 && rm -rf /x',
      ['curl - no', 'git 1:2.39-1 yes'],
    ],
    [
      'DEBIAN_FRONTEND=noninteractive sudo -E apt-get -o A::B=c -qq install "curl=7.88" \'git\'',
      ['curl 7.88 yes', 'git - no'],
    ],
    [
      'set -eux; apt-get -y install -t bookworm-backports git/bookworm libc6:amd64=2.36',
      ['git - no', 'libc6 2.36 yes'],
    ],
    [
      'apt install -y "curl=$VERSION" $PACKAGES git=`x`',
      ['curl - unknown', '$PACKAGES - unknown', 'git - unknown'],
    ],
    [
      `apt-get install -y curl=${variable('V')} lib${variable('X')}`,
      ['curl - unknown', `lib${variable('X')} - unknown`],
    ],
    ['apt-get install -y curl=7.* ./local.deb', ['curl - no', './local.deb - unknown']],
    ['apt-get install -y a=1 b- # c', ['a 1 yes']],
    ['sh -c "apt-get install -y curl"', ['curl - no']],
    ['bash -exc \'apt-get install -y "curl=1"\' || true', ['curl 1 yes']],
    ['if true; then apt-get install -y curl; fi', ['curl - no']],
    ['(apt-get install -y curl) | tee log', ['curl - no']],
    ['cat list | xargs apt-get install -y', ['the packages - unknown']],
    ['apt-get upgrade -y', ['every package - no']],
    ['apt-get update', []],
    ['echo "apt-get install curl"', []],
    ['/usr/bin/apt-get install curl', ['curl - no']],
    ['["apt-get", "install", "-y", "curl=1"]', ['curl 1 yes']],
    ['["bash", "-c", "apt-get install -y curl"]', ['curl - no']],
    ['["broken", apt-get install -y curl', ['curl - no']],
    ['apt-get install -y \\\n  # why\n  curl \\\n\n  git=2', ['curl - no', 'git 2 yes']],
    ['<<EOF\napt-get install -y curl\nEOF', ['curl - no']],
    ['bash <<EOF\napt-get install -y curl\nEOF', ['curl - no']],
    ['cat <<EOF > /x\napt-get install -y curl\nEOF', ['curl - no']],
  ])('RUN %s', (text, wanted) => {
    expect(run(text)).toEqual(wanted);
  });

  it('are on the line that names them', () => {
    expect(
      shown('FROM scratch\nRUN a && \\\r\n  # why\r\n  apt-get install -y \\\r\n  curl\r\n'),
    ).toEqual(['5 curl - no']);
    expect(shown('FROM scratch\nRUN <<EOF\ntrue\napt-get install -y curl\nEOF\n')).toEqual([
      '4 curl - no',
    ]);
  });

  it('and packages of installers without a reader are named', () => {
    const kinds = (text: string): readonly string[] =>
      read(`FROM scratch\nRUN ${text}`).notLookedAt.map(({ kind }) => kind);
    expect(kinds('choco install git && pacman -Syu jq && dpkg -i a.deb')).toEqual([
      'choco',
      'pacman',
      'deb archives',
    ]);
    expect(kinds('conda install -n base numpy && brew update && snap list')).toEqual([
      'conda',
      'brew',
    ]);
  });
});

describe('Dockerfiles as files', () => {
  it('are recognised by their names', () => {
    for (const name of [
      'Dockerfile',
      'Dockerfile.web',
      'Containerfile',
      'web.Dockerfile',
      'dockerfile',
    ])
      expect(isDockerfile(name)).toBe(true);
    for (const name of ['Dockerfile.dockerignore', '.dockerignore', 'Dockerfiles', 'docker.md'])
      expect(isDockerfile(name)).toBe(false);
  });

  const piece = fc.constantFrom(
    'FROM ',
    'RUN ',
    'apt-get install ',
    '\\\n',
    '\r\n',
    '<<A',
    '"',
    "'",
    '$',
    variable('X'),
    '`',
    '# escape=`\n',
    'ARG X=',
    'COPY --from=',
    '[',
    '&&',
    'sh -c ',
    '\u202e',
    '$(',
    ')',
  );
  it('no bytes make the reader throw, and every place is within the file', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(fc.oneof(piece, fc.string()), { maxLength: 40 }).map((all) => all.join('')),
        ),
        (text) => {
          const { dependencies } = read(text);
          const lines = text.split('\n').length;
          for (const { place, span } of dependencies) {
            expect(place.line).toBeGreaterThan(0);
            expect(place.line).toBeLessThanOrEqual(lines);
            if (span !== null)
              expect(
                text.replace(/^\ufeff/, '').slice(span.start, span.start + span.text.length),
              ).toBe(span.text);
          }
          expect(splitCommands(text).every((command) => command.length > 0)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  }, 60_000);

  it('a long file is read in linear time', () => {
    const line = 'RUN apt-get install -y curl git vim \\\n  less && true "quoted $x" $(date)\n';
    const text =
      'FROM ' +
      `scratch\n${line.repeat(Math.floor((LIMITS.dependencyFileBytesMax - 20) / line.length))}`;
    const started = process.cpuUsage();
    expect(read(text).dependencies.length).toBeGreaterThan(10_000);
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(10_000);
  }, 60_000);

  it.each([
    ['a comment without a line end', '#'.repeat(40_000), true],
    ['comments in a comment', `# a=b${' #'.repeat(20_000)}`, true],
    ['options within the limit', `RUN ${'--a=b '.repeat(LIMITS.dockerfileFlagsMax)}x`, true],
    ['options beyond it', `RUN ${'--a=b '.repeat(LIMITS.dockerfileFlagsMax + 1)}x`, false],
  ])('truth B1: %s takes linear time, or is refused', (_, text, isRead) => {
    const started = process.cpuUsage();
    const result = readDockerfile('Dockerfile', new TextEncoder().encode(text));
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(1_000);
    expect(result.ok || result.failure.code).toBe(isRead || 'LIMIT_EXCEEDED');
  });
});
