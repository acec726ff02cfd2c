import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { parseExpression } from '../cel/parse.ts';
import type { PolicyDocument, RuleDocument } from '../document.ts';
import { normalisePlace } from '../registries.ts';
import { type Dictionary, printCel, printText, Unsayable } from './print-cel.ts';

/** What of a policy another system decides by itself, and what it cannot. */
export interface PolicyProjection {
  readonly objects: readonly object[];
  /** Each rule of the gate that is not in it, with the reason. */
  readonly left: readonly { readonly rule: string; readonly why: string }[];
}

interface ProjectionOptions {
  /** Namespaces that are exempt, by their names. */
  readonly exempt: readonly string[];
}

const GROUP = 'admissionregistration.k8s.io/v1';
/** What Kubernetes does with a rule that is broken. */
const ACTIONS = { deny: ['Deny'], warn: ['Warn', 'Audit'], record: ['Audit'] } as const;

/**
 * ValidatingAdmissionPolicies and their bindings for the rules of the admission gate that read the
 * object alone: names of images, and where they will run. The API server decides them itself, with
 * no server of ours. Whatever needs a signature, a document, the graph, a time or a finding is left
 * to the webhook, and named.
 */
export function projectToAdmissionPolicy(
  document: PolicyDocument,
  { exempt }: ProjectionOptions,
): PolicyProjection {
  const left: { rule: string; why: string }[] = [];
  const validations = new Map<keyof typeof ACTIONS, object[]>();
  for (const rule of document.rules) {
    const action = rule.gates.admission;
    if (action === undefined) continue;
    const said = sayRule(document, rule);
    if (said.why !== null) {
      left.push({ rule: rule.id, why: said.why });
      continue;
    }
    // mutant projection-of-a-mode by admission-policy: condition -> false
    const taken = isObserving(document) ? 'warn' : action;
    validations.set(taken, [...(validations.get(taken) ?? []), said.validation]);
  }
  // mutant projection-without-rego by admission-policy: remove
  for (const rule of document.rego?.rules ?? [])
    if (rule.gates.admission !== undefined) left.push({ rule: rule.id, why: 'it is in Rego' });
  const objects = [...validations].flatMap(([action, all]) =>
    buildPolicy(`${document.metadata.name.toLowerCase()}-${action}`, action, all, exempt),
  );
  return { objects, left };
}

export function isObserving({ mode }: PolicyDocument): boolean {
  return (typeof mode === 'string' ? mode : (mode.admission ?? 'enforce')) === 'observe';
}

type RuleText = { readonly why: string } | { readonly why: null; readonly validation: object };

function sayRule(document: PolicyDocument, rule: RuleDocument): RuleText {
  const why = findObstacle(document, rule);
  if (why !== null) return { why };
  const parsed = parseExpression(rule.require);
  if (!parsed.ok) return { why: parsed.failure.message };
  try {
    const text = printCel(parsed.value, createDictionary(document));
    return {
      why: null,
      validation: {
        expression: `variables.unchanged || variables.refs.all(i, ${text})`,
        message: `${rule.id}: ${rule.description} fix: ${rule.fix ?? '-'}`.slice(0, 1_000),
        reason: 'Forbidden',
      },
    };
  } catch (thrown) {
    if (thrown instanceof Unsayable) return { why: thrown.message };
    throw thrown;
  }
}

/** What has no place in an object, whatever the expression says. */
export function findObstacle(
  { exceptions, scopes }: PolicyDocument,
  rule: RuleDocument,
): string | null {
  if (rule.effectiveOn !== undefined) return 'it takes effect at a time (effectiveOn)';
  // mutant projection-without-its-exceptions by admission-policy: condition -> false
  if (exceptions?.some((one) => one.rule === rule.id) === true)
    return 'it has exceptions, which end';
  return scopes === undefined ? null : 'the policy has scopes';
}

const FACTS: Readonly<Record<string, string>> = {
  'image.registry': 'i.registry',
  'image.repository': 'i.repository',
  'image.tag': 'i.tag',
  'workload.namespace': 'request.namespace',
  'workload.kind': 'object.kind',
};

function createDictionary({ parameters = {} }: PolicyDocument): Dictionary {
  return {
    find: (path) => {
      const own = getOwn(FACTS, path);
      if (own !== undefined || !path.startsWith('params.')) return own ?? null;
      const value = getOwn(parameters as Readonly<Record<string, unknown>>, path.slice(7));
      if (!Array.isArray(value)) return null;
      const texts = value as readonly string[];
      const places = path === 'params.allowedRegistries';
      return `[${texts.map((one) => printText(places ? (normalisePlace(one) ?? one) : one)).join(', ')}]`;
    },
    call: (name, [text = '', places = '']) =>
      name === 'within'
        ? `${places}.exists(place, ${text} == place || (${text}).startsWith(place + '/'))`
        : null,
  };
}

