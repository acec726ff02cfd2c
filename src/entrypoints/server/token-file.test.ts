import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../../core/digest.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { TokenFile } from './token-file.ts';
import { authorise, formatToken, parseTokens } from './tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'tokens');
const [ONE, TWO] = ['one-token-of-some-length', 'two-token-of-some-length'];
let elapsed = 0;
let stamp = 1;
const write = (text: string) => {
  writeFileSync(path, text);
  // Two writes within one tick of the file system would look the same.
  utimesSync(path, stamp, ++stamp);
};
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => elapsed);
});

const code = (call: () => unknown) => {
  try {
    call();
    return 'let in';
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};

describe('the tokens of a file', () => {
  it('a revoked token is refused within a second, and a new one is taken', () => {
    write(`one read ${ONE}\n`);
    const tokens = new TokenFile(path, () => undefined);
    const ask = (token: string) => code(() => authorise(`Bearer ${token}`, tokens, 'read'));
    expect([ask(ONE), ask(TWO)]).toEqual(['let in', 'UNAUTHORISED']);
    write(`two read ${sha256(TWO)}\n`);
    elapsed += 1_000;
    expect([ask(ONE), ask(TWO)]).toEqual(['UNAUTHORISED', 'let in']);
  });

  it('a file that can no longer be read lets nobody in, and is said once', () => {
    write(`one read ${ONE}\n`);
    const said: object[] = [];
    const tokens = new TokenFile(path, (entry) => void said.push(entry));
    const ask = () => code(() => authorise(`Bearer ${ONE}`, tokens, 'read'));
    for (const broken of ['', 'one nothing x\n']) {
      write(broken);
      elapsed += 1_000;
      expect(ask()).toBe('UNAUTHORISED');
    }
    expect(said).toMatchObject([{ event: 'tokens-unreadable' }]);
    expect(JSON.stringify(said)).not.toContain(ONE);
    write(`one read ${ONE}\n`);
    elapsed += 1_000;
    expect(ask()).toBe('let in');
  });
});

describe('a line of a token', () => {
  it('has its hash, sets of roles and an end; an expired one is refused', () => {
    const line = `ci publisher,read ${sha256(ONE)} expires=2026-01-01T00:00:00Z`;
    const tokens = orThrow(parseTokens(line));
    expect(tokens).toMatchObject([
      { name: 'ci', roles: ['evidence', 'release', 'advisories', 'watch', 'read'] },
    ]);
    expect(parseTokens(formatToken(tokens[0] as never))).toEqual({ ok: true, value: tokens });
    const end = Date.parse('2026-01-01T00:00:00Z');
    const ask = (at: number) =>
      code(() => authorise(`Bearer ${ONE}`, tokens, 'read', toInstant(at)));
    expect([ask(end - 1), ask(end)]).toEqual(['let in', 'UNAUTHORISED']);
    // The hash itself is no token.
    expect(code(() => authorise(`Bearer ${sha256(ONE)}`, tokens, 'read', toInstant(0)))).toBe(
      'UNAUTHORISED',
    );
  });

  it.each([
    ['a hash that is none', `ci read sha256:12`],
    ['another word behind it', `ci read ${ONE} until=2026-01-01T00:00:00Z`],
    ['an end that is no moment', `ci read ${ONE} expires=soon`],
    ['two words behind it', `ci read ${ONE} expires=2026-01-01T00:00:00Z x`],
  ])('%s is refused', (_, line) => {
    expect(parseTokens(line)).toMatchObject({ ok: false, failure: { code: 'CONFIG_INVALID' } });
  });
});
