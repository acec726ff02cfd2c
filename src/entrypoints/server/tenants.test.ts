import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { chooseTeam, requirePart, type TeamParts } from './team-parts.ts';
import { Tenants } from './tenants.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-server-tenants-'));
afterAll(() => rmSync(folder, { recursive: true }));

const makeParts = (name: string) => ({ questions: async () => ({ json: { name } }) });
const open = (names: string[], closed: string[] = []) => ({
  ...{ folder, log: () => undefined },
  open: async (name: string) => {
    names.push(name);
    if (name === 'nobody') throw new Failure('UNKNOWN_NAME', 'there is no tenant', 'x');
    const parts = makeParts(name) as unknown as TeamParts;
    return { parts, close: async () => void closed.push(name) };
  },
});

it('a tenant is opened once, at its first request or where it was before, and closed', async () => {
  mkdirSync(join(folder, 'bank'));
  const [names, closed]: [string[], string[]] = [[], []];
  const tenants = new Tenants(open(names, closed));
  tenants.start();
  await Promise.all([tenants.find('shop'), tenants.find('shop'), tenants.find('bank')]);
  await expect(tenants.find('nobody')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
  await tenants.close();
  expect([names, closed]).toEqual([
    ['bank', 'shop', 'nobody'],
    ['bank', 'shop'],
  ]);
});

it('attack: tokens of very many tenants do not open threads without end', async () => {
  const tenants = new Tenants(open([]));
  for (let at = 0; at < LIMITS.serverTenantsMax; at++) await tenants.find(`t${at}`);
  await expect(tenants.find('one-more')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
  await expect(tenants.find('t0')).resolves.toBeDefined();
});

it('whose rows a request is about is decided by its token alone', async () => {
  const own = { ...makeParts('own'), findTenant: async (name: string) => makeParts(name) };
  const ask = async (tenant: string | null) => {
    const { questions } = await chooseTeam(own as never, tenant);
    return (await questions('', {})).json;
  };
  expect([await ask(null), await ask('shop')]).toEqual([{ name: 'own' }, { name: 'shop' }]);
  const { findTenant: _, ...alone } = own;
  await expect(chooseTeam(alone as never, 'shop')).rejects.toMatchObject({ code: 'UNKNOWN_NAME' });
  expect(() => requirePart(undefined)).toThrow(/no such endpoint/);
});
