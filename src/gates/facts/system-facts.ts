import { dateSupportEnd } from '../../capabilities/advisories/index.ts';
import type { Inventory } from '../../capabilities/ecosystems/index.ts';
import {
  type FactList,
  makeUnknownFact,
  type SystemFact,
} from '../../capabilities/policy/index.ts';
import type { ScanReport } from '../../capabilities/scanning/index.ts';
import type { Failure } from '../../core/failure.ts';
import { createMissingFailure, removeDuplicates, toFactList } from './fact-lists.ts';
import { IMPORT_SUPPORT } from './remedies.ts';

/** What an SBOM that counts was found to say. */
interface ReadSbom {
  readonly inventory: Inventory;
  readonly report: ScanReport;
}

/**
 * The systems of one platform image. An image has one at most, so an SBOM that names one says all,
 * although it may lack packages; one that names none says so only where it is whole.
 */
export function buildSystemFacts(
  sboms: readonly ReadSbom[],
  gap: Failure | null,
): FactList<SystemFact> {
  const systems = removeDuplicates(sboms.flatMap(toSystemFact), ({ id }) => id);
  // mutant system-that-nobody-names-is-none by system-facts: operand 2 -> null
  return toFactList(systems, systems.length > 0 ? null : gap);
}

function toSystemFact({ inventory: { os }, report }: ReadSbom): readonly SystemFact[] {
  if (os === null) return [];
  const { support = null } = report;
  const named = os.versionId === null ? os.id : `${os.id} ${os.versionId}`;
  const unsaid = makeUnknownFact(
    createMissingFailure(`nothing says until when ${named} is supported`, IMPORT_SUPPORT),
  );
  const end = support === null ? null : dateSupportEnd(support);
  return [
    {
      id: os.id,
      release:
        os.versionId ??
        makeUnknownFact(createMissingFailure(`the release of ${os.id} is unknown`, IMPORT_SUPPORT)),
      // mutant system-of-unknown-support-is-supported by system-facts: operand 1 -> true
      supported: support === null || end === null ? unsaid : !support.isOver,
      supportedUntil: end ?? unsaid,
    },
  ];
}
