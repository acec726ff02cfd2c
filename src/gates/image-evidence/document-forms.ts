import { TRIVY_REPORT_TYPE } from '../../capabilities/scanning/index.ts';
import { getOwn } from '../../core/own.ts';
import type { DocumentKind } from './image-evidence.ts';

export type DocumentForm = DocumentKind | 'statement';

/**
 * Artifact types of the documents that are read, and their kinds; a statement names its kind in its
 * predicate type.
 */
const FORM_BY_TYPE: Readonly<Record<string, DocumentForm>> = {
  'application/spdx+json': 'sbom',
  'text/spdx+json': 'sbom',
  'text/spdx': 'sbom',
  'application/vnd.cyclonedx+json': 'sbom',
  'application/vnd.cyclonedx+xml': 'sbom',
  'application/sarif+json': 'scan',
  [TRIVY_REPORT_TYPE]: 'scan',
  'application/vnd.openvex+json': 'vex',
  'application/csaf+json': 'vex',
  'application/vnd.cyclonedx.vex+json': 'vex',
  'application/openvex+json': 'vex',
  'application/vex+json': 'vex',
  'text/vex': 'vex',
  'application/vnd.in-toto+json': 'statement',
  'application/vnd.dsse.envelope.v1+json': 'statement',
};

/**
 * Whether this version reads documents of this artifact type; a type that is not read cannot count.
 */
export function isReadableType(artifactType: string): boolean {
  return Object.hasOwn(FORM_BY_TYPE, artifactType);
}

export function findDocumentForm(artifactType: string): DocumentForm | undefined {
  return getOwn(FORM_BY_TYPE, artifactType);
}
