import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Boundaries, cruise, flawsOfBoundaries } from '../../tools/boundaries.ts';
import { root } from '../../tools/process.ts';
import { type PlantedTree, plantTree } from '../support/planted-tree.ts';

/** Every edge that the import table allows. */
const CLEAN: Readonly<Record<string, string>> = {
  'src/core/word.ts':
    "import { createHash } from 'node:crypto';\nexport const word = createHash;\n",
  'src/core/phrase.ts': "export { word } from './word.ts';\n",
  'src/capabilities/signing/index.ts': "export { word } from '../../core/word.ts';\n",
  'src/capabilities/signing/pure.ts':
    "export { gunzipSync } from 'node:zlib';\nexport { z } from 'zod';\nexport { finished } " +
    "from 'node:stream/promises';\nexport { RE2JS } from '@bufbuild/re2';\n",
  'src/capabilities/attestation/index.ts': "export { word } from '../signing/index.ts';\n",
  'src/formats/json/parse.ts': "export { word } from '../../core/word.ts';\n",
  'src/formats/tar/tar.ts': "export { word } from '../json/parse.ts';\n",
  'src/system/files/read.ts':
    "export { openSync } from 'node:fs';\nexport { word } from '../../core/word.ts';\n",
  'src/capabilities/ecosystems/index.ts': "export { word } from '../../formats/json/parse.ts';\n",
  'src/capabilities/inventory/index.ts': "export { word } from '../ecosystems/index.ts';\n",
  'src/capabilities/advisories/index.ts': "export { word } from '../ecosystems/index.ts';\n",
  'src/capabilities/scanning/index.ts':
    "export { word } from '../inventory/index.ts';\nexport * from '../advisories/index.ts';\n",
  'src/capabilities/evidence/index.ts': "export { word } from '../../core/word.ts';\n",
  'src/capabilities/graph/index.ts':
    "export { word } from '../evidence/index.ts';\nexport * from '../advisories/index.ts';\n",
  'src/capabilities/graph/graph.contract.ts': "export { it } from 'vitest';\n",
  'src/gates/facts/facts.ts': "export { word } from '../../capabilities/scanning/index.ts';\n",
  'src/gates/desk/index.ts': "export { word } from '../facts/facts.ts';\n",
  'src/phases/build/index.ts':
    "export { word } from '../../capabilities/scanning/index.ts';\nexport * from " +
    "'../../gates/desk/index.ts';\n",
  'src/adapters/graph-sql/index.ts':
    "export { DatabaseSync } from './dialects/sqlite/open.ts';\nexport { Kysely } from 'kysely';" +
    "\nexport { word } from '../../capabilities/graph/index.ts';\nexport { openSync } from " +
    "'../../system/files/read.ts';\n",
  'src/adapters/graph-sql/dialects/sqlite/open.ts':
    "export { DatabaseSync } from 'node:sqlite';\nexport * from '../dialect.ts';\nexport * from " +
    "'../../write/write.ts';\n",
  'src/adapters/graph-sql/dialects/dialect.ts': "export type { Kysely } from 'kysely';\n",
  'src/adapters/graph-sql/write/write.ts':
    "export type { Kysely } from '../dialects/dialect.ts';\n",
  'src/system/sqlite/open.ts': "export { DatabaseSync } from 'node:sqlite';\n",
  'src/adapters/graph-sql/sql.test.ts':
    "import '../../capabilities/graph/graph.contract.ts';\nimport " +
    "'../../../test/support/fixture.ts';\n",
  'src/entrypoints/compose/graph.ts':
    "export { Kysely } from '../../adapters/graph-sql/index.ts';\n",
  'src/entrypoints/cli/main.ts':
    "export * from '../compose/graph.ts';\nexport { word } from '../../phases/build/index.ts';\n",
  'test/support/fixture.ts': 'export const fixture = 1;\n',
  'web/page.ts': "export { api } from './api.ts';\n",
  'web/api.ts': 'export const api = 1;\n',
};

/** One planted breach: a file, its text, and the rules that must name it. */
type Plant = readonly [rule: string, path: string, text: string];
const from = (specifier: string): string =>
  `import * as found from '${specifier}';\nexport const kept = found;\n`;

