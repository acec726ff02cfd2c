import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { orThrow } from '../../../core/result.ts';
import { findMachineRules, listMachineStores } from './machine-rule.ts';
import { parseTrust } from './trust-document.ts';

const ENTRY = {
  id: 'vms',
  repositories: ['registry.example.com/shop/*'],
  cloud: 'azure',
  authority: 'ca:azure',
  timestamps: 'tsa:time',
  subscriptions: ['8D10da13-8125-4ba9-a717-bf7490507b3d'],
};

function read(machines: JsonValue) {
  const metadata = { name: 'machines', revision: 1 };
  const head = { apiVersion: 'waybill.dev/v1', kind: 'Trust', metadata, rules: [] };
  return parseTrust(JSON.stringify({ ...head, machines }));
}
const judge = (machines: JsonValue): string => {
  const document = read(machines);
  return document.ok ? 'ok' : document.failure.message;
};

describe('B7: machines in a trust document', () => {
  it('are about repositories, with the stores that vouch', () => {
    const document = orThrow(read([ENTRY, { ...ENTRY, id: 'two', authority: 'ca:other' }]));
    expect(listMachineStores(document)).toEqual(['ca:azure', 'tsa:time', 'ca:other']);
    expect(document.machines[0]?.subscriptions).toEqual(['8d10da13-8125-4ba9-a717-bf7490507b3d']);
    expect(findMachineRules(document, 'registry.example.com/shop/trips')).toHaveLength(2);
    for (const other of ['registry.example.com/shop', 'registry.example.com/shopping/x'])
      expect(findMachineRules(document, other)).toEqual([]);
  });

  it.each<readonly [string, JsonObject, string]>([
    ['of no subscription', { subscriptions: [] }, 'subscriptions'],
    ['of any subscription', { subscriptions: ['*'] }, 'subscriptions'],
    ['of a subscription and any', { subscriptions: [...ENTRY.subscriptions, '*'] }, 'subscr'],
    ['of another cloud', { cloud: 'aws' }, 'cloud'],
    ['by a store of another kind', { authority: 'tsa:time' }, 'authority'],
    ['by a store outside its folder', { authority: 'ca:../x' }, 'authority'],
    ['at a time of nobody', { timestamps: 'ca:azure' }, 'timestamps'],
    ['of no repository', { repositories: [] }, 'repositories'],
    ['of every host', { repositories: ['*'] }, 'neither registry'],
    ['without an id', { id: '' }, 'no id'],
    ['with an unknown key', { subscription: 'x' }, 'unknown key'],
  ])('%s are an error', (_, change, why) => {
    expect(judge([{ ...ENTRY, ...change }])).toContain(why);
    expect(judge([ENTRY])).toBe('ok');
  });

  it('that are no list, or have one id twice, are an error', () => {
    for (const bad of [[], {}, 'x', [null], [ENTRY, ENTRY]]) expect(judge(bad)).not.toBe('ok');
  });
});
