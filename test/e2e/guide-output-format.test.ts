import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProcessResult, root, run } from '../../tools/process.ts';
import { blocks } from '../support/guide.ts';

/** docs/guides/add-an-output-format.md, followed in a copy of the tree. */
const GUIDE = 'add-an-output-format.md';
const LIST = 'src/entrypoints/cli/report/list.ts';
const NEW = 'src/entrypoints/cli/report/junit.ts';
const PARTS = ['bin', 'data', 'docs', 'src', 'tools', 'package.json', 'tsconfig.json'];
let copy: string;

const listFiles = (below: string): ReadonlySet<string> =>
  new Set(
    PARTS.flatMap((part) =>
      part.includes('.')
        ? [part]
        : readdirSync(join(below, part), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map(({ parentPath, name }) => join(parentPath, name).slice(below.length + 1)),
    ),
  );
const readFrom = (below: string, file: string): string => readFileSync(join(below, file), 'utf8');

/** Files of the copy that are new or different from the tree. */
function listTouched(): readonly string[] {
  const before = listFiles(root);
  return [...listFiles(copy)]
    .filter((file) => !before.has(file) || readFrom(root, file) !== readFrom(copy, file))
    .toSorted();
}

/** Adds the lines of a block, each below the line that the block shows before them. */
function applyDiff(text: string, block: string): string {
  const lines = block.trimEnd().split('\n');
  const kept = lines.filter((line) => line.startsWith(' ')).map((line) => line.slice(1));
  const all = lines.map((line) => line.slice(1));
  expect(text.split(kept.join('\n'))).toHaveLength(2);
  return text.replace(kept.join('\n'), all.join('\n'));
}

function waybill(...args: readonly string[]): Promise<ProcessResult> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: copy, WAYBILL_HOME: join(copy, 'home') };
  return run(process.execPath, [join(copy, 'bin/waybill.js'), ...args], { cwd: copy, env });
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'waybill-format-'));
  for (const part of PARTS) cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  const [code = ''] = blocks(GUIDE, 'ts');
  const [line = ''] = blocks(GUIDE, 'diff');
  writeFileSync(join(copy, NEW), code);
  writeFileSync(join(copy, LIST), applyDiff(readFrom(copy, LIST), line));
  const library = { type: 'library', name: 'log4j-core', version: '2.14.1' };
  const purl = 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1';
  const components = [
    { ...library, purl },
    { type: 'library', name: 'odd', version: '1"<' },
  ];
  writeFileSync(
    join(copy, 'app.json'),
    JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components }),
  );
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('an output format that is added as the guide says', { timeout: 60_000 }, () => {
  it('touches one file beside its own, and one generated page', async () => {
    expect(listTouched()).toEqual([NEW, LIST].toSorted());
    await run(process.execPath, ['tools/docs.ts', '--write'], { cwd: copy, env: process.env });
    const touched = listTouched().filter((file) => file !== NEW);
    expect(touched).toEqual(['docs/reference/commands.md', LIST]);
    expect(touched.length).toBeLessThanOrEqual(2);
  });

  it('is printed by the command that has a suitable report', async () => {
    const { code, stdout } = await waybill('scan', 'app.json', '--format', 'junit');
    expect(stdout).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites>\n/);
    expect(stdout).toContain('<testsuite name="app.json" tests="');
    expect(stdout).toMatch(/<testcase name="CVE-2021-44228" classname="pkg:maven\/org\.apache/);
    expect(stdout).toMatch(/<failure type="critical" message="fixed in [^"]+"\/>/);
    expect(code).toBe(1);
  });

  it('goes to the named file, is offered, and is refused when there are no findings', async () => {
    await waybill('scan', 'app.json', '--format', 'junit', '-o', 'out.xml');
    expect(readFrom(copy, 'out.xml')).toMatch(/<\/testsuites>\n$/);
    expect((await waybill('scan', '--help')).stdout).toContain('"junit"');
    const refused = await waybill('deps', '.', '--format', 'junit');
    expect([refused.code, refused.stderr.includes('Allowed choices are table, json')]).toEqual([
      2,
      true,
    ]);
  });
});
