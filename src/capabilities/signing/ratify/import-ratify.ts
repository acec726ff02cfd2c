import type { JsonObject } from '../../../core/json.ts';
import { ok, type Result } from '../../../core/result.ts';
import type { Omission } from '../trust/import-policy.ts';
import type { StatementKind } from '../trust/trust-rule.ts';
import {
  type ImportChoices,
  type ImportDraft,
  type ImportedRule,
  leaveOut,
  type PolicySetting,
  readMap,
  readMaps,
  readTexts,
} from './draft.ts';
import { listProviders, type ProvidedKeys } from './providers.ts';
import { parseRatifyResources, type RatifyResource, type ResourceReading } from './resources.ts';
import { takeCosignVerifier, takeOwnCosign } from './take-cosign.ts';
import { takeNotationVerifier, takeOwnNotation } from './take-notation.ts';

/** What Ratify was told, as Waybill keeps it. */
export interface RatifyImport {
  /** PEM by the name of a trust store, such as `ca:shop`. */
  readonly stores: ReadonlyMap<string, string>;
  /** notation's policy; null where no verifier of notation came over. */
  readonly policy: string | null;
  readonly rules: readonly ImportedRule[];
  readonly settings: readonly PolicySetting[];
  readonly left: readonly Omission[];
}

/**
 * Takes over verifiers, key providers, stores and policies of Ratify 1 and executors of Ratify 2.
 * The text is YAML or JSON as `kubectl get` prints it. A failure is MALFORMED or LIMIT_EXCEEDED.
 *
 * @example readRatify(await readFile('ratify.yaml', 'utf8'), choices)
 */
export function readRatify(text: string, choices: ImportChoices): Result<RatifyImport> {
  const resources = parseRatifyResources(text);
  return resources.ok ? ok(importRatify(resources.value, choices)) : resources;
}

/**
 * Whatever would be trusted more than there is left out by name: a scope or an identity that is `*`
 * needs a choice, a pattern is no identity, and what is for one namespace is for none here.
 */
function importRatify(
  { resources, others }: ResourceReading,
  choices: ImportChoices,
): RatifyImport {
  const draft: ImportDraft = {
    ...{ choices, kinds: chooseKinds(resources, choices) },
    ...{ stores: new Map(), statements: [], rules: [], settings: [], left: [] },
  };
  const providers = listProviders(resources);
  for (const resource of resources) takeResource(draft, resource, providers);
  // mutant no-verifier-in-the-input by ratify: condition -> false
  if (!resources.some(({ kind }) => /(?:Verifier|Executor)$/.test(kind)))
    leaveOut(draft, 'whom Ratify trusts', 'no Verifier and no Executor is among the input');
  for (const other of others) leaveOut(draft, other, 'it is no resource of Ratify');
  const { stores, statements, rules, settings, left } = draft;
  const policy = { version: '1.0', trustPolicies: statements };
  const used = new Set(statements.flatMap((one) => readTexts(one['trustStores'])));
  return {
    stores: new Map([...stores].filter(([name]) => used.has(name))),
    policy: statements.length === 0 ? null : `${JSON.stringify(policy, null, 2)}\n`,
    ...{ rules, settings, left },
  };
}

/** Ratify verifies the signatures of documents by the same verifier that it has for images. */
function chooseKinds(
  resources: readonly RatifyResource[],
  { statements }: ImportChoices,
): readonly StatementKind[] {
  if (statements.length > 0) return statements;
  const types = resources
    .filter(({ kind }) => kind === 'Verifier')
    .map(({ spec }) => readType(spec));
  return [
    'image',
    ...(types.includes('sbom') || types.includes('licensechecker') ? (['sbom'] as const) : []),
    ...(types.includes('vulnerabilityreport') ? (['scan'] as const) : []),
  ];
}

/** `type` is newer; older verifiers are known by their name. */
function readType({ type, name }: JsonObject): string {
  return String(type ?? name ?? '').toLowerCase();
}

function takeResource(
  draft: ImportDraft,
  resource: RatifyResource,
  providers: ReadonlyMap<string, ProvidedKeys>,
): void {
  const { kind, name, namespace, spec } = resource;
  const what = `${kind} ${namespace === null ? name : `${namespace}/${name}`}`;
  // mutant namespaced-verifier-for-all by ratify: condition -> false
  if (kind.startsWith('Namespaced') && !/KeyManagementProvider$/.test(kind)) {
    leaveOut(draft, what, 'it is for one namespace, and trust here is about repositories');
    return;
  }
  const parameters = readMap(spec['parameters']);
  if (kind === 'Executor') takeExecutor(draft, resource, what);
  else if (kind === 'Verifier') takeVerifier(draft, { what, spec }, providers);
  else if (kind === 'Store') takeStore(draft, what, parameters, spec);
  else if (kind === 'Policy') takePolicy(draft, what, parameters);
  else if (!/(?:KeyManagementProvider|CertificateStore)$/.test(kind))
    leaveOut(draft, what, 'this kind is not known here');
}

