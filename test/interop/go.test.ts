import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import { inventoryTree, readDeclaredDependencies } from '../../src/capabilities/inventory/index.ts';
import { orThrow } from '../../src/core/result.ts';

const GO = findGo();
const top = mkdtempSync(join(tmpdir(), 'waybill-go-'));
afterAll(() => rmSync(top, { recursive: true, force: true }));

/** The go command, where it can fetch a module; null with a message where it cannot. */
function findGo(): string | null {
  for (const go of ['go', '/usr/local/go/bin/go'])
    try {
      execFileSync(go, ['mod', 'download', 'golang.org/x/mod@v0.22.0'], { stdio: 'ignore' });
      return go;
    } catch {
      // The next one is tried.
    }
  console.warn('skipped: Go programs and modules are not compared with go: it fetches no module');
  return null;
}

function runGo(folder: string, args: readonly string[], env: Record<string, string> = {}): string {
  const all = { ...process.env, GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0', ...env };
  return execFileSync(GO ?? '', args, { cwd: folder, encoding: 'utf8', env: all });
}

function write(folder: string, files: Readonly<Record<string, string>>): string {
  const place = join(top, folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
  }
  return place;
}

const list = (folder: string, target: 'source-tree' | 'root-file-system') =>
  inventoryTree(orThrow(openFileTree(folder)), '.', { target });

/** What `go version -m` says, with what replaces a module in its place. */
function askVersion(file: string): readonly string[] {
  const [first = '', ...lines] = runGo(top, ['version', '-m', file]).trimEnd().split('\n');
  const found: string[] = [`stdlib ${/: go(\S+)/.exec(first)?.[1]}`];
  let from = '';
  for (const line of lines) {
    const [word, path = '', version = ''] = line.trim().split('\t');
    if (word === '=>') found.pop();
    const isFolder = word === '=>' && path.startsWith('.');
    if (word === 'mod' || word === 'dep') from = path;
    if (word === 'mod' || word === 'dep' || word === '=>')
      found.push(isFolder ? `${from} (devel)` : `${path} ${version}`);
  }
  return [...new Set(found)].sort();
}

async function readPrograms(folder: string): Promise<readonly string[]> {
  const { components, skips } = await list(folder, 'root-file-system');
  expect(skips.map(({ cause }) => cause.message)).toEqual([]);
  return components.map(({ name, version }) => `${name} ${version}`).sort();
}

describe.skipIf(GO === null)('B2, D11: programs of Go are read as go version -m reads them', () => {
  const source = {
    'go.mod':
      'module example.com/tool\n\ngo 1.22\n\nrequire (\n\texample.com/lib v0.0.0\n' +
      '\tgithub.com/gogo/protobuf v1.3.2\n)\n\nreplace example.com/lib => ./lib\n\n' +
      'replace github.com/gogo/protobuf => github.com/regen-network/protobuf v1.3.3-alpha.regen.1\n',
    'lib/go.mod': 'module example.com/lib\n\ngo 1.22\n',
    'lib/lib.go': 'package lib\n\nconst Name = "lib"\n',
    'main.go':
      'package main\n\nimport (\n\t"example.com/lib"\n\t"github.com/gogo/protobuf/sortkeys"\n)\n\n' +
      'func main() { names := []string{lib.Name}; sortkeys.Strings(names); println(names[0]) }\n',
  };
  it.each<[string, string, readonly string[], Record<string, string>]>([
    ['Linux', 'tool', [], { GOOS: 'linux', GOARCH: 'amd64' }],
    [
      'Linux, stripped',
      'tool',
      ['-ldflags=-s -w', '-trimpath'],
      { GOOS: 'linux', GOARCH: 'amd64' },
    ],
    ['Linux, position independent', 'tool', ['-buildmode=pie'], { GOOS: 'linux', GOARCH: 'amd64' }],
    ['Linux of the other byte order', 'tool', [], { GOOS: 'linux', GOARCH: 's390x' }],
    ['Linux of 32 bits', 'tool', [], { GOOS: 'linux', GOARCH: '386' }],
    ['Windows', 'tool.exe', ['-ldflags=-s -w'], { GOOS: 'windows', GOARCH: 'amd64' }],
    ['macOS', 'tool', ['-ldflags=-s -w'], { GOOS: 'darwin', GOARCH: 'arm64' }],
  ])('%s', { timeout: 300_000 }, async (name, file, options, env) => {
    const folder = write(`programs/${name}`, source);
    const out = join(top, 'out', name, file);
    runGo(folder, ['mod', 'tidy']);
    runGo(folder, ['build', ...options, '-o', out, '.'], env);
    expect(await readPrograms(dirname(out))).toEqual(askVersion(out));
  });

  it.each([
    ['@bufbuild/buf-linux-x64@1.50.0', 'bin/buf', 170],
    ['lefthook-linux-x64@1.10.0', 'bin/lefthook', 60],
    ['@esbuild/linux-x64@0.24.0', 'bin/esbuild', 1],
  ])('%s, as npm has it', { timeout: 300_000 }, async (name, program, least) => {
    const place = write(`npm/${name.replaceAll('/', '+')}`, { 'package.json': '{}' });
    const options = ['install', '--no-save', '--ignore-scripts', '--force', '--silent', name];
    execFileSync('npm', options, { cwd: place, stdio: 'ignore' });
    const file = join(place, 'node_modules', name.replace(/@[^@]+$/, ''), program);
    const said = askVersion(file);
    expect(said.length).toBeGreaterThan(least / 2);
    const folder = write(`npm-program/${name.replaceAll('/', '+')}`, {});
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'program'), readFileSync(file), { mode: 0o755 });
    expect(await readPrograms(folder)).toEqual(said);
  });
});

