import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { file } from '../../../../test/support/images.ts';
import { packTar } from '../../../../tools/image/tar.ts';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readAtOnce } from '../../../core/reading-budget.ts';
import { readTar } from '../../../formats/tar/tar.ts';
import type { FileRecord } from '../file-requests.ts';
import { FileRequests } from '../file-requests.ts';
import { cleanPath } from './clean-path.ts';
import { createLayerVisitor } from './layer-visitor.ts';
import { Snapshot } from './snapshot.ts';

function catchCode(work: () => unknown): string {
  try {
    work();
    return 'done';
  } catch (thrown) {
    return thrown instanceof Failure ? thrown.code : String(thrown);
  }
}

describe('the memory for an image is bounded', () => {
  it('remembers links and files up to the limit, and no more', () => {
    for (const [count, outcome] of [
      [4, 'done'],
      [5, 'LIMIT_EXCEEDED'],
    ] as const) {
      const snapshot = new Snapshot<string>({ clamp: true, nodesMax: 5 });
      const put = (): void => {
        for (let at = 0; at < count; at++) snapshot.put(`a/${at}`, 0, { symlink: 'x' });
      };
      expect(catchCode(put)).toBe(outcome);
    }
  });

  it('does not count what was removed', () => {
    const snapshot = new Snapshot<string>({ clamp: true, nodesMax: 3 });
    for (let layer = 0; layer < 100; layer++) {
      snapshot.hidePath('a', layer);
      snapshot.put(`a/${layer}`, layer, { value: 'x' });
    }
    expect([...snapshot.entries()].map(({ path }) => path)).toEqual(['a/99']);
  });

  it('follows a limited number of steps through links', () => {
    const snapshot = new Snapshot<string>({ clamp: true, stepsMax: 100 });
    snapshot.put('l', 0, { symlink: 'a' });
    expect(
      catchCode(() => Array.from({ length: 50 }, (_, at) => snapshot.locateEntry(`l/${at}/x`))),
    ).toBe('LIMIT_EXCEEDED');
    const enough = new Snapshot<string>({ clamp: true, stepsMax: 150 });
    enough.put('l', 0, { symlink: 'a' });
    expect(
      catchCode(() => Array.from({ length: 50 }, (_, at) => enough.locateEntry(`l/${at}/x`))),
    ).toBe('done');
  });

  it('hides a folder twice in the time of once', () => {
    const snapshot = new Snapshot<string>({ clamp: true });
    for (let at = 0; at < 20_000; at++) snapshot.put(`d/${at}`, 1, { value: 'x' });
    for (let at = 0; at < 20_000; at++) snapshot.hideFolder('d', 1);
    expect([...snapshot.entries()]).toHaveLength(20_000);
    snapshot.hideFolder('d', 2);
    expect([...snapshot.entries()]).toHaveLength(0);
  });

  it.each([
    ['entries', { entriesLeft: 2, bytesMax: 1_000_000 }, { entriesLeft: 1, bytesMax: 1_000_000 }],
    [
      'bytes of package files',
      { entriesLeft: 9, bytesMax: 1_024 },
      { entriesLeft: 9, bytesMax: 1_023 },
    ],
  ])('takes %s up to the limit, and no more', (_, enough, tooFew) => {
    const tar = packTar([
      file('node_modules/a/package.json', '{"name":"a","version":"1"}'),
      file('x'),
    ]);
    const readOutcome = ({ entriesLeft, bytesMax }: typeof enough): string => {
      const scene = {
        snapshot: new Snapshot<FileRecord>({ clamp: true }),
        requests: new FileRequests('root-file-system'),
        budget: { bytesLeft: LIMITS.imageBytesMax, entriesLeft },
        skips: [],
        held: { bytes: 0, bytesMax },
        reading: readAtOnce,
      };
      return catchCode(() =>
        readTar(createLayerVisitor(scene, { index: 0, diffId: sha256('') })).push(tar),
      );
    };
    expect([readOutcome(enough), readOutcome(tooFew)]).toEqual(['done', 'LIMIT_EXCEEDED']);
  });
});

/**
 * The simple way: every path of every layer in a set; whiteouts are applied before the layer.
 */
function naive(layers: readonly (readonly Step[])[]): readonly string[] {
  let paths = new Set<string>();
  for (const layer of layers) {
    for (const step of layer) {
      if (step.kind === 'put') continue;
      paths = new Set(
        [...paths].filter(
          (path) => !isBelow(path, step.path) && (step.kind === 'opaque' || path !== step.path),
        ),
      );
    }
    for (const step of layer) {
      if (step.kind !== 'put') continue;
      paths = new Set(
        [...paths].filter((path) => !isBelow(path, step.path) && !isBelow(step.path, path)),
      );
      paths.add(step.path);
    }
  }
  return [...paths].sort();
}

const isBelow = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

interface Step {
  readonly kind: 'put' | 'whiteout' | 'opaque';
  readonly path: string;
}

describe('applying layers', () => {
  it('gives the same as the simple way, in any order within a layer', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/'));
    const step: fc.Arbitrary<Step> = fc.record({
      kind: fc.constantFrom('put' as const, 'put' as const, 'whiteout' as const, 'opaque' as const),
      path,
    });
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 4 }), (layers) => {
        const snapshot = new Snapshot<string>({ clamp: true });
        for (const [index, layer] of layers.entries()) {
          for (const { kind, path: at } of layer) {
            if (kind === 'put') snapshot.put(at, index, { value: 'x' });
            else if (kind === 'whiteout') snapshot.hidePath(at, index);
            else snapshot.hideFolder(at, index);
          }
        }
        expect([...snapshot.entries()].map(({ path: at }) => at).sort()).toEqual(naive(layers));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('paths', () => {
  it('keeps no dot segment, and refuses a path that leaves the root', () => {
    const part = fc.constantFrom('', '.', '..', 'a', 'b.', '..c', '.d');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const clean = cleanPath(parts.join('/'));
        if (clean === null) return;
        expect(
          clean === '' || clean.split('/').every((segment) => !['', '.', '..'].includes(segment)),
        ).toBe(true);
      }),
    );
    expect(cleanPath('a/../../b')).toBeNull();
    expect(cleanPath('/a/./b/../c/')).toBe('a/c');
  });
});
