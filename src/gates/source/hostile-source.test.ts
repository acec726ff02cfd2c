import { describe, expect, it } from 'vitest';
import { worldIndex } from '../../../test/support/evidence-world.ts';
import { buildDeepLock } from '../../../test/support/hostile-lock.ts';
import { file, makeImage, makeTree } from '../../../test/support/images.ts';
import { NOON } from '../../../test/support/policy-facts.ts';
import {
  inventoryImage,
  inventoryTree,
  readDeclaredDependencies,
} from '../../capabilities/inventory/index.ts';
import { buildDefaultPolicy, parsePolicy } from '../../capabilities/policy/index.ts';
import { Failure } from '../../core/failure.ts';
import { type ReadingBudget, readAtOnce } from '../../core/reading-budget.ts';
import { failed, orThrow } from '../../core/result.ts';
import { planFixes } from '../../phases/develop/index.ts';
import { createReadingBudget } from '../../system/processes/reading-budget.ts';
import { buildCommitFacts } from './commit-facts.ts';
import { judgeSource } from './judge-source.ts';
import { readSource } from './read-source.ts';

const LATE = new Failure('DEADLINE_EXCEEDED', 'it took too long', 'Shorten it.');
const late = { code: 'DEADLINE_EXCEEDED' };
/** Ends what has more bytes, as if it took too long. */
const endOver =
  (bytesMax: number): ReadingBudget =>
  (document, read) =>
    countBytes(document) > bytesMax ? failed(LATE) : read();

const countBytes = (document: Uint8Array | number): number =>
  typeof document === 'number' ? document : document.length;

const MANIFEST = JSON.stringify({ name: 'shop', dependencies: { left: '1.0.0' } });
const LOCK = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    '': { name: 'shop', dependencies: { left: '1.0.0' } },
    'node_modules/left': { version: '1.0.0' },
  },
});
const TREE = { 'package.json': MANIFEST, 'package-lock.json': LOCK };
const ports = { advisories: worldIndex(), now: NOON };
const listCodes = (skips: readonly { readonly location: string; readonly cause: Failure }[]) =>
  skips.map(({ location, cause }) => [location, cause.code]);

describe('truth B1: the reading of a source tree has a deadline', () => {
  it('for each file that declares something: no list is then whole', async () => {
    const declared = await readDeclaredDependencies(makeTree(TREE), {
      reading: (document, read) => (countBytes(document) === LOCK.length ? failed(LATE) : read()),
    });
    expect(declared.outcome).toBe('partial');
    expect(listCodes(declared.problems)).toContainEqual(['package-lock.json', 'DEADLINE_EXCEEDED']);
    expect(declared.dependencies).toMatchObject([{ name: 'left', pinned: 'no' }]);
  });

  it('for what a lock and its manifests say together', async () => {
    const declared = await readDeclaredDependencies(makeTree(TREE), {
      reading: endOver(LOCK.length),
    });
    expect(listCodes(declared.problems)).toEqual([['package-lock.json', 'DEADLINE_EXCEEDED']]);
    expect(declared.dependencies).toEqual([]);
  });

  it('for each file of an inventory, and for all of them together', async () => {
    const { skips, outcome } = await inventoryTree(makeTree(TREE), '.', {
      reading: (document, read) =>
        countBytes(document) === LOCK.length ? endOver(0)(document, read) : read(),
    });
    expect([outcome, listCodes(skips)]).toEqual([
      'partial',
      [
        ['package-lock.json', 'DEADLINE_EXCEEDED'],
        ['package.json', 'FACT_UNKNOWN'],
      ],
    ]);
    const whole = inventoryTree(makeTree(TREE), '.', { reading: endOver(LOCK.length) });
    await expect(whole).rejects.toMatchObject(late);
  });

  it('for each file of an image', async () => {
    const image = makeImage([[file('app/node_modules/left/package.json', MANIFEST)]]);
    let bytesSeen: readonly number[] = [];
    const read = await inventoryImage(image, {
      reading: (document, work) => {
        bytesSeen = [...bytesSeen, countBytes(document)];
        return bytesSeen.length === 1 ? failed(LATE) : work();
      },
    });
    expect(orThrow(read).skips.map(({ cause }) => cause.code)).toContain('DEADLINE_EXCEEDED');
    expect(bytesSeen).toEqual([MANIFEST.length, MANIFEST.length]);
  });

  it('for the plan of fixes, however small the files are', async () => {
    const reading = await readSource(makeTree(TREE), '.', { ...ports, reading: readAtOnce });
    const findDigest = async () => null;
    const knowledge = {
      advisories: ports.advisories,
      only: null,
      findDigest,
      findVersion: () => null,
    };
    const plan = (budget: ReadingBudget) =>
      planFixes(makeTree(TREE), reading, { ...knowledge, reading: budget });
    await expect(plan(endOver(128 * 1024))).rejects.toMatchObject(late);
    expect((await plan(readAtOnce)).open).not.toEqual([]);
  });

  it('a hostile lock is ended by the engine, and no gate allows its tree', async () => {
    const tree = makeTree(buildDeepLock());
    const reading = await readSource(tree, '.', { ...ports, reading: createReadingBudget(50) });
    expect(listCodes(reading.declared.problems)).toContainEqual([
      'package-lock.json',
      'DEADLINE_EXCEEDED',
    ]);
    expect(listCodes(reading.inventory.skips)).toContainEqual([
      'package-lock.json',
      'DEADLINE_EXCEEDED',
    ]);
    const commits = buildCommitFacts({ judged: [], missing: null });
    const policy = orThrow(parsePolicy(buildDefaultPolicy({})));
    const { verdict } = judgeSource({
      gate: 'build',
      policy,
      reading,
      commits,
      tip: null,
      rebuild: { kind: 'not-asked' },
      ...ports,
    });
    expect(verdict).not.toBe('allow');
  });
});
