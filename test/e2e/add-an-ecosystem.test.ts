import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, run } from '../../tools/process.ts';

const PAGE = 'docs/guides/add-an-ecosystem.md';
const FOLDER = 'src/capabilities/ecosystems/cargo/';
const FILES_OUTSIDE_MAX = 3;

interface GuideStep {
  readonly language: string;
  readonly file: string;
  readonly body: string;
}

/** The blocks of the guide that name a file: a whole file, or lines to remove and add. */
function readSteps(): readonly GuideStep[] {
  const text = readFileSync(join(root, PAGE), 'utf8');
  return [...text.matchAll(/^```(ts|diff) (\S+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', file = '', body = '']) => ({ language, file, body }),
  );
}

/** Lines with `-` or a blank must be in the file once, in this order. Lines with `+` are added. */
function applyDiff(text: string, body: string): string {
  const lines = body.trimEnd().split('\n');
  const pick = (marks: string) =>
    lines.flatMap((line) => (marks.includes(line.charAt(0)) ? `${line.slice(1)}\n` : [])).join('');
  const [before, after] = [pick(' -'), pick(' +')];
  if (text.split(before).length !== 2) throw new Error(`not once in the file: ${before}`);
  return text.replace(before, () => after);
}

function applyStep(copy: string, { language, file, body }: GuideStep): void {
  const path = join(copy, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, language === 'ts' ? body : applyDiff(readFileSync(path, 'utf8'), body));
}

/** Files of the copy that are new or different from this repository. */
function listChanges(copy: string): readonly string[] {
  return readdirSync(join(copy, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(copy.length + 1)
        .replaceAll(sep, '/'),
    )
    .filter((file) => {
      try {
        return !readFileSync(join(root, file)).equals(readFileSync(join(copy, file)));
      } catch {
        return true;
      }
    });
}

function listTypeErrors(copy: string, files: readonly string[]): readonly string[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const program = ts.createProgram(
    files.map((file) => join(copy, file)),
    { ...options, typeRoots: [join(root, 'node_modules/@types')] },
  );
  return files
    .flatMap((file) => program.getSourceFile(join(copy, file)) ?? [])
    .flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ])
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}

const LOCK = `version = 4

[[package]]
name = "shop"
version = "0.1.0"

[[package]]
name = "time"
version = "0.1.44"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "${'a'.repeat(64)}"

[[package]]
name = "libc"
version = "0.2.150"
source = "registry+https://github.com/rust-lang/crates.io-index"
`;
const ADVISORY = {
  id: 'RUSTSEC-2020-0071',
  modified: '2024-01-01T00:00:00Z',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'crates.io', name: 'time' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0.1.0' }, { fixed: '0.2.23' }] }],
    },
  ],
};

let top: string;
let copy: string;

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-ecosystem-'));
  copy = join(top, 'tree');
  for (const part of ['src', 'bin', 'data', 'package.json'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  for (const step of readSteps()) applyStep(copy, step);
  mkdirSync(join(top, 'shop'));
  writeFileSync(
    join(top, 'shop/Cargo.toml'),
    '[package]\nname = "shop"\n[dependencies]\ntime = "0.1"\n',
  );
  writeFileSync(join(top, 'shop/Cargo.lock'), LOCK);
  writeFileSync(join(top, 'advisories.json'), JSON.stringify(ADVISORY));
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

async function waybill<T>(tree: string, ...args: readonly string[]): Promise<T> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: top, WAYBILL_HOME: join(top, 'home') };
  const program = join(tree, 'bin/waybill.js');
  const answer = await run(process.execPath, [program, ...args], { cwd: top, env });
  if (answer.stdout === '') throw new Error(answer.stderr);
  return JSON.parse(answer.stdout) as T;
}

interface ListedTree {
  readonly outcome: string;
  readonly components: readonly { readonly purl: string }[];
}

interface ScannedTree {
  readonly report: {
    readonly outcome: string;
    readonly findings: readonly { readonly id: string; readonly component: string }[];
  };
}

/** The answer about one target. */
async function ask<T>(tree: string, command: string, target: string): Promise<T | undefined> {
  const answer = await waybill<{ readonly targets: readonly T[] }>(
    tree,
    command,
    target,
    '--format',
    'json',
  );
  return answer.targets[0];
}

describe('the guide to a new ecosystem, followed exactly', () => {
  it('touches at most three files outside its folder, and its code type-checks', () => {
    const changes = listChanges(copy);
    expect([...new Set(readSteps().map(({ file }) => file))].sort()).toEqual([...changes].sort());
    const outside = changes.filter((file) => !file.startsWith(FOLDER));
    expect(outside).toContain('src/capabilities/ecosystems/list.ts');
    expect(outside.length).toBeLessThanOrEqual(FILES_OUTSIDE_MAX);
    expect(changes.length - outside.length).toBeGreaterThan(0);
    expect(listTypeErrors(copy, changes)).toEqual([]);
    writeFileSync(join(copy, `${FOLDER}wrong.ts`), "export const wrong: number = 'text';\n");
    expect(listTypeErrors(copy, [`${FOLDER}wrong.ts`])).toHaveLength(1);
    rmSync(join(copy, `${FOLDER}wrong.ts`));
  });

  it('lists the packages of a lock that could not be read before, and is complete', async () => {
    const before = await waybill<unknown>(root, 'sbom', 'shop', '--format', 'json');
    expect(before).toMatchObject({ error: { code: 'UNSUPPORTED' } });
    const after = await ask<ListedTree>(copy, 'sbom', 'shop');
    expect(after?.outcome).toBe('complete');
    expect(after?.components.map(({ purl }) => purl)).toEqual([
      'pkg:cargo/libc@0.2.150',
      'pkg:cargo/time@0.1.44',
    ]);
    const declared = await waybill<unknown>(copy, 'deps', 'shop', '--format', 'json');
    expect(declared).toMatchObject({
      targets: [{ outcome: 'partial', notLookedAt: [{ kind: 'cargo' }] }],
    });
  });

  it('is partial for a manifest without a lock', async () => {
    mkdirSync(join(top, 'open/locked'), { recursive: true });
    writeFileSync(join(top, 'open/locked/Cargo.lock'), LOCK);
    writeFileSync(join(top, 'open/Cargo.toml'), '[dependencies]\ntime = "0.1"\n');
    expect(await ask<ListedTree>(copy, 'sbom', 'open')).toMatchObject({
      outcome: 'partial',
      skips: [{ location: 'Cargo.toml', code: 'FACT_UNKNOWN' }],
    });
  });

  it('finds what an imported advisory says about one package, and only that', async () => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: top, WAYBILL_HOME: join(top, 'home') };
    const program = join(copy, 'bin/waybill.js');
    const imported = await run(
      process.execPath,
      [program, 'advisories', 'import', 'advisories.json'],
      { cwd: top, env },
    );
    expect(imported.code).toBe(0);
    const scanned = await ask<ScannedTree>(copy, 'scan', 'shop');
    expect(scanned?.report.findings.map(({ id, component }) => [id, component])).toEqual([
      ['RUSTSEC-2020-0071', 'pkg:cargo/time@0.1.44'],
    ]);
    expect(scanned?.report.outcome).toBe('complete');
  });
});
