import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProcessResult, root, run } from '../../tools/process.ts';
import { packFeed } from '../support/dated-feed.ts';
import { applyGuide, copyTree, type GuideChanges, listDifferences } from '../support/guide-tree.ts';

const PAGE = 'add-an-ecosystem.md';
const FOLDER = 'src/capabilities/ecosystems/julia/';
const FILES_OUTSIDE_MAX = 3;

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

const LOCK = `manifest_format = "2.0"

[[deps.Dates]]
uuid = "ade2ca70-3891-5945-98fb-dc099432e06a"

[[deps.HTTP]]
deps = ["Dates", "URIs"]
git-tree-sha1 = "${'a'.repeat(40)}"
uuid = "cd3eb016-35fb-5094-929b-558a96fad6f3"
version = "1.10.0"

[[deps.URIs]]
uuid = "5c2747f8-b7ea-4ff2-ba2e-563bfd36b1d4"
version = "1.5.1"
`;
const PROJECT = 'name = "Shop"\n[deps]\nHTTP = "cd3eb016-35fb-5094-929b-558a96fad6f3"\n';
const HTTP = 'pkg:julia/HTTP@1.10.0?uuid=cd3eb016-35fb-5094-929b-558a96fad6f3';
const ADVISORY = {
  id: 'JLSEC-2025-1',
  modified: '2025-01-01T00:00:00Z',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'Julia', name: 'HTTP' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.10.17' }] }],
    },
  ],
};

let top: string;
let copy: string;
let steps: GuideChanges;

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-ecosystem-'));
  copy = copyTree();
  steps = applyGuide(PAGE, copy);
  mkdirSync(join(top, 'shop'));
  writeFileSync(join(top, 'shop/Project.toml'), PROJECT);
  writeFileSync(join(top, 'shop/Manifest.toml'), LOCK);
  writeFileSync(join(top, 'advisories.json'), packFeed([ADVISORY]));
});
afterAll(() => {
  for (const folder of [top, copy]) rmSync(folder, { recursive: true, force: true });
});

function runWaybill(tree: string, ...args: readonly string[]): Promise<ProcessResult> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: top, WAYBILL_HOME: join(top, 'home') };
  return run(process.execPath, [join(tree, 'bin/waybill.js'), ...args], { cwd: top, env });
}

async function waybill<T>(tree: string, ...args: readonly string[]): Promise<T> {
  const answer = await runWaybill(tree, ...args);
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
    const changes = listDifferences(copy);
    expect([...steps.made, ...steps.changed].sort()).toEqual(changes);
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
      HTTP,
      'pkg:julia/URIs@1.5.1?uuid=5c2747f8-b7ea-4ff2-ba2e-563bfd36b1d4',
    ]);
    const declared = await waybill<unknown>(copy, 'deps', 'shop', '--format', 'json');
    expect(declared).toMatchObject({
      targets: [{ outcome: 'partial', notLookedAt: [{ kind: 'julia' }] }],
    });
  });

  it('is partial for a manifest without a lock', async () => {
    mkdirSync(join(top, 'open/locked'), { recursive: true });
    writeFileSync(join(top, 'open/locked/Manifest.toml'), LOCK);
    writeFileSync(join(top, 'open/Project.toml'), PROJECT);
    expect(await ask<ListedTree>(copy, 'sbom', 'open')).toMatchObject({
      outcome: 'partial',
      skips: [{ location: 'Project.toml', code: 'FACT_UNKNOWN' }],
    });
  });

  it('finds what an imported advisory says about one package, and only that', async () => {
    const imported = await runWaybill(
      copy,
      'advisories',
      'import',
      'advisories.json',
      '--covers',
      'Julia',
    );
    expect(imported.code).toBe(0);
    const scanned = await ask<ScannedTree>(copy, 'scan', 'shop');
    expect(scanned?.report.findings.map(({ id, component }) => [id, component])).toEqual([
      ['JLSEC-2025-1', HTTP],
    ]);
    expect(scanned?.report.outcome).toBe('complete');
  });
});
