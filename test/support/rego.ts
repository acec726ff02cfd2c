import { type Policy, parsePolicy } from '../../src/capabilities/policy/index.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { orThrow } from '../../src/core/result.ts';
import type { Gate } from '../../src/core/verdict.ts';

export const BUNDLE_DIGEST = `sha256:${'b'.repeat(64)}`;

/** A policy of one rule in CEL that holds, and one in Rego, `r-in-rego`. */
export function regoPolicyText(gate: Gate, name: string, rest = ''): string {
  return `apiVersion: waybill.dev/v1
kind: Policy
metadata: { name: rego, revision: 1 }
mode: enforce
rules:
  - { id: r, description: d, gates: { ${gate}: deny }, require: 'true' }
rego:
  bundle: ${BUNDLE_DIGEST}
  rules:
    - { id: r-in-rego, description: In Rego., gates: { ${gate}: deny }, package: ${name} }
${rest}`;
}

export function withRego(written: { readonly gate: Gate; readonly package: string }): Policy {
  return orThrow(parsePolicy(regoPolicyText(written.gate, written.package)));
}

/** What `opa eval --partial` prints where `x` is certain to be each of these. */
export function regoAnswer(...answers: readonly (readonly string[])[]): JsonObject {
  return { partial: { queries: answers.map((parts) => [sayAnswer(parts)]) } };
}

/** The expression `x = ["rule", "allow"]`. */
export function sayAnswer(parts: readonly string[]): JsonValue {
  const terms = [
    { type: 'ref', value: [{ type: 'var', value: 'eq' }] },
    { type: 'var', value: 'x' },
    { type: 'array', value: parts.map((value) => ({ type: 'string', value })) },
  ];
  return { index: 0, terms };
}

/** An expression that is left where `input.facts.findings` is unknown. */
export const RESIDUAL: JsonValue = {
  index: 1,
  terms: [
    { type: 'ref', value: [{ type: 'var', value: 'eq' }] },
    {
      type: 'ref',
      value: [
        { type: 'var', value: 'input' },
        ...['facts', 'findings'].map((value) => ({ type: 'string', value })),
        { type: 'var', value: '__local1__' },
        { type: 'string', value: 'severity' },
      ],
    },
    { type: 'string', value: 'critical' },
  ],
};
