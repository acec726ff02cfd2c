import { describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import { policyText, ruleText } from '../../../test/support/policy-facts.ts';
import { createMemoryIndex, type SupportTerm } from '../../capabilities/advisories/index.ts';
import type { Inventory, OperatingSystem } from '../../capabilities/ecosystems/index.ts';
import { evaluate, parsePolicy } from '../../capabilities/policy/index.ts';
import { scanInventory } from '../../capabilities/scanning/index.ts';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { buildSystemFacts } from './system-facts.ts';

const TERM = { os: 'debian', release: '12', endsOn: '2099-06-30', extendedTo: null };
const GAP = new Failure('FACT_UNKNOWN', 'no trusted SBOM was found', 'Attach one.');
const debian: OperatingSystem = { id: 'debian', versionId: '12', prettyName: null };
const EMPTY: Inventory = {
  subject: { name: 'shop', digest: null },
  os: null,
  components: [],
  outcome: 'complete',
  skips: [],
  found: [],
};
const info = { source: 'imported', version: '1', importedAt: FIXTURE_NOW, rejected: 0 } as const;

async function decide(
  rule: string,
  os: OperatingSystem | null,
  { support = [TERM], gap = null }: { support?: readonly SupportTerm[]; gap?: Failure | null } = {},
): Promise<string> {
  const index = { ...createMemoryIndex([], info), support };
  const inventory: Inventory = { ...EMPTY, os };
  const report = orThrow(await scanInventory(inventory, index, { now: FIXTURE_NOW }));
  const systems = buildSystemFacts(os === null && gap !== null ? [] : [{ inventory, report }], gap);
  const policy = orThrow(parsePolicy(policyText(ruleText(rule))));
  return evaluate(policy, { gate: 'admission', facts: { systems }, now: FIXTURE_NOW }).verdict
    .decision;
}

const SUPPORTED = 'systems.all(s, s.supported)';

describe('S2C2F SCA-3: until when a system is supported is a fact', () => {
  it('of which a rule decides, also before the end', async () => {
    expect(await decide(SUPPORTED, debian)).toBe('allow');
    const over = { support: [{ ...TERM, endsOn: '2020-06-30' }] };
    expect(await decide(SUPPORTED, debian, over)).toBe('deny');
    const soon = "systems.all(s, s.supportedUntil - now > duration('720h'))";
    expect(await decide(soon, debian)).toBe('allow');
    const day = new Date(FIXTURE_NOW + 86_400_000).toISOString().slice(0, 10);
    expect(await decide(soon, debian, { support: [{ ...TERM, endsOn: day }] })).toBe('deny');
    expect(await decide("systems.all(s, s.id == 'debian' && s.release == '12')", debian)).toBe(
      'allow',
    );
  });

  it('that is unknown where nothing says it, and never admits then', async () => {
    expect(await decide(SUPPORTED, debian, { support: [] })).toBe('undetermined');
    expect(await decide(SUPPORTED, { ...debian, versionId: null })).toBe('undetermined');
  });

  it('an image without a system has none, if its SBOM may say so', async () => {
    expect(await decide(SUPPORTED, null)).toBe('allow');
    expect(await decide(SUPPORTED, null, { gap: GAP })).toBe('undetermined');
    // An SBOM that lacks packages still names the one system.
    expect(await decide(SUPPORTED, debian, { gap: GAP })).toBe('allow');
  });
});
