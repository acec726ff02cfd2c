/** A policy to learn from: each rule says why it is there and how to fix what breaks it. */
export interface LibraryPolicy {
  readonly name: string;
  readonly title: string;
  /** What it follows, with its version. */
  readonly source: string;
  readonly policy: string;
  /** Its tests: they reach every branch, and notice every change of a rule. */
  readonly tests: string;
}

/** The head of a document of the library. */
export function headPolicy(name: string): string {
  return `apiVersion: waybill.dev/v1
kind: Policy
metadata: { name: ${name}, revision: 1 }
mode: enforce
`;
}

/** The head of its tests; the policy is beside them. */
export function headTests(name: string): string {
  return `apiVersion: waybill.dev/v1
kind: PolicyTests
policy: ${name}.yaml
now: 2026-11-22T12:00:00Z
`;
}
