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

const NEEDS = new Set(['DEPENDS_ON', 'HAS_PREREQUISITE', 'DYNAMIC_LINK', 'STATIC_LINK']);
const NEEDED_BY = /^(?:PREREQUISITE_FOR|(?:[A-Z]+_)?DEPENDENCY_OF)$/;
const NOT_SHIPPED = new Set(['DEV_DEPENDENCY_OF', 'TEST_DEPENDENCY_OF']);
const CONTAINS = new Set(['CONTAINS', 'PACKAGES']);
const CONTAINED_IN = new Set(['CONTAINED_BY', 'PACKAGE_OF']);

/** Null for a relationship that is about neither dependencies nor contents. */
export function readSpdxRelation(type: string): SpdxRelation | null {
  const development = NOT_SHIPPED.has(type);
  if (NEEDS.has(type)) return { kind: 'dependency', reversed: false, development };
  if (NEEDED_BY.test(type)) return { kind: 'dependency', reversed: true, development };
  if (CONTAINS.has(type)) return { kind: 'content', reversed: false, development };
  return CONTAINED_IN.has(type) ? { kind: 'content', reversed: true, development } : null;
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

/** The element of another document (clauses 6.6 and 11.1) that belongs to what is described. */
export function findForeignElement(from: string, type: string, to: string): string | null {
  if (NOT_CONTENTS.has(type)) return null;
  return [to, from].find((id) => id.startsWith('DocumentRef-')) ?? null;
}
