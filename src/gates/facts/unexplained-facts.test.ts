import { beforeAll, describe, expect, it } from 'vitest';
import type { TestKey } from '../../../test/support/certificates.ts';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  attach,
  MemoryRegistry,
  NO_GRAPH,
  pushImage,
  pushIndex,
  referenceTo,
  sbomDocument,
  signImage,
  type WorldKeys,
  worldIndex,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import { file } from '../../../test/support/images.ts';
import { inventoryLayers } from '../../../test/support/package-layers.ts';
import { policyText, ruleText } from '../../../test/support/policy-facts.ts';
import type { Inventory } from '../../capabilities/ecosystems/index.ts';
import { readSbom, writeCycloneDx, writeSpdx } from '../../capabilities/inventory/index.ts';
import { evaluate, type Facts, parsePolicy } from '../../capabilities/policy/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { orThrow } from '../../core/result.ts';
import { gatherImage } from '../image-evidence/index.ts';
import { buildImageFacts } from './facts.ts';

const ELF = Buffer.from('\x7fELF\x02\x01\x01\0 code', 'latin1');
/** No digest: what it is attached to says which image it is about. */
const NAMED = { name: 'x', digest: null };
const UNEXPLAINED = { files: 2, bytes: 10, executables: 1 };

let keys: WorldKeys;
beforeAll(async () => {
  keys = await worldKeys();
});

async function gatherFacts(registry: MemoryRegistry, subject: Descriptor): Promise<Facts> {
  const trust = worldTrust(keys);
  const evidence = orThrow(
    await gatherImage(referenceTo(subject), FIXTURE_NOW, { source: registry, trust }),
  );
  const sources = { trust, advisories: worldIndex(), ...NO_GRAPH };
  return orThrow(await buildImageFacts(evidence, FIXTURE_NOW, sources));
}

/** What the gate knows of an image with these SBOMs. */
async function factsWith(
  ...sboms: readonly { readonly inventory: Partial<Inventory>; readonly key: TestKey | null }[]
): Promise<Facts> {
  const registry = new MemoryRegistry();
  const subject = pushImage(registry, 'trips');
  await signImage(registry, subject, keys.release);
  for (const { inventory, key } of sboms)
    await attach(registry, subject, sbomDocument([], inventory), key);
  return gatherFacts(registry, subject);
}

function decide(facts: Facts, rule: string): string {
  const policy = orThrow(parsePolicy(policyText(ruleText(rule))));
  return evaluate(policy, { gate: 'admission', facts, now: FIXTURE_NOW }).verdict.decision;
}

describe('truth A3: what belongs to no component is a fact', () => {
  it('of the inventory of one program, through its signed SBOM, to the gate', async () => {
    const inventory = await inventoryLayers([[file('tool', ELF, 0o755)]]);
    const facts = await factsWith({
      inventory: { ...inventory, subject: NAMED },
      key: keys.release,
    });
    const unexplained = { files: 1, bytes: ELF.length, executables: 1 };
    expect(facts.sbom).toMatchObject({ complete: false, count: 0, unexplained });
    expect(decide(facts, 'sbom.complete')).toBe('deny');
    expect(decide(facts, 'sbom.unexplained.executables == 0')).toBe('deny');
    expect(decide(facts, 'sbom.unexplained.executables == 1')).toBe('allow');
  });

  it('that is unknown where the SBOM does not state it, and never admits then', async () => {
    const facts = await factsWith({ inventory: {}, key: keys.release });
    expect(decide(facts, 'sbom.complete')).toBe('allow');
    expect(decide(facts, 'sbom.unexplained.executables == 0')).toBe('undetermined');
  });

  it('that an untrusted SBOM cannot state, nor a milder one take back', async () => {
    const stated = { inventory: { unexplained: UNEXPLAINED }, key: keys.release };
    const mild = { unexplained: { files: 0, bytes: 0, executables: 0 } };
    const silent = await factsWith({ inventory: mild, key: null });
    expect(decide(silent, 'sbom.unexplained.executables == 0')).toBe('undetermined');
    const both = await factsWith({ inventory: mild, key: keys.release }, stated);
    expect(both.sbom).toMatchObject({ unexplained: UNEXPLAINED });
  });

  it('that is summed over all platforms, and unknown where one is silent', async () => {
    const registry = new MemoryRegistry();
    const [one, other] = [pushImage(registry, 'amd64'), pushImage(registry, 'arm64')];
    const subject = pushIndex(registry, [
      [one, { os: 'linux', architecture: 'amd64' }],
      [other, { os: 'linux', architecture: 'arm64' }],
    ]);
    const document = sbomDocument([], { unexplained: UNEXPLAINED });
    await attach(registry, one, document, keys.release);
    await attach(registry, other, sbomDocument([]), keys.release);
    const silent = await gatherFacts(registry, subject);
    expect(decide(silent, 'sbom.unexplained.files > 0')).toBe('undetermined');
    await attach(registry, other, document, keys.release);
    const facts = await gatherFacts(registry, subject);
    expect(facts.sbom).toMatchObject({ unexplained: { files: 4, bytes: 20, executables: 2 } });
  });
});

describe('truth A3: documents keep it', () => {
  const made = { at: FIXTURE_NOW, tool: { name: 'waybill', version: '1' } };

  it.each([
    ['SPDX', writeSpdx],
    ['CycloneDX', writeCycloneDx],
  ] as const)('in %s, and a count that is no whole number is not read', async (_, write) => {
    const inventory = await inventoryLayers([[file('tool', ELF, 0o755), file('data', 'x')]]);
    const bytes = Buffer.from(write(inventory, made)).toString();
    expect(orThrow(readSbom(Buffer.from(bytes))).inventory).toMatchObject({
      outcome: 'partial',
      unexplained: inventory.unexplained,
    });
    const forged = bytes.replace(/(files\\?":)2/, '$1-2');
    expect(forged).not.toBe(bytes);
    expect(orThrow(readSbom(Buffer.from(forged))).inventory.unexplained).toBeUndefined();
  });
});
