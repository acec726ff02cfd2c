import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { ServeCall } from '../options/operate.ts';
import { run } from './serve.ts';

const LONG = 'a'.repeat(16);

/** How `serve` ends on an address that is not on loopback: with a token, it cannot be bound. */
async function serve(env: Readonly<Record<string, string>>, file?: string): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'waybill-serve-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  if (file !== undefined) writeFileSync(join(cwd, 'token'), file);
  const options = {
    listen: 'nowhere.invalid:0',
    auditInterval: 'off',
    rescanInterval: 'off',
    logFormat: 'json',
    home: join(cwd, 'home'),
    ...(file === undefined ? {} : { tokenFile: 'token' }),
  };
  const call = { options, io: { env: { HOME: cwd, ...env }, cwd } } as unknown as ServeCall;
  return run(call).then(
    () => 'serves',
    (thrown: { code?: string }) => thrown.code ?? String(thrown),
  );
}

it('truth B6: WAYBILL_TOKEN obeys the minimum of a token file, also when it is empty', async () => {
  for (const text of ['', 'short', 'a'.repeat(15)]) {
    expect([text, await serve({ WAYBILL_TOKEN: text })]).toEqual([text, 'CONFIG_INVALID']);
    expect([text, await serve({}, text)]).toEqual([text, 'CONFIG_INVALID']);
  }
  expect(await serve({})).toBe('UNAUTHORISED');
  expect(await serve({ WAYBILL_TOKEN: LONG })).toBe('PORT_IN_USE');
  expect(await serve({}, `${LONG}\n`)).toBe('PORT_IN_USE');
});
