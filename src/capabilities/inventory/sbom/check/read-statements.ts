import { LIMITS } from '../../../../core/limits.ts';
import { ok, type Result } from '../../../../core/result.ts';
import { readText } from '../component-collector.ts';
import { failUnsupported } from '../sbom-format.ts';
import { openDocument } from '../translate-sbom.ts';
import { listCycloneDxParts } from './cyclonedx-parts.ts';
import { listSpdxParts } from './spdx-parts.ts';
import type { StatedSbom } from './statement.ts';

/** The statements of any SBOM that is read here. */
export function readStatements(bytes: Uint8Array): Result<StatedSbom> {
  const opened = openDocument(bytes, LIMITS.documentBytesMax);
  if (!opened.ok) return opened;
  const document = opened.value;
  if (document['bomFormat'] === 'CycloneDX') return ok(listCycloneDxParts(document));
  if (/^SPDX-(?:2[.][23]|3[.]0[.][01])$/.test(readText(document, 'spdxVersion')))
    return ok(listSpdxParts(document));
  return failUnsupported('it names neither spdxVersion nor bomFormat');
}
