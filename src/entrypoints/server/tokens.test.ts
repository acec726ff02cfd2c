import { describe, expect, it } from 'vitest';
import { formatToken, parseTokens, TOKEN_ROLES } from './tokens.ts';

const LONG = 'a'.repeat(32);
const read = (text: string) => {
  const tokens = parseTokens(text);
  return tokens.ok ? tokens.value.map(({ name, roles }) => [name, ...roles]) : tokens.failure.code;
};

describe('Tokens', () => {
  it('truth B6: a token alone has every role but that of a sensor', () => {
    const roles = Object.keys(TOKEN_ROLES).filter((role) => role !== 'events');
    expect(read(`${LONG}\n`)).toEqual([['token', ...roles]]);
    expect(read(`# CI\nci release,evidence ${LONG}\r\n\nfalco events,read ${LONG}b`)).toEqual([
      ['ci', 'release', 'evidence'],
      ['falco', 'events', 'read'],
    ]);
  });

  it('one of a tenant is of no other, and is written as it was read', () => {
    const tokens = parseTokens(`ci read ${LONG} expires=2027-01-01T00:00:00Z tenant=shop`);
    const [token] = tokens.ok ? tokens.value : [];
    expect(token).toMatchObject({ tenant: 'shop', expiresAt: Date.parse('2027-01-01') });
    expect(token && parseTokens(formatToken(token))).toEqual(tokens);
  });

  it('truth B6: 16 characters are the minimum, wherever the token stands', () => {
    expect(read('a'.repeat(16))).toHaveLength(1);
    expect(read(`ci read ${'a'.repeat(16)}`)).toHaveLength(1);
    for (const text of [
      '',
      ' \n',
      '# nothing',
      'short',
      'a'.repeat(15),
      `ci read ${'a'.repeat(15)}`,
    ])
      expect([text, read(text)]).toEqual([text, 'CONFIG_INVALID']);
  });

  it.each([
    ['a sensor that may also say what was released', `falco events,release ${LONG}`],
    ['a role that does not exist', `ci root ${LONG}`],
    ['a role of every object', `ci constructor ${LONG}`],
    ['a name that could forge a line', `ci;x read ${LONG}`],
    ['a name twice', `ci read ${LONG}\nci read ${LONG}b`],
    ['a token twice', `ci read ${LONG}\nme release ${LONG}`],
    ['two words', `ci ${LONG}`],
    ['a tenant twice', `ci read ${LONG} tenant=shop tenant=bank`],
    ['a tenant that is a path', `ci read ${LONG} tenant=../bank`],
    ['a token with a control character', `${LONG}\u0007`],
  ])('truth B6: %s is refused, and the token is not repeated', (_, text) => {
    const tokens = parseTokens(text);
    expect(tokens).toMatchObject({ ok: false, failure: { code: 'CONFIG_INVALID' } });
    expect(tokens.ok ? '' : tokens.failure.message).not.toContain(LONG);
  });
});
