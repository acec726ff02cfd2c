import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { afterAll, expect, it } from 'vitest';
import { sha256, takeHex } from '../../core/digest.ts';
import { openPasswords, parseHtpasswd } from './passwords.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-users-'));
const file = join(folder, 'users');
afterAll(() => rmSync(folder, { recursive: true }));

const hash = bcrypt.hashSync('right', 4);

it('a password is right for its name only, and a changed file counts at once', async () => {
  writeFileSync(file, `# team\nci:${hash}\r\n`);
  const verify = openPasswords(file, [], () => 0);
  expect(await verify('ci', 'right')).toBe(true);
  expect(await verify('ci', 'right')).toBe(true);
  expect(await verify('ci', 'wrong')).toBe(false);
  expect(await verify('dev', 'right')).toBe(false);
  expect(await verify('ci', '')).toBe(false);
  writeFileSync(file, `ci:${bcrypt.hashSync('other', 4)}\nmore:${hash}\n`);
  expect(await verify('ci', 'right')).toBe(false);
});

it('bcrypt reads 72 bytes: a longer password is refused and not cut', async () => {
  writeFileSync(file, `ci:${bcrypt.hashSync('x'.repeat(72), 4)}\n`);
  const verify = openPasswords(file, [], () => 0);
  expect(await verify('ci', 'x'.repeat(72))).toBe(true);
  expect(await verify('ci', 'x'.repeat(73))).toBe(false);
});

it('more than some guesses at once are refused', async () => {
  writeFileSync(file, `ci:${hash}\n`);
  const verify = openPasswords(file, [], () => 0);
  const answers = await Promise.all(Array.from({ length: 9 }, () => verify('ci', 'right')));
  expect(answers.filter((one) => !one)).toHaveLength(1);
});

it('a token counts for its name until it expires', async () => {
  const token = { name: 'bot', sha256: takeHex(sha256('secret')), expiresAt: 1_000 };
  let now = 999;
  const verify = openPasswords(null, [token], () => now);
  expect(await verify('bot', 'secret')).toBe(true);
  expect(await verify('bot', 'other')).toBe(false);
  expect(await verify('ci', 'secret')).toBe(false);
  now = 1_000;
  expect(await verify('bot', 'secret')).toBe(false);
});

it.each([
  ['MD5', 'ci:$apr1$x$0123456789012345678901'],
  ['plain text', 'ci:password'],
  ['no name', `:${hash}`],
  ['a cost that stops the server', `ci:$2b$15$${'a'.repeat(53)}`],
  ['a name twice', `ci:${hash}\nci:${hash}`],
  ['no colon', 'ci'],
])('a file of users with %s is refused, and its lines are not shown', (_, text) => {
  const read = () => parseHtpasswd(text);
  expect(read).toThrow('file of users cannot be used');
  expect(read).not.toThrow(/apr1|password'|\$2b/);
});
