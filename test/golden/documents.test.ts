import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  encodeLeaf,
  encodeRecord,
  hashLogLeaf,
  type LogLeaf,
  parseRecord,
  RECORD_KINDS,
  type RecordKind,
} from '../../src/capabilities/evidence/index.ts';
import {
  encodeFacts,
  evaluate,
  type Facts,
  parsePolicy,
} from '../../src/capabilities/policy/index.ts';
import { parseTrust } from '../../src/capabilities/signing/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';
import { GATES } from '../../src/core/verdict.ts';
import { loadConfig } from '../../src/entrypoints/config/config.ts';
import { canonicalizeJson } from '../../src/formats/json/canonical.ts';
import { goldenFiles, goldenJson, goldenPath, goldenText, lost, RULE } from './golden.ts';

const NOW = toInstant(Date.UTC(2026, 10, 20, 12));
const recordFiles = goldenFiles().filter((path) => path.startsWith('records/'));

function findKind(path: string): RecordKind {
  const { kind } = goldenJson(path) as { kind?: string };
  const found = Object.entries(RECORD_KINDS).find(([, name]) => name === kind);
  if (found === undefined) throw new Error(`${path} is no record`);
  return found[0] as RecordKind;
}

/** A record that the present code has read and written again. */
function rewritten(path: string): string {
  const kind = findKind(path);
  const {
    apiVersion: _,
    kind: __,
    ...fields
  } = orThrow(parseRecord(kind, Buffer.from(goldenText(path))));
  return Buffer.from(encodeRecord(kind, fields as never)).toString();
}