const PLANTS: readonly Plant[] = [
  ['core-knows-only-core', 'src/core/p1.ts', from('../capabilities/signing/index.ts')],
  ['core-uses-no-packages', 'src/core/p2.ts', from('zod')],
  ['inner-tiers-do-no-io', 'src/core/p3.ts', from('node:fs')],
  ['inner-tiers-do-no-io', 'src/core/p4.ts', from('fs/promises')],
  ['inner-tiers-do-no-io', 'src/capabilities/graph/p5.ts', from('node:sqlite')],
  ['inner-tiers-do-no-io', 'src/capabilities/graph/p6.ts', from('node:timers/promises')],
  ['inner-tiers-do-no-io', 'src/capabilities/graph/p7.ts', from('node:module')],
  [
    'inner-tiers-do-no-io',
    'src/phases/build/p8.ts',
    "export const late = () => import('node:net');\n",
  ],
  ['inner-tiers-do-no-io', 'src/phases/build/p9.ts', "export type { Server } from 'node:http';\n"],
  ['inner-tiers-use-listed-packages', 'src/capabilities/graph/p10.ts', from('kysely')],
  ['inner-tiers-use-listed-packages', 'src/phases/build/p11.ts', from('fastify')],
  [
    'inner-tiers-use-listed-packages',
    'src/capabilities/graph/p12.ts',
    "export type { Kysely } from 'kysely';\n",
  ],
  ['everything-resolves', 'src/capabilities/graph/p13.ts', from('mysql2')],
  ['everything-resolves', 'src/adapters/graph-sql/p14.ts', from('./absent.ts')],
  ['capability-edges-are-declared', 'src/capabilities/policy/p15.ts', from('../scanning/index.ts')],
  [
    'capability-edges-are-declared',
    'src/capabilities/policy/p16.ts',
    from('../../phases/build/index.ts'),
  ],
  [
    'edges-of-graph',
    'src/capabilities/graph/p17.ts',
    "export type { kept } from '../policy/p15.ts';\n",
  ],
  ['edges-of-attestation', 'src/capabilities/attestation/p18.ts', from('../signing/pure.ts')],
  ['capability-edges-are-declared', 'src/capabilities/policy/p19.ts', from('../signing/index.ts')],
  ['edges-of-advisories', 'src/capabilities/advisories/p20.ts', from('../inventory/index.ts')],
  ['edges-of-inventory', 'src/capabilities/inventory/p37.ts', from('../advisories/index.ts')],
  ['edges-of-scanning', 'src/capabilities/scanning/p21.ts', from('../evidence/index.ts')],
  ['formats-know-core', 'src/formats/json/p38.ts', from('../../capabilities/policy/p15.ts')],
  ['formats-know-core', 'src/formats/json/p39.ts', from('../../system/files/read.ts')],
  ['system-knows-core', 'src/system/files/p40.ts', from('../../formats/json/parse.ts')],
  ['inner-tiers-do-no-io', 'src/formats/zip/p41.ts', from('node:fs')],
  ['inner-tiers-do-no-io', 'src/gates/desk/p42.ts', from('node:fs')],
  ['gates-use-doors', 'src/gates/desk/p43.ts', from('../../capabilities/signing/pure.ts')],
  ['gates-use-doors', 'src/gates/desk/p44.ts', from('../../phases/build/index.ts')],
  ['gates-use-doors', 'src/gates/desk/p45.ts', from('../../system/files/read.ts')],
  ['phases-use-doors', 'src/phases/build/p46.ts', from('../../gates/facts/facts.ts')],
  ['adapters-use-ports', 'src/adapters/git/p47.ts', from('../../gates/desk/index.ts')],
  ['entrypoints-use-doors', 'src/entrypoints/cli/p48.ts', from('../../gates/facts/facts.ts')],
  ['only-the-cli-uses-the-cli', 'src/entrypoints/server/p49.ts', from('../cli/main.ts')],
  ['phases-use-doors', 'src/phases/build/p22.ts', from('../../capabilities/signing/pure.ts')],
  ['phases-use-doors', 'src/phases/deploy/p23.ts', from('../build/index.ts')],
  ['phases-use-doors', 'src/phases/deploy/p24.ts', from('../../adapters/graph-sql/index.ts')],
  ['adapters-use-ports', 'src/adapters/git/p25.ts', from('../graph-sql/index.ts')],
  ['adapters-use-ports', 'src/adapters/git/p26.ts', from('../../capabilities/signing/pure.ts')],
  ['adapters-use-ports', 'src/adapters/git/p27.ts', from('../../phases/build/index.ts')],
  [
    'entrypoints-use-doors',
    'src/entrypoints/cli/p28.ts',
    from('../../capabilities/signing/pure.ts'),
  ],
  [
    'only-compose-builds-adapters',
    'src/entrypoints/cli/p29.ts',
    from('../../adapters/graph-sql/index.ts'),
  ],
  ['no-test-code-in-production', 'src/core/p30.ts', from('./word.test.ts')],
  [
    'no-test-code-in-production',
    'src/adapters/graph-sql/p31.ts',
    from('../../capabilities/graph/graph.contract.ts'),
  ],
  ['nothing-of-src-imports-tools', 'src/entrypoints/p32.ts', from('../../tools/tool.ts')],
  ['nothing-of-src-imports-tools', 'src/entrypoints/p33.ts', from('../../test/support/fixture.ts')],
  ['web-uses-generated-types', 'web/p34.ts', from('../src/core/word.ts')],
  ['no-cycles', 'src/core/p35.ts', from('./p36.ts')],
  ['sqlite-is-below-its-dialect', 'src/adapters/graph-sql/write/p50.ts', from('node:sqlite')],
  ['sqlite-is-below-its-dialect', 'src/adapters/graph-sql/dialects/p51.ts', from('node:sqlite')],
  [
    'sqlite-is-below-its-dialect',
    'src/entrypoints/compose/p52.ts',
    "export type { DatabaseSync } from 'node:sqlite';\n",
  ],
  ['postgres-is-below-its-dialect', 'src/adapters/graph-sql/dialects/p54.ts', from('pg')],
  [
    'dialects-are-below-the-port',
    'src/adapters/graph-sql/questions/p53.ts',
    from('../dialects/sqlite/open.ts'),
  ],
];

