import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { refuseOtherVersion } from '../../core/api-version.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { GATES } from '../../core/verdict.ts';

const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'an identifier of letters, digits, dots and hyphens');
const expression = z.string().min(1).max(LIMITS.policyExpressionBytesMax);
const sentence = z.string().min(1).max(2_000);
const names = z.array(z.string().min(1).max(500)).min(1).max(1_000);
const action = z.enum(['deny', 'warn', 'record']);
const unknownMeans = z.enum(['undetermined', 'accept']);
const duration = z.string().max(40);

/** For every gate at once, or gate by gate; a gate that is not named enforces. */
const oneMode = z.enum(['enforce', 'observe']);
const modeByGate = z
  .partialRecord(z.enum(GATES), oneMode)
  .refine((gates) => Object.keys(gates).length > 0, 'name at least one gate');
const mode = z.union([oneMode, modeByGate], {
  error: `enforce or observe, or one of them for each of ${GATES.join(', ')}`,
});

const rule = z.strictObject({
  id,
  description: sentence,
  gates: z
    .strictObject({
      commit: action.optional(),
      build: action.optional(),
      release: action.optional(),
      admission: action.optional(),
      audit: action.optional(),
    })
    .refine((gates) => Object.keys(gates).length > 0, 'name at least one gate'),
  /** Until then the rule warns instead of denying. */
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

const policy = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('Policy'),
  metadata: z.strictObject({ name: id, revision: z.int().min(0).max(Number.MAX_SAFE_INTEGER) }),
  mode,
  parameters: z
    .strictObject({
      allowedRegistries: z.array(z.string().min(1).max(500)).max(1_000).optional(),
      allowedLicenses: z.array(z.string().min(1).max(200)).max(1_000).optional(),
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
  rules: z.array(rule).min(1).max(LIMITS.policyRulesMax),
  exceptions: z.array(exception).max(LIMITS.policyRulesMax).optional(),
});

export type PolicyDocument = z.infer<typeof policy>;
export type RuleDocument = z.infer<typeof rule>;
export type ExceptionDocument = z.infer<typeof exception>;
export type ScopeDocument = z.infer<typeof scope>;

/**
 * YAML of a closed form: one document, no aliases (so no bombs), no keys twice, no keys that nobody
 * knows, no tags.
 */
export function readDocument(text: string): Result<PolicyDocument> {
  if (Buffer.byteLength(text) > LIMITS.configBytesMax) return invalid('the document is too large');
  const value = readYaml(text);
  if (!value.ok) return value;
  const other = refuseOtherVersion(value.value, 'POLICY_INVALID', 'the document');
  if (other !== null) return other;
  const parsed = policy.safeParse(value.value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []).map(String).join('.');
  return invalid(`${path === '' ? 'the document' : path}: ${issue?.message ?? 'malformed'}`);
}

function readYaml(text: string): Result<unknown> {
  const deep = isTooDeep(text);
  if (deep) return invalid('the document is nested too deeply');
  try {
    const document = parseDocument(text, {
      lineCounter: new LineCounter(),
      version: '1.2',
      schema: 'core',
    });
    const flaw = document.errors[0] ?? document.warnings[0];
    if (flaw !== undefined) return invalid(flaw.message.split('\n')[0] ?? 'not YAML');
    let unsafe: string | null = null;
    visit(document, {
      Alias: () => {
        unsafe = 'aliases are refused';
        return visit.BREAK;
      },
      Pair: (_, pair) => {
        if (isScalar(pair.key) && typeof pair.key.value === 'string' && !isMergeKey(pair.key.value))
          return undefined;
        unsafe = 'keys are plain texts';
        return visit.BREAK;
      },
    });
    if (unsafe !== null) return invalid(unsafe);
    if (!isMap(document.contents)) return invalid('the document is not a mapping');
    return ok(document.toJS({ maxAliasCount: 0 }));
  } catch (thrown) {
    return invalid(
      thrown instanceof RangeError ? 'the document is nested too deeply' : 'not YAML',
      thrown,
    );
  }
}

function isMergeKey(key: string): boolean {
  return key === '<<' || key === '__proto__';
}

const DEPTH_MAX = 50;

/**
 * Flow brackets and indentation, before a parser that recurses sees them; over-counting costs only
 * absurd documents.
 */
function isTooDeep(text: string): boolean {
  for (const line of text.split('\n')) {
    let depth = 0;
    for (const mark of /^\s*(?:(?:[-?]|[^\s:]+:)\s+)*/
      .exec(line.slice(0, 400))?.[0]
      .match(/[-?:](?=\s)/g) ?? []) {
      depth += mark.length;
    }
    if (depth > DEPTH_MAX) return true;
  }
  return (
    (text.match(/[[{]/g) ?? []).length > 20_000 ||
    measureNesting(text) > 2 * LIMITS.policyExpressionDepthMax
  );
}

function measureNesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const mark of text.match(/[[{\]}]/g) ?? []) {
    depth = mark === '[' || mark === '{' ? depth + 1 : Math.max(0, depth - 1);
    deepest = Math.max(deepest, depth);
  }
  return deepest;
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