interface VerifierText {
  readonly what: string;
  readonly spec: JsonObject;
}

function takeVerifier(
  draft: ImportDraft,
  { what, spec }: VerifierText,
  providers: ReadonlyMap<string, ProvidedKeys>,
): void {
  const parameters = readMap(spec['parameters']);
  const type = readType(spec);
  if (spec['source'] !== undefined) {
    leaveOut(draft, what, 'it is a program from a registry, which is not run');
    return;
  }
  if (type === 'notation' || type === 'notaryv2')
    takeNotationVerifier(draft, what, parameters, providers);
  else if (type === 'cosign') takeCosignVerifier(draft, what, parameters, providers);
  else if (type === 'vulnerabilityreport') takeReportVerifier(draft, what, parameters);
  else if (type === 'sbom') takeSbomVerifier(draft, what, parameters);
  else if (type === 'licensechecker')
    addSetting(draft, 'allowedLicenses', readTexts(parameters['allowedLicenses']), what);
  else if (type === 'schemavalidator')
    leaveOut(draft, what, 'a document that is not valid never counts here');
  else leaveOut(draft, what, `a verifier of the type ${type.slice(0, 80)} is not known here`);
}

function takeReportVerifier(draft: ImportDraft, what: string, parameters: JsonObject): void {
  const { maximumAge, disallowedSeverities, denylistCVEs } = parameters;
  if (typeof maximumAge === 'string') addSetting(draft, 'scanAgeMax', maximumAge, what);
  if (readTexts(disallowedSeverities).some((severity) => severity.toLowerCase() !== 'critical'))
    leaveOut(draft, `disallowedSeverities of ${what}`, REFUSE_MORE);
  if (readTexts(denylistCVEs).length > 0)
    leaveOut(draft, `denylistCVEs of ${what}`, 'write a rule over facts.findings');
}

const REFUSE_MORE =
  'B23-no-critical-finding refuses what is critical; write a rule for more: waybill policy show';

function takeSbomVerifier(draft: ImportDraft, what: string, parameters: JsonObject): void {
  addSetting(draft, 'refusedLicenses', readTexts(parameters['disallowedLicenses']), what);
  if (readMaps(parameters['disallowedPackages']).length > 0)
    leaveOut(draft, `disallowedPackages of ${what}`, 'write a rule over the components');
}

function addSetting(
  { settings }: ImportDraft,
  parameter: string,
  value: string | readonly string[],
  from: string,
): void {
  if (value.length > 0) settings.push({ parameter, value, from });
}

function takeStore(
  draft: ImportDraft,
  what: string,
  parameters: JsonObject,
  { source }: JsonObject,
): void {
  if (source !== undefined)
    leaveOut(draft, what, 'it is a program from a registry, which is not run');
  if (parameters['useHttp'] === true || parameters['plainHttp'] === true)
    leaveOut(draft, `plain HTTP of ${what}`, 'name the registry: --insecure, or in waybill.yaml');
  const access = parameters['authProvider'] ?? parameters['credential'];
  if (access !== undefined)
    leaveOut(draft, `credentials of ${what}`, "Waybill reads docker's: config.json and helpers");
}

function takePolicy(draft: ImportDraft, what: string, parameters: JsonObject): void {
  if (typeof parameters['policy'] === 'string') {
    leaveOut(draft, what, 'its Rego is not translated: the rules of the policy decide');
    return;
  }
  const asked = Object.values(readMap(parameters['artifactVerificationPolicies']));
  if (asked.includes('all')) leaveOut(draft, what, ONE_COUNTS);
}

const ONE_COUNTS =
  'that all signatures must be valid: here one that counts is enough, and others do no harm';

/** Ratify 2 has one resource with all in it. */
function takeExecutor(draft: ImportDraft, { name, spec }: RatifyResource, what: string): void {
  const scopes = readTexts(spec['scopes']);
  for (const store of readMaps(spec['stores']))
    takeStore(draft, `a store of ${what}`, readMap(store['parameters']), {});
  for (const verifier of readMaps(spec['verifiers'])) {
    const own = String(verifier['name'] ?? verifier['type']);
    const parameters = readMap(verifier['parameters']);
    const about = { what: `verifier ${own} of ${what}`, name: `${name}-${own}`, scopes };
    const type = readType(verifier);
    if (verifier['type'] === 'notation') takeOwnNotation(draft, about, parameters);
    else if (verifier['type'] === 'cosign') takeOwnCosign(draft, about, parameters);
    else leaveOut(draft, about.what, `a verifier of the type ${type} is not known here`);
  }
  const policy = readMap(readMap(readMap(spec['policyEnforcer'])['parameters'])['policy']);
  const rules = readMaps(policy['rules']);
  if (rules.length > 1 && policy['threshold'] !== 1)
    leaveOut(draft, `the threshold of ${what}`, ONE_COUNTS);
}