describe('golden files of waybill.dev/v1', () => {
  it('were never edited, and each of them is listed', () => {
    const sums = goldenText('SHA256SUMS').trim().split('\n');
    const listed = Object.fromEntries(
      sums.map((line) => line.split('  ').toReversed() as [string, string]),
    );
    const found = goldenFiles().map((path) => [
      path,
      sha256(Buffer.from(goldenText(path))).slice('sha256:'.length),
    ]);
    expect(Object.fromEntries(found), RULE).toEqual(listed);
  });

  it('are there for every kind of record', () => {
    expect(new Set(recordFiles.map(findKind)), RULE).toEqual(new Set(Object.keys(RECORD_KINDS)));
  });

  it.each(recordFiles)(
    'X14: %s is read, and written with the same bytes, so that its digest stays valid',
    (path) => {
      expect(rewritten(path), RULE).toBe(goldenText(path));
    },
  );

  it.each(recordFiles)(
    'X14: %s with a key or a version that this Waybill does not know is refused',
    (path) => {
      const kind = findKind(path);
      const changed = (change: object) =>
        parseRecord(
          kind,
          Buffer.from(JSON.stringify({ ...(goldenJson(path) as object), ...change })),
        );
      expect(changed({}).ok).toBe(true);
      expect(changed({ keyOfTomorrow: 1 })).toMatchObject({
        ok: false,
        failure: { code: 'MALFORMED' },
      });
      expect(changed({ apiVersion: 'waybill.dev/v2' })).toMatchObject({
        ok: false,
        failure: { code: 'MALFORMED' },
      });
    },
  );

  it('X14: a leaf of the log has the same bytes and hash, so that old proofs still hold', () => {
    const { leaf, bytes, hash } = goldenJson('leaf.json') as {
      leaf: JsonObject;
      bytes: string;
      hash: string;
    };
    const read = leaf as unknown as LogLeaf;
    expect(encodeLeaf(read), RULE).toBe(bytes);
    expect(Buffer.from(hashLogLeaf(read)).toString('hex'), RULE).toBe(hash);
  });

  it.each(GATES)(
    'X2, I7: the policy decides the same about the same facts at the %s gate',
    (gate) => {
      const facts = goldenJson('facts.json') as unknown as Facts;
      const { record } = evaluate(orThrow(parsePolicy(goldenText('policy.yaml'))), {
        gate,
        facts,
        now: NOW,
      });
      const then = goldenJson(`decision-${gate}.json`) as { facts: JsonObject; record: JsonObject };
      expect(lost(then.facts, encodeFacts(facts, gate)), RULE).toEqual([]);
      // The digest of facts changes when a gate knows more facts. A record names the facts of its
      // decision.
      const now = JSON.parse(canonicalizeJson(record as unknown as JsonValue)) as JsonObject;
      const toMeaning = ({ results, ...rest }: JsonObject): JsonObject => ({
        ...rest,
        facts: null,
        // The words of a message are for people, and may become better.
        results: (results as JsonObject[]).map((one) => ({ ...one, message: null, fix: null })),
      });
      expect(lost(toMeaning(then.record), toMeaning(now)), RULE).toEqual([]);
    },
  );

  it('the digest of a policy does not depend on the version of Waybill', () => {
    const { record } = goldenJson('decision-admission.json') as {
      record: { policy: { digest: string } };
    };
    expect(orThrow(parsePolicy(goldenText('policy.yaml'))).digest, RULE).toBe(record.policy.digest);
  });

  it('I7: the policy with modes by gate has the same modes, parameters and digest', () => {
    const { digest, modes, parameters } = orThrow(parsePolicy(goldenText('policy-by-gate.yaml')));
    const now = JSON.parse(
      JSON.stringify({ digest, modes, parameters: parameters.shown }),
    ) as JsonValue;
    expect(lost(goldenJson('policy-by-gate.meaning.json'), now), RULE).toEqual([]);
  });

  it('B24: the policy with refused licences has the same parameters and digest', () => {
    const { digest, parameters } = orThrow(parsePolicy(goldenText('policy-licences.yaml')));
    const now = JSON.parse(JSON.stringify({ digest, parameters: parameters.shown }));
    expect(lost(goldenJson('policy-licences.meaning.json'), now), RULE).toEqual([]);
  });

  it('I7: the trust document names the same signers for the same repositories', () => {
    const asPairs = (_: string, value: unknown) =>
      value instanceof Map ? { map: [...value] } : value;
    const now = JSON.parse(
      JSON.stringify(orThrow(parseTrust(goldenText('trust.yaml'))), asPairs),
    ) as JsonValue;
    expect(lost(goldenJson('trust.meaning.json'), now), RULE).toEqual([]);
  });

  it('I16: the trust document revokes the same', () => {
    const now = JSON.parse(JSON.stringify(orThrow(parseTrust(goldenText('trust-revoked.yaml')))));
    expect(lost(goldenJson('trust-revoked.meaning.json'), now), RULE).toEqual([]);
  });

  it('B7: the trust document allows the same machines', () => {
    const now = JSON.parse(JSON.stringify(orThrow(parseTrust(goldenText('trust-machines.yaml')))));
    expect(lost(goldenJson('trust-machines.meaning.json'), now), RULE).toEqual([]);
  });

  it('the configuration names the same places', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-golden-'));
    try {
      cpSync(goldenPath('waybill.yaml'), join(folder, 'waybill.yaml'));
      expect(await loadConfig({ config: 'waybill.yaml' }, {}, folder), RULE).toMatchObject({
        home: join(folder, 'state'),
        policy: join(folder, 'policies/policy.yaml'),
        trust: join(folder, '../trust.yaml'),
        notation: join(folder, 'notation'),
        keys: join(folder, 'state/keys'),
        advisories: '/srv/advisories.db',
        database: join(folder, 'state/waybill.db'),
        cluster: 'eu-1',
        registries: { 'localhost:5000': { insecure: true }, 'registry.example.com': {} },
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('the configuration updates from the same place, and leaves out the same', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-golden-'));
    try {
      cpSync(goldenPath('waybill-updates.yaml'), join(folder, 'waybill.yaml'));
      const { updates } = await loadConfig({ config: 'waybill.yaml' }, {}, folder);
      expect(updates, RULE).toEqual({
        ...{ from: 'https://mirror.example.com/osv/', every: '6h', ecosystems: ['npm'] },
        ...{ targets: [join(folder, 'shop')], ca: join(folder, 'ca.pem'), as: null },
        exploitation: false,
        support: true,
        ageMax: null,
      });
      cpSync(goldenPath('waybill-support.yaml'), join(folder, 'waybill.yaml'));
      const without = await loadConfig({ config: 'waybill.yaml' }, {}, folder);
      expect(without.updates, RULE).toMatchObject({ exploitation: true, support: false });
      cpSync(goldenPath('waybill-age.yaml'), join(folder, 'waybill.yaml'));
      const aged = await loadConfig({ config: 'waybill.yaml' }, {}, folder);
      expect(aged.updates, RULE).toMatchObject({ every: '6h', ageMax: '3d' });
      cpSync(goldenPath('waybill.yaml'), join(folder, 'waybill.yaml'));
      const before = await loadConfig({ config: 'waybill.yaml' }, {}, folder);
      expect(before.updates.exploitation, RULE).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each(['policy.yaml', 'trust.yaml'])('%s of another version is refused by name', (name) => {
    const parse = name === 'policy.yaml' ? parsePolicy : parseTrust;
    expect(parse(goldenText(name)).ok).toBe(true);
    const result = parse(goldenText(name).replace('waybill.dev/v1\n', 'waybill.dev/v2\n'));
    expect(result).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining('waybill.dev/v1') },
    });
  });
});

describe('the comparison behind them', () => {
  it('sees losses and changes, but not additions', () => {
    expect(lost({ a: [{ b: 1 }] }, { a: [{ b: 1, c: 2 }], d: 3 })).toEqual([]);
    expect(lost({ a: [{ b: 1 }] }, { a: [{ b: 2 }] })).toEqual(['$.a[0].b was 1 and is 2']);
    expect(lost({ a: [1] }, { a: [1, 2] })).toHaveLength(1);
    expect(lost({ a: null }, {})).toHaveLength(1);
  });
});
