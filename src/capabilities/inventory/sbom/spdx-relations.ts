/**
 * What a relationship of SPDX 2.3 (clause 11) says about two elements: from the one that needs or
 * contains to the other.
 */
export interface SpdxRelation {
  readonly kind: 'dependency' | 'content';
  /** The related element is the one that needs or contains. */
  readonly reversed: boolean;
  /** Only for development or tests: not part of what is shipped. */
  readonly development: boolean;
}

const NEEDS: SpdxRelation = { kind: 'dependency', reversed: false, development: false };
const NEEDED_BY: SpdxRelation = { ...NEEDS, reversed: true };
const NEEDED_TO_DEVELOP_BY: SpdxRelation = { ...NEEDED_BY, development: true };
const CONTAINS: SpdxRelation = { ...NEEDS, kind: 'content' };
const CONTAINED_IN: SpdxRelation = { ...CONTAINS, reversed: true };

/** A document has many relationships of few types. */
const RELATIONS: ReadonlyMap<string, SpdxRelation> = new Map([
  ['DEPENDS_ON', NEEDS],
  ['HAS_PREREQUISITE', NEEDS],
  ['DYNAMIC_LINK', NEEDS],
  ['STATIC_LINK', NEEDS],
  ['PREREQUISITE_FOR', NEEDED_BY],
  ['DEV_DEPENDENCY_OF', NEEDED_TO_DEVELOP_BY],
  ['TEST_DEPENDENCY_OF', NEEDED_TO_DEVELOP_BY],
  ['CONTAINS', CONTAINS],
  ['PACKAGES', CONTAINS],
  ['CONTAINED_BY', CONTAINED_IN],
  ['PACKAGE_OF', CONTAINED_IN],
  ['OPTIONAL_COMPONENT_OF', CONTAINED_IN],
]);

/** Null for a relationship that is about neither dependencies nor contents. */
export function readSpdxRelation(type: string): SpdxRelation | null {
  return RELATIONS.get(type) ?? (/^(?:[A-Z]+_)?DEPENDENCY_OF$/.test(type) ? NEEDED_BY : null);
}

/** Relationships to another document that tell nothing about what is in this one. */
const NOT_CONTENTS = new Set([
  'AMENDS',
  'ANCESTOR_OF',
  'COPY_OF',
  'DESCENDANT_OF',
  'DOCUMENTATION_OF',
  'EXAMPLE_OF',
  'REQUIREMENT_DESCRIPTION_FOR',
  'SPECIFICATION_FOR',
  'TEST_OF',
  'TEST_CASE_OF',
  'VARIANT_OF',
]);

/** How the name of an element of another document begins. */
export const FOREIGN = 'DocumentRef-';

/** The element of another document (clauses 6.6 and 11.1) that belongs to what is described. */
export function findForeignElement(from: string, type: string, to: string): string | null {
  const foreign = to.startsWith(FOREIGN) ? to : from.startsWith(FOREIGN) ? from : null;
  return foreign === null || NOT_CONTENTS.has(type) ? null : foreign;
}
