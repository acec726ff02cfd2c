import { findScheme } from '../../src/capabilities/advisories/address.ts';
import type { Advisory, AffectedPackage } from '../../src/capabilities/advisories/advisory.ts';
import { readAdvisoryRecord } from '../../src/capabilities/advisories/advisory-record.ts';
import { matchAdvisory } from '../../src/capabilities/advisories/match.ts';
import { createMemoryIndex } from '../../src/capabilities/advisories/memory-index.ts';
import { isJsonObject, type JsonValue } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';

/** All advisories of the test data that are not withdrawn. */
export class AdvisoryCollection {
  readonly #index: ReturnType<typeof createMemoryIndex>;
  /** By each id that a record has or names: a CVE may stand under `related` alone. */
  readonly #named = new Map<string, Set<Advisory>>();

  constructor(records: readonly JsonValue[]) {
    const advisories: Advisory[] = [];
    for (const json of records) {
      const record = readAdvisoryRecord(json);
      if (!record.ok || record.value.kind !== 'advisory') continue;
      const { advisory } = record.value;
      if (advisory.withdrawn !== null) continue;
      advisories.push(advisory);
      for (const id of [advisory.id, ...listNames(json)])
        this.#named.set(id, (this.#named.get(id) ?? new Set()).add(advisory));
    }
    const origin = { source: 'imported', version: 'test', importedAt: null, rejected: 0 } as const;
    this.#index = createMemoryIndex(advisories, origin);
  }

  async find(ecosystem: string, name: string): Promise<readonly Advisory[]> {
    return orThrow(await this.#index.find(ecosystem, name));
  }

  findNamed(id: string): readonly Advisory[] {
    return [...(this.#named.get(id) ?? [])];
  }
}

function listNames(json: JsonValue): readonly string[] {
  if (!isJsonObject(json)) return [];
  return ['aliases', 'related', 'upstream'].flatMap((key) => {
    const names = json[key];
    return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  });
}

/** Null where no matcher reads the ecosystem. */
export function judge(
  advisory: Advisory,
  { ecosystem, name }: Pick<AffectedPackage, 'ecosystem' | 'name'>,
  version: string,
): 'affected' | 'not_affected' | 'unknown' | null {
  const scheme = findScheme(ecosystem);
  if (scheme === null) return null;
  return matchAdvisory({ ecosystems: [ecosystem], name, version, scheme }, advisory).status;
}
