import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import type { Result } from '../../../core/result.ts';
import { takeText } from './members.ts';
import { isCsaf, readCsafVex } from './read-csaf.ts';
import { hasAnalyses, isCycloneDx, readCycloneDxVex } from './read-cyclonedx-vex.ts';
import { isOpenVex, readOpenVex } from './read-openvex.ts';
import type { VexOrigin, VexStatement, VexSurroundings } from './vex-statement.ts';

/** One form of VEX documents. */
export interface VexFormat {
  readonly format: VexOrigin['format'];
  /** For people. */
  readonly name: string;
  /** The type under which a document is attached. */
  readonly mediaType: string;
  /** Whether a document has this form. */
  readonly recognises: (document: JsonObject) => boolean;
  /** Whether it is VEX before all: not, for example, an SBOM that has some statements too. */
  readonly isVexAlone: (document: JsonObject) => boolean;
  readonly read: (
    document: JsonObject,
    surroundings: VexSurroundings,
  ) => Result<readonly VexStatement[]>;
}

/** The only list of the forms in which VEX is read. */
export const VEX_FORMATS: readonly VexFormat[] = [
  {
    format: 'openvex',
    name: 'OpenVEX',
    mediaType: 'application/vnd.openvex+json',
    recognises: (document) => isOpenVex(takeText(document['@context'])),
    isVexAlone: () => true,
    read: readOpenVex,
  },
  {
    format: 'csaf',
    name: 'CSAF',
    mediaType: 'application/csaf+json',
    recognises: isCsaf,
    isVexAlone: () => true,
    read: readCsafVex,
  },
  {
    format: 'cyclonedx',
    name: 'CycloneDX',
    mediaType: 'application/vnd.cyclonedx.vex+json',
    recognises: isCycloneDx,
    isVexAlone: hasAnalyses,
    read: readCycloneDxVex,
  },
];

export function findVexFormat(document: JsonObject): VexFormat | null {
  return VEX_FORMATS.find(({ recognises }) => recognises(document)) ?? null;
}

/** The form of a document that is VEX before all; null for every other document. */
export function recogniseVex(value: unknown): VexFormat | null {
  if (!isJsonObject(value as JsonObject)) return null;
  const document = value as JsonObject;
  const format = findVexFormat(document);
  return format?.isVexAlone(document) === true ? format : null;
}
