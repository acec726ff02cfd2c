import { z } from 'zod';
import { refuseOtherVersion } from '../../core/api-version.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { GATES } from '../../core/verdict.ts';
import { parseYaml } from '../../formats/yaml/parse.ts';

const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'an identifier of letters, digits, dots and hyphens');
const expression = z.string().min(1).max(LIMITS.policyExpressionBytesMax);
const sentence = z.string().min(1).max(2_000);
const names = z.array(z.string().min(1).max(500)).min(1).max(1_000);
const action = z.enum(['deny', 'warn', 'record']);
const unknownMeans = z.enum(['undetermined', 'accept']);
const duration = z.string().max(40);

/** One mode for every gate, or a mode for each gate; a gate that is not named enforces. */
const oneMode = z.enum(['enforce', 'observe']);
const modeByGate = z
  .partialRecord(z.enum(GATES), oneMode)
  .refine((gates) => Object.keys(gates).length > 0, 'name at least one gate');
const mode = z.union([oneMode, modeByGate], {
  error: `enforce or observe, or one of them for each of ${GATES.join(', ')}`,
});

const gates = z
  .strictObject({
    commit: action.optional(),
    build: action.optional(),
    release: action.optional(),
    admission: action.optional(),
    audit: action.optional(),
  })
  .refine((gates) => Object.keys(gates).length > 0, 'name at least one gate');

const rule = z.strictObject({
  id,
  description: sentence,
  gates,
  /** Before this time the rule warns instead of denying. */
  effectiveOn: z.string().max(40).optional(),
  require: expression,
  message: expression.optional(),
  fix: sentence.optional(),
});

const match = z
  .strictObject({
    finding: z.string().min(1).max(200).optional(),
    component: z.string().min(1).max(LIMITS.purlBytesMax).optional(),
    repository: z.string().min(1).max(500).optional(),
  })
  .refine((parts) => Object.keys(parts).length > 0, 'name a finding, a component or a repository');

const exception = z.strictObject({
  rule: id,
  match,
  owner: z.string().min(1).max(200),
  reason: sentence,
  expires: z.string().max(40),
});

const scope = z
  .strictObject({
    repositories: names.optional(),
    clusters: names.optional(),
    namespaces: names.optional(),
  })
  .refine((parts) => Object.keys(parts).length > 0, 'name repositories, clusters or namespaces');

/** Rules in Rego, in a bundle of OPA. */
const rego = z.strictObject({
  /** The digest of the file of the bundle: who signs the policy signs the bundle with it. */
  bundle: z.string().max(200),
  /** Public key (PEM) of a bundle that OPA signed; without it, the digest alone proves it. */
  verificationKey: z.string().max(10_000).optional(),
  /** The name of that key in the signature; `default` as in OPA. */
  verificationKeyId: z.string().min(1).max(200).optional(),
  /** Facts, or fields of them, that the rules read: others may be unknown. */
  reads: z.array(z.string().min(1).max(100)).max(500).optional(),
  signingAlgorithm: z.enum(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']).optional(),
  rules: z
    .array(
      z.strictObject({
        ...{ id, description: sentence, gates },
        effectiveOn: z.string().max(40).optional(),
        /** The package whose `allow` and `deny` decide, without `data.`. */
        package: z
          .string()
          .max(500)
          .regex(/^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$/, 'a package of Rego, such as waybill.bases'),
        fix: sentence.optional(),
      }),
    )
    .min(1)
    .max(LIMITS.policyRulesMax),
});

const policy = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('Policy'),
  metadata: z.strictObject({ name: id, revision: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
  mode,
  parameters: z
    .strictObject({
      allowedRegistries: z.array(z.string().min(1).max(500)).max(1_000).optional(),
      allowedLicenses: z.array(z.string().min(1).max(200)).max(1_000).optional(),
      refusedLicenses: z.array(z.string().min(1).max(200)).max(1_000).optional(),
      scanAgeMax: duration.optional(),
      advisoryAgeMax: duration.optional(),
      unknownSeverity: unknownMeans.optional(),
      unknownLicense: unknownMeans.optional(),
      allowedComponentRegistries: z.array(z.string().min(1).max(500)).max(1_000).optional(),
      mergeSigners: z.array(z.string().min(1).max(500)).max(1_000).optional(),
      unknownRegistry: unknownMeans.optional(),
    })
    .optional(),
  scopes: z.array(scope).min(1).max(1_000).optional(),
  rules: z.array(rule).max(LIMITS.policyRulesMax),
  rego: rego.optional(),
  exceptions: z.array(exception).max(LIMITS.policyRulesMax).optional(),
});

export type PolicyDocument = z.infer<typeof policy>;
export type RuleDocument = z.infer<typeof rule>;
export type RegoDocument = z.infer<typeof rego>;
export type ExceptionDocument = z.infer<typeof exception>;
export type ScopeDocument = z.infer<typeof scope>;

/**
 * Reads YAML of a closed form: one document, no aliases (so no bombs), no duplicate keys, no
 * unknown keys, no tags.
 */
export function readDocument(text: string): Result<PolicyDocument> {
  const value = parseYaml(text, { bytesMax: LIMITS.configBytesMax });
  if (!value.ok) return invalid(value.failure.message, value.failure);
  if (!isJsonObject(value.value)) return invalid('the document is not a mapping');
  const other = refuseOtherVersion(value.value, 'POLICY_INVALID', 'the document');
  if (other !== null) return other;
  const parsed = policy.safeParse(value.value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []).map(String).join('.');
  return invalid(`${path === '' ? 'the document' : path}: ${issue?.message ?? 'malformed'}`);
}

export function invalid(message: string, cause?: unknown): Result<never> {
  const remedy = 'Correct the policy document.';
  return failed(
    new Failure(
      'POLICY_INVALID',
      message.slice(0, 500),
      remedy,
      cause === undefined ? {} : { cause },
    ),
  );
}
