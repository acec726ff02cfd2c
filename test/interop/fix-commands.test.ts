import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandFile } from '../support/command-file.ts';
import { packFeed } from '../support/dated-feed.ts';
import { findPeer, peersFolder } from '../support/peer.ts';

const work = mkdtempSync(join(tmpdir(), 'waybill fixes '));
afterAll(() => rmSync(work, { recursive: true, force: true }));

interface Project {
  readonly title: string;
  /** Programs that must be here. */
  readonly needs?: readonly string[];
  /** A package manager as npm or pip installs it, and its program there. */
  readonly npm?: readonly [spec: string, program: string, name: string];
  readonly pip?: string;
  readonly files: Readonly<Record<string, string>>;
  /** Writes the lock, with the version that has the flaw. */
  readonly lock?: string;
  readonly lockFile: string;
  readonly flaw: { readonly ecosystem: string; readonly name: string; readonly fixed: string };
}

const packageJson = JSON.stringify({ name: 'a', version: '1.0.0', dependencies: { ms: '2.0.0' } });
const pyproject = '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.9"\n';
const MS = { ecosystem: 'npm', name: 'ms', fixed: '2.1.3' };
const IDNA = { ecosystem: 'PyPI', name: 'idna', fixed: '3.7' };

const PROJECTS: readonly Project[] = [
  {
    title: 'npm',
    needs: ['npm'],
    files: { 'package.json': packageJson },
    lock: 'npm install --package-lock-only --no-audit --no-fund',
    lockFile: 'package-lock.json',
    flaw: MS,
  },
  {
    title: 'pnpm',
    needs: ['npm'],
    npm: ['pnpm@9.15.9', 'pnpm/bin/pnpm.cjs', 'pnpm'],
    files: { 'package.json': packageJson },
    lock: 'pnpm install --lockfile-only',
    lockFile: 'pnpm-lock.yaml',
    flaw: MS,
  },
  {
    title: 'Yarn',
    needs: ['npm'],
    npm: ['@yarnpkg/cli-dist@4.9.2', '@yarnpkg/cli-dist/bin/yarn.js', 'yarn'],
    files: {
      'package.json': packageJson,
      'yarn.lock': '',
      '.yarnrc.yml': 'enableTelemetry: false\n',
    },
    lock: 'yarn install --mode=update-lockfile --no-immutable',
    lockFile: 'yarn.lock',
    flaw: MS,
  },
  {
    title: 'Cargo',
    needs: ['cargo'],
    files: {
      'Cargo.toml':
        '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nitoa = "1"\n',
      'src/lib.rs': '',
    },
    lock: 'cargo generate-lockfile && cargo update -p itoa --precise 1.0.5',
    lockFile: 'Cargo.lock',
    flaw: { ecosystem: 'crates.io', name: 'itoa', fixed: '1.0.9' },
  },
  {
    title: 'Go',
    needs: ['go'],
    files: {
      'go.mod': 'module example.com/a\n\ngo 1.21\n\nrequire github.com/google/uuid v1.3.0\n',
      'main.go':
        'package main\n\nimport "github.com/google/uuid"\n\nfunc main() { _ = uuid.New() }\n',
    },
    lock: 'go mod tidy',
    lockFile: 'go.mod',
    flaw: { ecosystem: 'Go', name: 'github.com/google/uuid', fixed: '1.3.1' },
  },
  {
    title: 'uv',
    pip: 'uv==0.9.7',
    files: { 'pyproject.toml': `${pyproject}dependencies = ["idna>=3"]\n` },
    lock: 'uv lock -q --upgrade-package idna==3.6',
    lockFile: 'uv.lock',
    flaw: IDNA,
  },
  {
    title: 'Poetry',
    pip: 'poetry==2.1.4',
    files: {
      'pyproject.toml':
        '[tool.poetry]\npackage-mode = false\n\n[tool.poetry.dependencies]\npython = ">=3.9"\n' +
        'idna = "3.6"\n\n[[tool.poetry.source]]\nname = "x"\nurl = "INDEX"\npriority = "primary"\n',
    },
    lock: 'poetry lock -q -n',
    lockFile: 'poetry.lock',
    flaw: IDNA,
  },
  {
    title: 'pip',
    files: { 'requirements.txt': 'idna==3.6\n' },
    lockFile: 'requirements.txt',
    flaw: IDNA,
  },
  {
    title: 'Maven',
    files: {
      'pom.xml':
        '<project><modelVersion>4.0.0</modelVersion><groupId>com.example</groupId>' +
        '<artifactId>a</artifactId><version>1</version><dependencies><dependency>' +
        '<groupId>commons-io</groupId><artifactId>commons-io</artifactId><version>2.11.0</version>' +
        '</dependency></dependencies></project>\n',
    },
    lockFile: 'pom.xml',
    flaw: { ecosystem: 'Maven', name: 'commons-io:commons-io', fixed: '2.14.0' },
  },
];

