import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { openContentCache } from './content-cache.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-cache-'));
  path = join(folder, 'audit-cache.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const BYTES = Buffer.from('a document');
const DIGEST = sha256(BYTES);

function keptAfter(options: { readonly bytesMax?: number; readonly path?: string } = {}): boolean {
  const first = openContentCache({ path, log: null, ...options });
  first.keep(DIGEST, null, BYTES);
  first.close();
  const second = openContentCache({ path, log: null, ...options });
  const found = second.find(DIGEST, null);
  second.close();
  return found !== null && BYTES.equals(found);
}

describe('O2: the cache of content between audits', () => {
  it('returns content by digest and media type, and only its owner can read it', () => {
    expect(keptAfter()).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const cache = openContentCache({ path, log: null });
    expect([cache.find(DIGEST, 'text/plain'), cache.find(sha256('other'), null)]).toEqual([
      null,
      null,
    ]);
    cache.close();
  });

  it('keeps no more than its limit, and starts anew when it is full', () => {
    const empty = openContentCache({ path, log: null });
    empty.close();
    const { size } = statSync(path);
    expect(keptAfter({ bytesMax: size + BYTES.length - 1 })).toBe(false);
    expect(keptAfter({ bytesMax: size + BYTES.length })).toBe(true);
    const full = openContentCache({ path, log: null, bytesMax: size });
    expect(full.find(DIGEST, null)).toBeNull();
    full.close();
  });

  it.each(['', 'not a database', 'SQLite format 3\0'])(
    'is made again if the file contains %o',
    (text) => {
      writeFileSync(path, text);
      expect(keptAfter()).toBe(true);
    },
  );

  it('is empty if it cannot be created, and so is an unreadable evidence log', () => {
    expect(keptAfter({ path: join(folder, 'no', 'such', 'folder.db') })).toBe(false);
    writeFileSync(join(folder, 'waybill.db'), 'not a database');
    const cache = openContentCache({ path: null, log: join(folder, 'waybill.db') });
    expect(cache.find(DIGEST, null)).toBeNull();
    cache.keep(DIGEST, null, BYTES);
    cache.close();
  });
});
