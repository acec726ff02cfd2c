import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packFeed } from '../test/support/dated-feed.ts';
import { Editor } from '../test/support/editor.ts';
import { INTEGRITY as integrity } from '../test/support/npm-project.ts';
import { root, run } from '../tools/process.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { timing } from './compare.ts';

const ENTRIES = 4_000;
const ROUNDS = 5;
const EDITS = 5;

/** Each tenth package has a finding up to version 1.0.9. */
function makeAdvisories(): readonly object[] {
  return Array.from({ length: ENTRIES / 10 }, (_, at) => ({
    id: `GHSA-aaaa-bbbb-${`${at}`.padStart(4, '0')}`,
    modified: '2024-01-01T00:00:00Z',
    affected: [
      {
        package: { ecosystem: 'npm', name: `package-${at * 10}` },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.0.9' }] }],
      },
    ],
  }));
}

/** A lock in which one package has another version after each edit. */
function makeLock(edit: number): string {
  const names = Array.from({ length: ENTRIES }, (_, at) => `package-${at}`);
  const first = Object.fromEntries(names.slice(0, 50).map((name) => [name, '^1.0.0']));
  const entries = names.map((name, at) => {
    const version = at === 7 ? `1.0.${edit}` : '1.0.0';
    const needed = names[at + 50];
    const dependencies = needed === undefined ? {} : { [needed]: '^1.0.0' };
    const resolved = `https://registry.example.com/${name}/-/${name}-${version}.tgz`;
    return [`node_modules/${name}`, { version, resolved, integrity, dependencies }];
  });
  const packages = { '': { name: 'shop', dependencies: first }, ...Object.fromEntries(entries) };
  return JSON.stringify({ name: 'shop', lockfileVersion: 3, packages }, null, 2);
}

/** From the start of the command to its diagnostics, and from an edit to the next ones. */
async function edit(folder: string): Promise<{ first: number; edits: readonly number[] }> {
  const started = performance.now();
  const words = [join(root, 'bin/waybill.js'), 'lsp'];
  const env = { ...process.env, WAYBILL_HOME: join(folder, 'home') };
  const child = spawn(process.execPath, words, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const editor = new Editor(child.stdin, child.stdout);
  await editor.start(pathToFileURL(folder).href);
  const uri = pathToFileURL(join(folder, 'shop/package-lock.json')).href;
  editor.open(uri, makeLock(0));
  const found = await editor.published(uri, 1);
  const first = performance.now() - started;
  if (found.length < ENTRIES / 10) throw new Error(`only ${found.length} diagnostics`);
  const edits: number[] = [];
  for (let at = 1; at <= EDITS; at++) {
    const text = makeLock(at);
    const line = text.split('\n').findIndex((one) => one.includes(`-1.0.${at}.tgz`)) - 1;
    const changed = performance.now();
    editor.edit(uri, at + 1, { line, text: `      "version": "1.0.${at}",` });
    await editor.published(uri, at + 1);
    edits.push(performance.now() - changed);
  }
  const ended = once(child, 'exit');
  await editor.leave();
  await ended;
  return { first, edits };
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'language server with a lock of 4,000 entries',
  async measure() {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    try {
      mkdirSync(join(folder, 'shop'));
      const manifest = JSON.parse(makeLock(0)) as { packages: { '': object } };
      writeFileSync(join(folder, 'shop/package.json'), JSON.stringify(manifest.packages['']));
      writeFileSync(join(folder, 'advisories.json'), packFeed(makeAdvisories()));
      const words = ['bin/waybill.js', 'advisories', 'import', join(folder, 'advisories.json')];
      const env = { ...process.env, WAYBILL_HOME: join(folder, 'home') };
      const { code, stderr } = await run(process.execPath, words, { cwd: root, env });
      if (code !== 0) throw new Error(stderr.slice(0, 500));
      const first: number[] = [];
      const edits: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const one = await edit(folder);
        first.push(one.first);
        edits.push(...one.edits);
      }
      return [
        toFigure('start to the first diagnostics', first, 1_500),
        toFigure('an edit to its diagnostics', edits, 150),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function toFigure(what: string, samples: readonly number[], max: number): Figure {
  return { what, value: timing(samples).medianMs, unit: 'ms', target: { max } };
}
