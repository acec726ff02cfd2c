import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/limits.ts';
import type { FoundDocument } from './documents.ts';
import type { AttachedDocument } from './image-evidence.ts';
import { chooseBytesMax } from './read-bundle.ts';
import { READ_EVERYTHING, readDocuments, TooHeavy } from './read-limits.ts';

const MIB = 1024 * 1024;

function makeFound(documents: readonly (readonly [name: string, signed: boolean, size: number])[]) {
  const read: string[] = [];
  const found = documents.map(([name, isSigned, size]): FoundDocument => {
    const take = async (how: 'read' | 'leave') => {
      if (how === 'read') read.push(name);
      return name as unknown as AttachedDocument;
    };
    return { isSigned, size, take };
  });
  return { read, found };
}

describe('How much of the documents of an image is read', () => {
  it('truth B1: those of trusted signers come first, and all stay in their order', async () => {
    const { read, found } = makeFound([
      ['stranger', false, MIB],
      ['trusted', true, MIB],
      ['small', true, 1],
    ]);
    expect(await readDocuments(found, READ_EVERYTHING)).toEqual(['stranger', 'trusted', 'small']);
    expect(read).toEqual(['small', 'trusted', 'stranger']);
  });

  it('truth B1: those of strangers over the limit are left, and do not make it heavy', async () => {
    const { read, found } = makeFound([
      ['first', false, MIB],
      ['second', false, 1],
    ]);
    const limits = { bytesMax: MIB, strangersBytesMax: MIB };
    expect(await readDocuments(found, limits)).toEqual(['first', 'second']);
    expect(read).toEqual(['first']);
  });

  it('truth B1: nothing is read of an image that is too heavy by one byte', async () => {
    const limits = { ...READ_EVERYTHING, bytesMax: LIMITS.lightDocumentsBytesMax };
    const heavy = makeFound([['trusted', true, limits.bytesMax + 1]]);
    expect(await readDocuments(heavy.found, limits)).toBeInstanceOf(TooHeavy);
    expect(heavy.read).toEqual([]);
    const light = makeFound([['trusted', true, limits.bytesMax]]);
    expect(await readDocuments(light.found, limits)).toEqual(['trusted']);
  });

  it('S13: a bundle of sigstore is larger where a command reads it than at a server', () => {
    expect(chooseBytesMax({})).toBe(LIMITS.bundleBytesMax);
    expect(chooseBytesMax({ limits: READ_EVERYTHING })).toBe(LIMITS.envelopeBytesMax);
  });
});
