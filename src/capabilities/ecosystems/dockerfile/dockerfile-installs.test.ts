import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { readDockerfile } from './dockerfile.ts';

const read = (text: string) =>
  orThrow(readDockerfile('Dockerfile', new TextEncoder().encode(text))).dependencies;
const run = (command: string): readonly string[] =>
  read(`FROM scratch\nRUN ${command}\n`).map(
    ({ ecosystem, name, version, pinned }) => `${ecosystem} ${name} ${version ?? '-'} ${pinned}`,
  );
const SUM = 'b'.repeat(64);
const COMMIT = 'c'.repeat(40);
const ADDRESS = 'https://x.example/a.tgz';
/** A variable of a shell: `$` and braces are separate, so that this is no template string. */
const variable = (text: string): string => ['$', '{', text, '}'].join('');

describe('D11 D12 D20 B9 B14: what the commands of a Dockerfile install', () => {
  it.each([
    [
      'apk add --no-cache -t .deps curl=8.5.0-r0 git~=2 jq "zip>3" tini@edge !bash',
      ['curl 8.5.0-r0 yes', 'git - no', 'jq - no', 'zip - no', 'tini - no'].map(
        (one) => `apk ${one}`,
      ),
    ],
    ['apk --update add curl=$V $P', ['apk curl - unknown', 'apk $P - unknown']],
    ['apk update && apk upgrade', []],
    [
      'microdnf install -y httpd-2.4.57-5.el9.x86_64 nginx-1.20 gcc-toolset-12-gcc jq',
      [
        'rpm httpd 2.4.57-5.el9 yes',
        'rpm nginx - no',
        'rpm gcc-toolset-12-gcc - no',
        'rpm jq - no',
      ],
    ],
    [
      'yum -y install https://x.example/a.rpm ./b.rpm',
      ['generic https://x.example/a.rpm - no', 'rpm ./b.rpm - unknown'],
    ],
    ['zypper --non-interactive in curl=8.0.1-1.1', ['rpm curl 8.0.1-1.1 yes']],
    ['dnf -y upgrade', ['rpm every package - no']],
    [
      'pip install --no-cache-dir -r r.txt -c c.txt "flask[async]==3.0.3" requests "x>=1" . ./y -e .',
      ['pypi flask 3.0.3 yes', 'pypi requests - no', 'pypi x - no'],
    ],
    ['python3 -m pip install -U pip==$V', ['pypi pip - unknown']],
    [
      `pip3 install git+https://x.example/a@${COMMIT} git+https://x.example/b@v1`,
      [
        `generic git+https://x.example/a@${COMMIT} ${COMMIT} yes`,
        'generic git+https://x.example/b@v1 - no',
      ],
    ],
    [
      'uv pip install ruff==0.5.1 && uv sync && uv tool install black',
      ['pypi ruff 0.5.1 yes', 'pypi black - no'],
    ],
    [
      'npm install -g npm@10.8.1 @angular/cli@17 typescript && npm ci && npm install',
      ['npm npm 10.8.1 yes', 'npm @angular/cli - no', 'npm typescript - no'],
    ],
    [
      'npx --yes cowsay@1.5.0 && yarn global add a && pnpm dlx b@latest',
      ['npm cowsay 1.5.0 yes', 'npm a - no', 'npm b - no'],
    ],
    [
      `corepack enable && corepack prepare pnpm@9.1.0+sha224.${'a'.repeat(56)} --activate`,
      [`npm pnpm 9.1.0+sha224.${'a'.repeat(56)} yes`],
    ],
    [
      'gem install bundler -v 2.5.9 && gem install rake:13.2.1 rack -N',
      ['gem bundler 2.5.9 yes', 'gem rake 13.2.1 yes', 'gem rack - no'],
    ],
    [
      'go install example.com/cmd/x@v1.2.3 example.com/y@latest ./...',
      ['golang example.com/cmd/x v1.2.3 yes', 'golang example.com/y - no'],
    ],
    [
      'cargo install ripgrep --version 14.1.0 --locked && cargo install fd-find@10 && cargo build',
      ['cargo ripgrep 14.1.0 yes', 'cargo fd-find - no'],
    ],
    [
      `cargo install --git https://x.example/a --rev ${COMMIT} a`,
      [`generic https://x.example/a@${COMMIT} ${COMMIT} yes`],
    ],
    [`curl -fsSL ${ADDRESS} -o a.tgz`, [`generic ${ADDRESS} - no`]],
    [`wget -qO- ${ADDRESS} | tar xz`, [`generic ${ADDRESS} - no`]],
    [`curl -o a ${ADDRESS} && echo "${SUM}  a" | sha256sum -c -`, [`generic ${ADDRESS} - yes`]],
    [
      `curl -o a ${ADDRESS} && curl -o b ${ADDRESS}2 && echo "${SUM}  a" | sha256sum --check`,
      [`generic ${ADDRESS} - unknown`, `generic ${ADDRESS}2 - unknown`],
    ],
    [`curl -o a ${ADDRESS} && echo "$SUM  a" | sha256sum -c`, [`generic ${ADDRESS} - unknown`]],
    ['curl --version; curl "$URL" -o x', ['generic $URL - unknown']],
    ['cat urls | xargs wget', ['generic the packages - unknown']],
    [
      `git clone https://x.example/a && cd a && git checkout ${COMMIT}`,
      [`generic https://x.example/a ${COMMIT} yes`],
    ],
    ['git clone --depth 1 -b v1 https://x.example/a', ['generic https://x.example/a - no']],
    ['timeout 60 apk add curl', ['apk curl - no']],
    ['sh -c "pip install x"', ['pypi x - no']],
    ['<<EOF\npip install x\nEOF', ['pypi x - no']],
    ['["pip", "install", "x==1.0"]', ['pypi x 1.0 yes']],
    ['echo pip install x; rm /usr/bin/apk', []],
  ])('RUN %s', (command, wanted) => {
    expect(run(command)).toEqual(wanted);
  });

  it('is read in linear time where one instruction has many commands', () => {
    const text = `FROM scratch\nRUN ${`curl ${ADDRESS}; git clone ${ADDRESS}; `.repeat(8_000)}\n`;
    const before = process.cpuUsage();
    expect(read(text)).toHaveLength(16_000);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(8_000);
  });

  it('has addresses without passwords, with the variables that have values', () => {
    const [one, other] = read(
      `FROM scratch\nARG V=1\nRUN curl -LO https://u:p@x.example/${variable('V')}/a\nRUN pip install -i https://pypi.x.example/simple a==1\n`,
    );
    expect([one?.name, one?.registry, one?.requested]).toEqual([
      'https://x.example/1/a',
      'x.example',
      `https://x.example/${variable('V')}/a`,
    ]);
    expect([other?.registry, other?.registryFrom, other?.purl]).toEqual([
      'pypi.x.example/simple',
      'written',
      'pkg:pypi/a@1',
    ]);
  });

  it('ADD of an address is held by its checksum or its commit', () => {
    const add = (words: string) =>
      read(`FROM scratch\nADD ${words} /x\n`).map(({ version, pinned }) => `${version} ${pinned}`);
    expect(add(ADDRESS)).toEqual(['null no']);
    expect(add(`--checksum=sha256:${SUM} ${ADDRESS}`)).toEqual([`sha256:${SUM} yes`]);
    expect(add(`https://x.example/a.git#${COMMIT}`)).toEqual([`${COMMIT} yes`]);
    expect(add('https://x.example/a.git#v1')).toEqual(['null no']);
    expect(add('a.tgz b')).toEqual([]);
  });
});
