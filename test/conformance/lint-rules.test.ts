import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool } from '../../tools/process.ts';
import { type PlantedTree, plantTree } from '../support/planted-tree.ts';

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string };
}

const GLOBALS = 'lint/style/noRestrictedGlobals';
const PURE = 'plugin'; // tools/lint/pure.grit

/** What an inner tier may not use, and the tool that catches it. */
const BREACHES: readonly (readonly [statement: string, category: string])[] = [
  ["fetch('https://registry.example.com/')", GLOBALS],
  ["globalThis.fetch('https://registry.example.com/')", GLOBALS],
  ["globalThis['fetch']", GLOBALS],
  ['global.process', GLOBALS],
  ['process.env', GLOBALS],
  ["process.getBuiltinModule('node:fs')", GLOBALS],
  ["require('node:fs')", GLOBALS],
  ['console.log(1)', GLOBALS],
  ['setTimeout(Boolean, 5)', GLOBALS],
  ['setInterval(Boolean, 5)', GLOBALS],
  ['setImmediate(Boolean)', GLOBALS],
  ['queueMicrotask(Boolean)', GLOBALS],
  ['performance.now()', GLOBALS],
  ["new WebSocket('wss://registry.example.com/')", GLOBALS],
  ["new EventSource('https://registry.example.com/')", GLOBALS],
  ['crypto.getRandomValues(new Uint8Array(1))', GLOBALS],
  ["new Function('return 1')", GLOBALS],
  ["encodeURIComponent('a')", GLOBALS],
  ['new Date()', PURE],
  ['new Date', PURE],
  ['Date()', PURE],
  ['Date.now()', PURE],
  ['[1].map(Date.now)', PURE],
  ['Math.random()', PURE],
  ['nodeCrypto.randomBytes(8)', PURE],
  ['nodeCrypto.randomUUID()', PURE],
  ['nodeCrypto.randomInt(8)', PURE],
];

/** The same words where they are allowed, and similar pure words in an inner tier. */
const ACCEPTED: Readonly<Record<string, string>> = {
  'src/core/pure.ts': `import { createHash } from 'node:crypto';

export const fixed = new Date(5).getTime() + Date.UTC(2026, 0);
export const isDate = (value: unknown): boolean => value instanceof Date;
export const highest = Math.max(fixed, 1);
export const hash = createHash('sha256');
`,
  'src/core/pure.test.ts': 'export const when = Date.now() + performance.now();\n',
  'src/adapters/clock/index.ts':
    'export const clock = { now: () => Date.now(), later: setTimeout, get: fetch };\n',
};

const TYPED: readonly (readonly [rule: string, broken: string, repaired: string])[] = [
  [
    'lint/nursery/noFloatingPromises',
    'export function start(port: Port): void {\n  port.send();\n}',
    'export async function start(port: Port): Promise<void> {\n  await port.send();\n}',
  ],
  [
    'lint/nursery/noMisusedPromises',
    'export function gate(port: Port): boolean {\n  if (port.send()) return true;\n  return ' +
      'false;\n}',
    'export async function gate(port: Port): Promise<boolean> {\n  if (await port.send()) ' +
      'return true;\n  return false;\n}',
  ],
  [
    'lint/nursery/useExhaustiveSwitchCases',
    'export function exit(verdict: Decision): number {\n  switch (verdict) {\n    case ' +
      "'allow':\n      return 0;\n  }\n  return 1;\n}",
    'export function exit(verdict: Decision): number {\n  switch (verdict) {\n    case ' +
      "'allow':\n      return 0;\n    case 'deny':\n      return 1;\n  }\n}",
  ],
];

const PORT =
  "export interface Port {\n  send(): Promise<boolean>;\n}\nexport type Decision = 'allow' | " +
  "'deny';\n";
const IMPORT =
  "import type { Decision, Port } from './port.ts';\n\nexport type { Decision, Port };\n";

const tier = (at: number): string =>
  ['src/core', 'src/capabilities/graph', 'src/phases/build'][at % 3] ?? '';
const breachPath = (at: number): string => `${tier(at)}/breach-${at}.ts`;

describe('the lint rules of the inner tiers', () => {
  let tree: PlantedTree;
  let found: readonly Diagnostic[];

  beforeAll(async () => {
    const breaches = BREACHES.map(([statement], at) => [
      breachPath(at),
      `import * as nodeCrypto from 'node:crypto';\n\nexport const kept = ` +
        `[nodeCrypto.createHash, ${statement}];\n`,
    ]);
    const typed = TYPED.flatMap(([, broken, repaired], at) => [
      [`src/capabilities/evidence/broken-${at}.ts`, `${IMPORT}${broken}\n`],
      [`src/capabilities/evidence/repaired-${at}.ts`, `${IMPORT}${repaired}\n`],
    ]);
    tree = plantTree({
      ...ACCEPTED,
      ...Object.fromEntries([...breaches, ...typed]),
      'src/capabilities/evidence/port.ts': PORT,
    });
    const { stdout } = await runTool(
      'biome',
      ['lint', '--reporter=json', '--max-diagnostics=none', 'src'],
      {
        cwd: resolve(tree.folder),
      },
    );
    found = (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics;
  });
  afterAll(() => tree.remove());

  const listCategories = (path: string): string[] =>
    found
      .filter(({ location }) => location.path.replaceAll('\\', '/') === path)
      .map(({ category }) => category);

  it.each(
    BREACHES.map(([statement, category], at) => [statement, category, breachPath(at)] as const),
  )('refuse %s (%s) in %s', (_statement, category, path) => {
    expect(listCategories(path)).toContain(category);
  });

  it.each(Object.keys(ACCEPTED))('accept %s: pure code, tests and adapters may use it', (path) => {
    expect(listCategories(path).filter((category) => [GLOBALS, PURE].includes(category))).toEqual(
      [],
    );
  });

  it.each(TYPED.map(([rule], at) => [rule, at] as const))(
    '%s sees through a port of another file, and accepts the fixed code',
    (rule, at) => {
      expect(listCategories(`src/capabilities/evidence/broken-${at}.ts`)).toContain(rule);
      expect(listCategories(`src/capabilities/evidence/repaired-${at}.ts`)).not.toContain(rule);
    },
  );
});