const env = (bin: readonly string[]): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: [...bin, dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
  WAYBILL_HOME: join(work, 'home'),
  POETRY_CACHE_DIR: join(work, 'poetry'),
  COREPACK_ENABLE_STRICT: '0',
});

function waybill(cwd: string, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [commandFile(), ...words], {
    cwd,
    env: env([]),
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

/** Where the program of a package manager is, installed if need be; null, with a message: none. */
function findTools({ title, needs = [], npm, pip }: Project): readonly string[] | null {
  const skip = (why: string): null => {
    console.warn(`skipped: the commands of fixes are not run with ${title}: ${why}`);
    return null;
  };
  const missing = needs.find((name) => findPeer(name) === null);
  if (missing !== undefined) return skip(`there is no ${missing}`);
  try {
    if (npm !== undefined) return [installNpm(npm)];
    return pip === undefined ? [] : [installPip(pip)];
  } catch {
    return skip('it cannot be installed');
  }
}

function installNpm([spec, program, name]: NonNullable<Project['npm']>): string {
  const folder = join(work, `tool-${name}`);
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const words = [
    'install',
    '--prefix',
    folder,
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    spec,
  ];
  execFileSync('npm', words, { stdio: 'ignore', timeout: 120_000, env: env([]) });
  const call = `#!/bin/sh\nexec '${process.execPath}' '${folder}/node_modules/${program}' "$@"\n`;
  writeFileSync(join(folder, 'bin', name), call, { mode: 0o755 });
  return join(folder, 'bin');
}

function installPip(spec: string): string {
  const folder = join(peersFolder, `fixes-${spec.replace('==', '-')}`);
  if (existsSync(join(folder, 'ready'))) return join(folder, 'bin');
  mkdirSync(peersFolder, { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
  const words = ['install', '-q', '--disable-pip-version-check', spec];
  execFileSync(join(folder, 'bin/pip'), words, { stdio: 'ignore', timeout: 300_000 });
  writeFileSync(join(folder, 'ready'), '');
  return join(folder, 'bin');
}

/** Poetry asks an interface that not every mirror has; pip names the one that each has. */
function askIndex(bin: string): string {
  const ask = 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)';
  return execFileSync(join(bin, 'python'), ['-c', ask], { encoding: 'utf8' }).trim();
}

const ID = 'EX-2026-7';
const record = ({ ecosystem, name, fixed }: Project['flaw'], at: number) => ({
  id: `${ID}${at}`,
  modified: '2026-01-01T00:00:00Z',
  summary: 'A flaw that nobody has found',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem, name },
      ranges: [
        {
          type:
            ecosystem === 'npm' || ecosystem === 'Go' || ecosystem === 'crates.io'
              ? 'SEMVER'
              : 'ECOSYSTEM',
          events: [{ introduced: '0' }, { fixed }],
        },
      ],
    },
  ],
});

interface Plan {
  readonly commands: readonly string[];
}

interface ScanOutput {
  readonly targets: readonly {
    readonly report: { readonly findings: readonly { readonly id: string }[] };
  }[];
}

/** What is still found here, by id. */
function scan(folder: string): readonly string[] {
  const { stdout } = waybill(folder, 'scan', '.', '--format', 'json');
  const { targets } = JSON.parse(stdout) as ScanOutput;
  return targets.flatMap(({ report }) =>
    report.findings.map(({ id }) => id).filter((id) => id.startsWith(ID)),
  );
}

describe('D19, D20: after waybill fix --apply and the commands that it prints', () => {
  beforeAll(() => {
    const feed = join(work, 'feed.ndjson.gz');
    writeFileSync(feed, packFeed(PROJECTS.map(({ flaw }, at) => record(flaw, at))));
    expect(waybill(work, 'advisories', 'import', feed)).toMatchObject({ status: 0 });
  });

  it.each(PROJECTS)(
    'a project of $title has the version without the flaw',
    (project) => {
      const bin = findTools(project);
      if (bin === null) return;
      const folder = join(work, project.title);
      for (const [path, text] of Object.entries(project.files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        const index = text.includes('INDEX') ? askIndex(bin[0] ?? '') : '';
        writeFileSync(join(folder, path), text.replace('INDEX', index));
      }
      const sh = (line: string) =>
        execFileSync('sh', ['-c', line], { cwd: folder, env: env(bin), timeout: 240_000 });
      if (project.lock !== undefined) {
        try {
          sh(project.lock);
        } catch {
          console.warn(`skipped: ${project.title} cannot write a lock here`);
          return;
        }
      }
      const before = scan(folder);
      expect(before.length).toBeGreaterThan(0);
      const fixed = waybill(folder, 'fix', '--apply', '--format', 'json');
      const { commands } = JSON.parse(fixed.stdout) as Plan;
      for (const command of commands) sh(command);
      expect(readFileSync(join(folder, project.lockFile), 'utf8')).toContain(project.flaw.fixed);
      expect(scan(folder), fixed.stdout).toEqual([]);
    },
    300_000,
  );
});