/** Requirements by the package that the code imports. */
const PROJECTS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a greeting', { 'rsc.io/quote': 'rsc.io/quote@v1.5.2' }],
  [
    'a command line',
    {
      'github.com/spf13/cobra': 'github.com/spf13/cobra@v1.8.0',
      'gopkg.in/yaml.v3': 'gopkg.in/yaml.v3@v3.0.1',
    },
  ],
  [
    'a server',
    {
      'golang.org/x/net/http2': 'golang.org/x/net@v0.20.0',
      'github.com/gofrs/uuid': 'github.com/gofrs/uuid@v4.0.0+incompatible',
    },
  ],
  ['a logger', { 'github.com/sirupsen/logrus': 'github.com/sirupsen/logrus@v1.9.3' }],
];

describe.skipIf(GO === null)('B2, D11: source trees of Go are read as go list reads them', () => {
  const make = (folder: string, go: string, imports: Readonly<Record<string, string>>): string => {
    const lines = Object.keys(imports).map((path) => `\t_ "${path}"`);
    const place = write(folder, {
      'go.mod': `module example.com/app\n\ngo ${go}\n`,
      'main.go': `package main\n\nimport (\n${lines.join('\n')}\n)\n\nfunc main() {}\n`,
    });
    runGo(place, ['get', ...Object.values(imports)]);
    runGo(place, ['mod', 'tidy', `-go=${go}`]);
    return place;
  };
  const lines = (text: string): readonly string[] => [
    ...new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('example.com/'))),
  ];

  it.each(
    PROJECTS.flatMap(([name, imports]) =>
      ['1.16', '1.17', '1.22'].map((go) => [`${name} of Go ${go}`, go, imports] as const),
    ),
  )('%s', { timeout: 120_000 }, async (name, go, imports) => {
    const place = make(`trees/${name}`, go, imports);
    const all = lines(runGo(place, ['list', '-m', '-f', '{{.Path}} {{.Version}}', 'all']));
    const form = '{{with .Module}}{{.Path}} {{.Version}}{{end}}';
    const built = lines(runGo(place, ['list', '-deps', '-test', '-f', form, './...']));
    const { components, outcome, skips } = await list(place, 'source-tree');
    const ours = components.map(({ name: path, version }) => `${path} ${version}`);
    expect([skips.map(({ cause }) => cause.message), outcome]).toEqual([[], 'complete']);
    // Modules of the graph that no package of this tree imports are not downloaded.
    expect(ours.filter((one) => !all.includes(one))).toEqual([]);
    expect(built.filter((one) => !ours.includes(one))).toEqual([]);
    const declared = await readDeclaredDependencies(orThrow(openFileTree(place)));
    expect(declared.outcome).toBe('complete');
    expect(declared.dependencies.filter(({ pinned }) => pinned !== 'yes')).toEqual([]);
    runGo(place, ['mod', 'vendor']);
    const vendored = await list(place, 'source-tree');
    expect([vendored.outcome, vendored.skips]).toEqual(['complete', []]);
    const left = built.filter(
      (one) => !vendored.components.some(({ name: path, version }) => `${path} ${version}` === one),
    );
    expect(left).toEqual([]);
  });

  it('a workspace has the versions of go list -m all', { timeout: 120_000 }, async () => {
    const place = join(top, 'workspace');
    make('workspace/a', '1.22.0', { 'golang.org/x/mod/semver': 'golang.org/x/mod@v0.20.0' });
    make('workspace/b', '1.22.0', { 'golang.org/x/mod/semver': 'golang.org/x/mod@v0.22.0' });
    const b = join(place, 'b/go.mod');
    writeFileSync(b, readFileSync(b, 'utf8').replace('example.com/app', 'example.com/other'));
    runGo(place, ['work', 'init', './a', './b']);
    const all = lines(runGo(place, ['list', '-m', '-f', '{{.Path}} {{.Version}}', 'all']));
    const { components, outcome } = await list(place, 'source-tree');
    const ours = components.map(({ name, version }) => `${name} ${version}`);
    expect([ours.filter((one) => !all.includes(one)), outcome]).toEqual([[], 'complete']);
    expect(ours).toContain('golang.org/x/mod v0.22.0');
  });
});
