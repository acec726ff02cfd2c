import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { readText, type SbomClaim } from './component-collector.ts';

/** What the compositions claim about the whole; one part that is open makes the whole partial. */
export function readClaim(
  compositions: readonly JsonValue[],
  root: JsonObject | null,
  outcome: string | undefined,
): SbomClaim {
  if (outcome === 'partial' || compositions.some(isOpen)) return 'partial';
  const ref = root === null ? '' : readText(root, 'bom-ref');
  return compositions.some((composition) => isWhole(composition, ref)) ? 'complete' : null;
}

/**
 * CycloneDX 1.6 aggregateType: every kind of incomplete, unknown, a word that we do not know, and
 * none, where one is required. `not_specified` claims nothing.
 */
function isOpen(composition: JsonValue): boolean {
  const aggregate = isJsonObject(composition) ? composition['aggregate'] : undefined;
  // mutant composition-that-claims-nothing by described-parts: operand 1 -> aggregate === undefined
  return aggregate !== 'complete' && aggregate !== 'not_specified';
}

/**
 * Complete, and about the described component or the document as a whole: references do not cascade
 * to other parts (CycloneDX 1.6, compositions).
 */
function isWhole(composition: JsonValue, ref: string): boolean {
  if (!isJsonObject(composition) || composition['aggregate'] !== 'complete') return false;
  const { assemblies, dependencies, vulnerabilities } = composition;
  // mutant composition-of-a-part by read-sbom: value -> true
  return assemblies === undefined
    ? dependencies === undefined && vulnerabilities === undefined
    : ref !== '' && Array.isArray(assemblies) && assemblies.includes(ref);
}

/** The first tool, in the form of 1.5 and later (`components`) or before (a list). */
export function findTool(tools: JsonValue | undefined): string | null {
  const list = isJsonObject(tools) ? tools['components'] : tools;
  const first = Array.isArray(list) ? list.find(isJsonObject) : undefined;
  if (!isJsonObject(first)) return null;
  const name = readText(first, 'name');
  const version = readText(first, 'version');
  return name === '' ? null : version === '' ? name : `${name}-${version}`;
}

/** What a scan found is not read of an SBOM. */
export function countVulnerabilities({ vulnerabilities }: JsonObject): {
  readonly vulnerabilities?: number;
} {
  const isStated = Array.isArray(vulnerabilities) && vulnerabilities.length > 0;
  return isStated ? { vulnerabilities: vulnerabilities.length } : {};
}