const POD_SPEC =
  "object.kind == 'Pod' ? object.spec : object.kind == 'PodTemplate' ? object.template.spec : " +
  "object.kind == 'CronJob' ? object.spec.jobTemplate.spec.template.spec : " +
  'object.spec.template.spec';

/** Every place of a pod that names an image, as the webhook finds them. */
function listImages(spec: string): string {
  const of = (list: string) =>
    `(has(${spec}.${list}) ? ${spec}.${list}.map(c, has(c.image) ? c.image : '') : [])`;
  const volumes =
    `(has(${spec}.volumes) ? ${spec}.volumes.filter(v, has(v.image))` +
    ".map(v, has(v.image.reference) ? v.image.reference : '') : [])";
  return [...['initContainers', 'containers', 'ephemeralContainers'].map(of), volumes].join(' + ');
}

/** An image reference, taken apart as `parseImageReference` does, in steps. */
const VARIABLES: readonly (readonly [string, string])[] = [
  ['spec', POD_SPEC],
  ['oldSpec', `oldObject == null ? null : ${POD_SPEC.replaceAll('object.', 'oldObject.')}`],
  ['images', listImages('variables.spec')],
  ['unchanged', `oldObject != null && variables.images == (${listImages('variables.oldSpec')})`],
  [
    'heads',
    "variables.images.map(i, {'head': i.split('@')[0], 'pinned': i.contains('@') ? 'yes' : ''})",
  ],
  [
    'names',
    "variables.heads.map(h, h.head.lastIndexOf(':') > h.head.lastIndexOf('/') " +
      "? {'name': h.head.substring(0, h.head.lastIndexOf(':')), " +
      "'tag': h.head.substring(h.head.lastIndexOf(':') + 1)} " +
      ": {'name': h.head, 'tag': h.pinned == '' ? 'latest' : ''})",
  ],
  [
    'hosts',
    "variables.names.map(n, n.name.contains('/') && (n.name.split('/')[0] == 'localhost' || " +
      "n.name.split('/')[0].matches('[.:A-Z]')) " +
      "? {'host': n.name.split('/')[0].lowerAscii(), 'tag': n.tag, " +
      "'path': n.name.substring(n.name.indexOf('/') + 1)} " +
      ": {'host': 'docker.io', 'tag': n.tag, 'path': n.name})",
  ],
  [
    'refs',
    "variables.hosts.map(h, {'registry': dyn(h.host == 'index.docker.io' ? 'docker.io' : h.host), " +
      "'repository': dyn(h.host in ['docker.io', 'index.docker.io'] && !h.path.contains('/') " +
      "? 'library/' + h.path : h.path), 'tag': h.tag == '' ? dyn(null) : dyn(h.tag)})",
  ],
];

/** The form of a reference; what has another form is refused, as everywhere. */
const REFERENCE =
  '^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:[.][a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*' +
  '(?::[0-9]{1,5})?/)?[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[.]|_|__|-+)' +
  '[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128}))?$';

const RESOURCES = [
  { apiGroups: [''], resources: ['pods', 'podtemplates', 'replicationcontrollers'] },
  { apiGroups: [''], resources: ['pods/ephemeralcontainers'] },
  { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'] },
];

function buildPolicy(
  name: string,
  action: keyof typeof ACTIONS,
  validations: readonly object[],
  exempt: readonly string[],
): readonly object[] {
  const metadata = { name, labels: { 'app.kubernetes.io/name': 'waybill' } };
  const wellFormed = {
    expression: `variables.unchanged || variables.images.all(i, i.size() <= ${LIMITS.referenceBytesMax} && i.matches(${printText(REFERENCE)}))`,
    message: 'an image is not named by a reference of the usual form',
  };
  return [
    {
      apiVersion: GROUP,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: RESOURCES.map((one) => ({
            ...one,
            ...{ apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], scope: 'Namespaced' },
          })),
        },
        variables: VARIABLES.map(([variable, expression]) => ({ name: variable, expression })),
        validations: [wellFormed, ...validations],
      },
    },
    {
      apiVersion: GROUP,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: name,
        validationActions: ACTIONS[action],
        matchResources: {
          namespaceSelector: {
            matchExpressions: [
              { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: exempt },
            ],
          },
        },
      },
    },
  ];
}
