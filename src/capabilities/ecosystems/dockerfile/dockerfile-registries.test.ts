import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { readDockerfile } from './dockerfile.ts';

const read = (text: string) =>
  orThrow(readDockerfile('Dockerfile', new TextEncoder().encode(text)));
const list = (text: string): readonly string[] =>
  read(`FROM scratch\n${text}\n`).dependencies.map(
    ({ name, version, pinned, registry, registryFrom }) =>
      `${name} ${version ?? '-'} ${pinned}: ${registry ?? '?'} (${registryFrom})`,
  );
const A = 'https://a.example/simple';
const B = 'https://b.example/simple';

describe('B10: where commands of a Dockerfile take packages from', () => {
  it.each([
    [`RUN pip install -i ${A} x==1`, 'x 1 yes: a.example/simple (written)'],
    // pip takes the best version of all indexes, whichever has it (dependency confusion).
    [`RUN pip install -i ${A} --extra-index-url ${B} x==1`, 'x 1 yes: ? (configured)'],
    [`RUN pip install -i ${A} --extra=${B} x==1`, 'x 1 yes: ? (configured)'],
    [`RUN pip install -i ${A} -f ${B} x==1`, 'x 1 yes: ? (configured)'],
    [`RUN uv pip install --index ${B} x==1`, 'x 1 yes: ? (configured)'],
    [`RUN uv pip install --default-index ${A} x==1`, 'x 1 yes: a.example/simple (written)'],
    [`ENV PIP_EXTRA_INDEX_URL=${B}\nRUN pip install -i ${A} x==1`, 'x 1 yes: ? (configured)'],
    [
      `RUN pip config set global.extra-index-url ${B}\nRUN pip install -i ${A} x==1`,
      'x 1 yes: ? (configured)',
    ],
    [`ENV PIP_INDEX_URL=${A}\nRUN pip install x==1`, 'x 1 yes: a.example/simple (configured)'],
    [`RUN PIP_INDEX_URL=${A} pip install x==1`, 'x 1 yes: a.example/simple (configured)'],
    [`RUN pip install x==1`, 'x 1 yes: ? (default)'],
    [
      'ENV npm_config_registry=https://npm.example/\nRUN npm i -g x@1.0.0',
      'x 1.0.0 yes: npm.example (configured)',
    ],
    [
      'RUN npm config set registry https://npm.example/ && npm i -g x@1.0.0',
      'x 1.0.0 yes: npm.example (configured)',
    ],
    [
      'RUN npm config set @s:registry https://b.example && npm i -g --registry https://a.example @s/x@1.0.0',
      '@s/x 1.0.0 yes: ? (configured)',
    ],
    [
      'ENV GOPROXY=https://go.example,direct\nRUN go install x.example/y@v1.0.0',
      'x.example/y v1.0.0 yes: go.example (configured)',
    ],
    ['RUN gem install x -v 1.0 -s https://gems.example', 'x 1.0 yes: gems.example (written)'],
    [
      'RUN gem install x -v 1.0 -s https://gems.example -s https://b.example',
      'x 1.0 yes: ? (configured)',
    ],
    [
      'RUN cargo install x --version 1.0.0 --index sparse+https://c.example/',
      'x 1.0.0 yes: c.example (written)',
    ],
    ['RUN cargo install x --version 1.0.0 --registry corp', 'x 1.0.0 yes: ? (configured)'],
    [
      'RUN dotnet tool install -g x --version 7.0.0 --add-source https://n.example',
      'x 7.0.0 yes: ? (configured)',
    ],
  ])('%s', (text, wanted) => {
    expect(list(text)).toEqual([wanted]);
  });

  it('every installer is read, or named as not looked at', () => {
    const run = (command: string) => {
      const { dependencies, notLookedAt } = read(`FROM scratch\nRUN ${command}\n`);
      return [
        ...dependencies.map(
          ({ ecosystem, name, version }) => `${ecosystem} ${name} ${version ?? '-'}`,
        ),
        ...notLookedAt.map(({ kind }) => `? ${kind}`),
      ];
    };
    expect(run('dotnet tool install --global x && dotnet add a.csproj package y -v 1.2.3')).toEqual(
      ['nuget x -', 'nuget y 1.2.3'],
    );
    expect(run('dotnet restore && dotnet build && composer install')).toEqual([]);
    expect(
      run('composer global require a/b:^1 c/d:1.2.3 && composer create-project e/f x'),
    ).toEqual(['composer a/b -', 'composer c/d 1.2.3', 'composer e/f -']);
    expect(run('uvx ruff@0.5.1 check . && uv tool run black && pipx run --spec a==1 b')).toEqual([
      'pypi ruff 0.5.1',
      'pypi black -',
      'pypi a 1',
    ]);
    expect(
      run('cpanm A::B && luarocks install x && nix-env -iA y && mix local.hex --force'),
    ).toEqual(['? cpanm', '? luarocks', '? nix-env', '? mix']);
    expect(run('mix deps.get && stack install && pod install && opam --version')).toEqual([]);
  });
});