const BESIDE_PLANTS = {
  'src/core/p36.ts': from('./p35.ts'), // the other half of the cycle, which is reported once
  'src/core/word.test.ts': 'export const tested = 1;\n',
  'tools/tool.ts': 'export const tool = 1;\n',
};

const trees: PlantedTree[] = [];
afterAll(() => {
  for (const tree of trees) tree.remove();
});

async function cruiseTree(files: Readonly<Record<string, string>>): Promise<Boundaries> {
  const tree = plantTree(files);
  trees.push(tree);
  return cruise(tree.folder);
}

describe('the import table', () => {
  let planted: Boundaries;
  beforeAll(async () => {
    const plants = Object.fromEntries(PLANTS.map(([, path, text]) => [path, text]));
    planted = await cruiseTree({ ...CLEAN, ...BESIDE_PLANTS, ...plants });
  });

  it('accepts a tree that uses every declared edge', async () => {
    const clean = await cruiseTree(CLEAN);
    expect(flawsOfBoundaries(clean)).toEqual([]);
    expect(clean.filesCruised).toBeGreaterThanOrEqual(clean.filesPresent);
  });

  it.each(PLANTS)('%s catches %s', (rule, path) => {
    expect(
      planted.breaches.filter((breach) => breach.from === path).map((breach) => breach.rule),
    ).toContain(rule);
  });

  it('accuses only files with a planted breach', () => {
    const guilty = new Set(PLANTS.map(([, path]) => path));
    expect(planted.breaches.filter(({ from: path }) => !guilty.has(path))).toEqual([]);
  });

  it('has a planted breach for every rule', async () => {
    const { default: config } = (await import(resolve(root, '.dependency-cruiser.js'))) as {
      default: { forbidden: readonly { name: string; severity: string }[] };
    };
    expect([...new Set(PLANTS.map(([rule]) => rule))].sort()).toEqual(
      config.forbidden.map(({ name }) => name).sort(),
    );
    expect(config.forbidden.every(({ severity }) => severity === 'error')).toBe(true);
  });
});

describe('the check that every file was seen', () => {
  const seen = { breaches: [], filesCruised: 40, filesPresent: 40 };

  it('passes when every file was cruised', () => {
    expect(flawsOfBoundaries(seen)).toEqual([]);
  });

  it.each([0, 39])(
    'fails when only %i of 40 files were cruised, although no breach was found',
    (filesCruised) => {
      expect(flawsOfBoundaries({ ...seen, filesCruised })).toEqual([
        `dependency-cruiser saw ${filesCruised} of 40 source files`,
      ]);
    },
  );

  it('fails when there is nothing to check', () => {
    expect(flawsOfBoundaries({ ...seen, filesCruised: 0, filesPresent: 0 })).toHaveLength(1);
  });

  it('fails when the cruiser is configured to skip files', async () => {
    const tree = plantTree(CLEAN);
    trees.push(tree);
    const blind =
      "export default { forbidden: [], options: { exclude: { path: 'capabilities' } } };\n";
    const { writeFileSync } = await import('node:fs');
    writeFileSync(resolve(tree.folder, '.dependency-cruiser.js'), blind);
    expect(flawsOfBoundaries(await cruise(tree.folder)).join()).toMatch(
      /saw \d+ of \d+ source files/,
    );
  });
});
