import {
  createMemoryIndex,
  findAddress,
  parseOsv,
} from '../../src/capabilities/advisories/index.ts';
import type { Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { readSbom, writeCycloneDx } from '../../src/capabilities/inventory/index.ts';
import { scanInventory } from '../../src/capabilities/scanning/index.ts';
import { readSurroundings } from '../../src/capabilities/scanning/scan.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';

const NOW = toInstant(1_800_000_000_000);

/** How many of the findings of our own SBOM come out of a document of another tool. */
export interface FindingComparison {
  readonly own: number;
  readonly found: number;
  /** The first of those that do not. */
  readonly missed: readonly string[];
}

/**
 * Gives every package of the inventory that advisories can name a flaw of its own, which only its
 * name, its version and the release of its distribution decide, and scans both documents.
 */
export async function compareFindings(
  inventory: Inventory,
  theirs: Uint8Array,
): Promise<FindingComparison> {
  const ours = writeCycloneDx(inventory, { at: NOW, tool: { name: 'waybill', version: '0' } });
  const surroundings = readSurroundings(inventory);
  const flaws = inventory.components.flatMap((component) => {
    const found = findAddress(component, surroundings);
    if (found.kind === 'not-covered') return [];
    const { ecosystems, name, version } = found.address;
    return [JSON.stringify([ecosystems[0], name, version])];
  });
  const records = [...new Set(flaws)].map((flaw, at) => {
    const [ecosystem, name, version] = JSON.parse(flaw) as readonly [string, string, string];
    const affected = [{ package: { ecosystem, name }, versions: [version] }];
    return orThrow(parseOsv(JSON.stringify({ id: `EX-${at}`, affected })));
  });
  const origin = { source: 'imported', version: '1', importedAt: NOW, rejected: 0 } as const;
  const index = createMemoryIndex(records, origin);
  const list = async (bytes: Uint8Array): Promise<ReadonlySet<string>> => {
    const { findings } = orThrow(
      await scanInventory(orThrow(readSbom(bytes)).inventory, index, { now: NOW }),
    );
    return new Set(findings.map(({ id, version }) => `${id} ${version}`));
  };
  const [own, other] = [await list(ours), await list(theirs)];
  const missed = [...own].filter((one) => !other.has(one));
  const names = missed.map((one) => {
    const at = Number(/^EX-(\d+)/.exec(one)?.[1]);
    return [...new Set(flaws)][at] ?? one;
  });
  return { own: own.size, found: own.size - missed.length, missed: names.slice(0, 20) };
}
