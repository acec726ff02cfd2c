import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testIo } from '../../../../test/support/test-io.ts';
import { buildDefaultPolicy } from '../../../capabilities/policy/index.ts';
import type { LicencesCall } from '../options/inventory.ts';
import type { Block } from '../report/block.ts';
import { run } from './licences.ts';

const cwd = mkdtempSync(join(tmpdir(), 'waybill-licences-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
mkdirSync(join(cwd, 'home'), { mode: 0o700 });

interface LicenceJson {
  readonly exitCode: number;
  readonly components: readonly (readonly [string, string | null, string])[];
  readonly licences: readonly (readonly [string, string, number])[];
  readonly blocks: readonly Block[];
}

/** What is said of an SBOM whose components have these licences, by their names. */
async function report(
  stated: Readonly<Record<string, string | readonly string[] | null>>,
  more: object = {},
): Promise<LicenceJson> {
  const components = Object.entries(stated).map(([name, expression]) => ({
    ...{ type: 'library', name, version: '1' },
    purl: name.startsWith('deb') ? `pkg:deb/debian/${name}@1` : `pkg:npm/${name}@1`,
    ...(expression === null
      ? {}
      : { licenses: [expression].flat().map((one) => ({ expression: one })) }),
  }));
  const compositions = [{ aggregate: 'complete', assemblies: ['app'] }];
  const metadata = { component: { type: 'application', name: 'app', 'bom-ref': 'app' } };
  const kind = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 };
  const sbom = { ...kind, metadata, components, compositions };
  writeFileSync(join(cwd, 'app.json'), JSON.stringify(sbom));
  const io = { ...testIo(), cwd, env: { WAYBILL_HOME: join(cwd, 'home') } };
  const options = { groupBy: 'component', licensesFrom: [], insecure: [], ...more };
  const { signal } = new AbortController();
  const call = { args: ['app.json'], options, io, signal } as unknown as LicencesCall;
  const result = await run(call);
  if (result.kind !== 'result') throw new Error('no result');
  const value = result.value?.json() as {
    readonly targets: readonly {
      readonly components: readonly { name: string; chosen: string | null; verdict: string }[];
      readonly licences: readonly { licence: string; verdict: string; components: unknown[] }[];
    }[];
  };
  const [target] = value.targets;
  return {
    exitCode: result.exitCode,
    components: (target?.components ?? []).map((one) => [one.name, one.chosen, one.verdict]),
    licences: (target?.licences ?? []).map(({ licence, verdict, components: all }) => {
      return [licence, verdict, all.length];
    }),
    blocks: result.blocks(),
  };
}

describe('licences', () => {
  it('B15 B24: are chosen by policy where there is an OR, and keep exceptions', async () => {
    const { components, exitCode } = await report({
      a: 'AGPL-3.0-only OR MIT',
      b: '(SSPL-1.0 OR ISC) AND (Apache-2.0 OR MIT)',
      c: 'GPL-2.0-only WITH Classpath-exception-2.0',
    });
    expect(components).toEqual([
      ['a', 'MIT', 'allowed'],
      ['b', 'ISC AND Apache-2.0', 'allowed'],
      ['c', 'GPL-2.0-only WITH Classpath-exception-2.0', 'allowed'],
    ]);
    expect(exitCode).toBe(0);
  });

  it('truth A10: that are stated beside each other keep their own alternatives', async () => {
    const { components, blocks } = await report({ a: ['GPL-3.0-only', 'MIT OR Apache-2.0'] });
    expect(components).toEqual([['a', 'GPL-3.0-only AND MIT', 'allowed']]);
    expect(JSON.stringify(blocks)).toContain('"GPL-3.0-only AND (MIT OR Apache-2.0)"');
  });

  it('B24: that the policy refuses end with 1, whatever else is unknown', async () => {
    const { components, exitCode } = await report({ a: 'AGPL-3.0-only', b: null });
    expect(components.map(([name, , verdict]) => [name, verdict])).toEqual([
      ['a', 'refused'],
      ['b', 'unknown'],
    ]);
    expect(exitCode).toBe(1);
  });

  it('that nobody stated, or that are no SPDX licence, are unknown and end with 3', async () => {
    const none = await report({ a: null, b: 'MIT' });
    expect(none.components[0]).toEqual(['a', null, 'unknown']);
    expect(none.exitCode).toBe(3);
    const own = await report({ a: 'LicenseRef-acme' });
    expect([own.components[0]?.[2], own.exitCode]).toEqual(['unknown', 3]);
    expect((await report({ a: 'MIT' })).exitCode).toBe(0);
  });

  it('follow the named policy: its allow list, and what it says of unknown ones', async () => {
    const write = (more: object): void =>
      writeFileSync(join(cwd, 'policy.yaml'), buildDefaultPolicy(more));
    write({ allowedLicenses: ['MIT', 'LicenseRef-acme'], unknownLicense: 'accept' });
    const policy = join(cwd, 'policy.yaml');
    const { components, exitCode } = await report(
      { a: 'ISC OR MIT', b: 'LicenseRef-acme', c: null, deb1: 'ISC' },
      { policy },
    );
    expect(components.map(([name, chosen, verdict]) => [name, chosen, verdict])).toEqual([
      ['deb1', 'ISC', 'allowed'],
      ['a', 'MIT', 'allowed'],
      ['b', 'LicenseRef-acme', 'allowed'],
      ['c', null, 'unknown'],
    ]);
    expect(exitCode).toBe(0);
    expect((await report({ a: 'ISC' }, { policy })).exitCode).toBe(1);
    await expect(report({ a: 'ISC' }, { policy: join(cwd, 'absent.yaml') })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
    });
  });

  it('are reported by licence too, the refused ones first', async () => {
    const { licences, blocks } = await report(
      { a: 'MIT', b: 'MIT AND ISC', c: 'AGPL-3.0-only', d: null },
      { groupBy: 'licence' },
    );
    expect(licences).toEqual([
      ['AGPL-3.0-only', 'refused', 1],
      ['unknown', 'unknown', 1],
      ['MIT', 'allowed', 2],
      ['ISC', 'allowed', 1],
    ]);
    const table = blocks.find(({ kind }) => kind === 'table');
    expect(table?.kind === 'table' ? table.rows.map(([, , name]) => name) : []).toEqual(
      licences.map(([name]) => name),
    );
  });
});
