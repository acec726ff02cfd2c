import { type Digest, parseDigest, sha256 } from '../../core/digest.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { isSeverity, type Severity } from '../../core/severity.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readFalcoEvent } from './falco-event.ts';
import { makeWellFormed, type RuntimeEvent, readEventText } from './runtime-event.ts';

/** What one line of a sensor says. Several: a list of events. */
export interface SensorEvents {
  readonly events: readonly RuntimeEvent[];
  /** Events that report nothing against a rule, such as that a process started. */
  readonly ignored: number;
}

/**
 * Reads one line of a sensor, by its form: Falco (also by falcosidekick), Tetragon, reports of
 * trivy-operator, and what the API server writes into its audit log. Everything but a rule may be
 * missing, and is unknown then (G48).
 */
export function readSensorEvents(line: Uint8Array): Result<SensorEvents> {
  const bytesMax = isBulky(line) ? LIMITS.admissionRequestBytesMax : LIMITS.runtimeEventBytesMax;
  const json = parseJson(line, { bytesMax, depthMax: 32 });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return refuseLine('the line is no JSON object');
  const event = makeWellFormed(json.value) as JsonObject;
  const { kind, apiVersion } = event;
  if (apiVersion === 'audit.k8s.io/v1') return readAudit(event);
  const report = isJsonObject(event['operatorObject']) ? event['operatorObject'] : event;
  const version = readEventText(report['apiVersion']) ?? '';
  if (version.startsWith('aquasecurity.github.io/')) {
    // A deleted report says nothing against anybody.
    if (event['verb'] === 'delete') return ok({ events: [], ignored: 1 });
    return ok(toEvents(readTrivyReport(report)));
  }
  const tetragon = Object.keys(event).find((key) => key.startsWith('process_'));
  if (tetragon !== undefined && kind === undefined) return readTetragon(event, tetragon);
  const falco = readFalcoEvent(event);
  return falco.ok ? ok(toEvents(falco.value)) : falco;
}

/** Lists and reports are longer than one event of a sensor. */
function isBulky(line: Uint8Array): boolean {
  if (line.length <= LIMITS.runtimeEventBytesMax) return false;
  const head = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, 64 * 1024));
  return head.includes('audit.k8s.io/v1') || head.includes('aquasecurity.github.io/');
}

function toEvents(event: RuntimeEvent | null): SensorEvents {
  return event === null ? { events: [], ignored: 1 } : { events: [event], ignored: 0 };
}

function refuseLine(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `this is no event of Falco, Tetragon, trivy-operator or the audit log: ${why}`,
    'Send one event as JSON on each line.',
  );
}

type EventParts = Pick<RuntimeEvent, 'rule' | 'severity' | 'output'> & Partial<RuntimeEvent>;

function buildEvent(sensor: string, told: EventParts, identity: JsonValue): RuntimeEvent {
  const digest = sha256(canonicalizeJson(identity));
  return {
    ...{ id: `${sensor}:${digest}`, digest, at: null, namespace: null, pod: null },
    ...{ container: null, image: { reference: null, digest: null }, process: null, host: null },
    ...told,
    output: told.output.slice(0, 16_000).toWellFormed(),
  };
}

/**
 * Tetragon (`cilium/tetragon`, api/v1 `GetEventsResponse` as JSON): an event of a probe that a
 * TracingPolicy names. What starts and ends by itself breaks no rule.
 */
function readTetragon(event: JsonObject, name: string): Result<SensorEvents> {
  const body = readObject(getOwn(event, name));
  const rule = readEventText(body['policy_name']);
  if (rule === null) return ok({ events: [], ignored: 1 });
  const process = readObject(body['process']);
  const pod = readObject(process['pod']);
  const container = readObject(pod['container']);
  const image = readObject(container['image']);
  const action = readEventText(body['action']) ?? '';
  const called = readEventText(body['function_name']) ?? readEventText(body['event']) ?? '';
  const command = [process['binary'], process['arguments']].flatMap(
    (one) => readEventText(one) ?? [],
  );
  const told = {
    rule,
    severity: readTetragonSeverity(body),
    output: [readEventText(body['message']), called, action].filter((one) => one).join(' '),
    at: readTime(event['time']),
    namespace: readEventText(pod['namespace']),
    pod: readEventText(pod['name']),
    container: readEventText(container['name']),
    image: {
      reference: readEventText(image['name']),
      digest: readTrailingDigest(readEventText(image['id'])),
    },
    process: command.length === 0 ? null : command.join(' ').slice(0, 1_000),
    host: readEventText(event['node_name']),
  };
  return ok(toEvents(buildEvent('tetragon', told, event)));
}

/** Tetragon rates nothing; a policy may be tagged. What was stopped was at least tried. */
function readTetragonSeverity(body: JsonObject): Severity {
  const tags = Array.isArray(body['tags']) ? (body['tags'] as readonly JsonValue[]) : [];
  for (const tag of tags) {
    const word = typeof tag === 'string' ? tag.replace(/^severity[:=]/, '').toLowerCase() : '';
    if (isSeverity(word)) return word;
  }
  return 'unknown';
}

/**
 * A report of trivy-operator (`aquasecurity/trivy-operator`, v1alpha1): that of vulnerabilities,
 * secrets, configuration or rights of one workload, as one violation with its worst severity. Null
 * where it found nothing.
 */
function readTrivyReport(object: JsonObject): RuntimeEvent | null {
  const kind = readEventText(object['kind']) ?? 'Report';
  const report = readObject(object['report']);
  const summary = readObject(report['summary']);
  const counts = LEVELS.map(
    (level) => [level, Number(summary[`${level}Count`] ?? 0) || 0] as const,
  );
  const worst = counts.find(([, count]) => count > 0)?.[0];
  if (worst === undefined) return null;
  const labels = readObject(readObject(object['metadata'])['labels']);
  const label = (name: string) => readEventText(getOwn(labels, `trivy-operator.${name}`));
  const artifact = readObject(report['artifact']);
  const digest = readTrailingDigest(readEventText(artifact['digest']));
  const [owner, name] = [label('resource.kind'), label('resource.name')];
  const isPod = owner === 'Pod';
  const shown = counts
    .filter(([, count]) => count > 0)
    .map(([level, count]) => `${count} ${level}`);
  const ids = listIds(report).slice(0, 20).join(', ');
  return buildEvent(
    'trivy-operator',
    {
      rule: kind,
      severity: worst,
      output: `${shown.join(', ')}${ids === '' ? '' : `: ${ids}`}`,
      at: readTime(report['updateTimestamp']),
      namespace: label('resource.namespace'),
      pod: isPod ? name : null,
      container: label('container.name'),
      ...(isPod || owner === null || name === null ? {} : { workload: { kind: owner, name } }),
      image: { reference: joinReference(report, artifact), digest },
    },
    { kind, metadata: readObject(object['metadata'])['name'] ?? null, report },
  );
}

const LEVELS = ['critical', 'high', 'medium', 'low'] as const;

function listIds(report: JsonObject): readonly string[] {
  return ['vulnerabilities', 'checks', 'secrets'].flatMap((list) => {
    const items = getOwn(report, list);
    const all = Array.isArray(items) ? (items as readonly JsonValue[]) : [];
    return all.flatMap((one) => {
      const item = readObject(one);
      if (item['success'] === true) return [];
      return (
        ['vulnerabilityID', 'checkID', 'ruleID'].flatMap(
          (key) => readEventText(getOwn(item, key)) ?? [],
        )[0] ?? []
      );
    });
  });
}

function joinReference(report: JsonObject, artifact: JsonObject): string | null {
  const server = readEventText(readObject(report['registry'])['server']);
  const [repository, tag] = [readEventText(artifact['repository']), readEventText(artifact['tag'])];
  if (repository === null) return null;
  const host = server === null ? '' : `${server}/`;
  return `${host}${repository}${tag === null ? '' : `:${tag}`}`;
}

/** The webhook of an audit policy sends lists; its log has one event a line. */
function readAudit(event: JsonObject): Result<SensorEvents> {
  const { kind, items } = event;
  if (kind === 'Event') return ok(readAuditEvent(event));
  if (kind !== 'EventList' || !Array.isArray(items)) return refuseLine('no list of audit events');
  const all = (items as readonly JsonValue[]).map((one) => readAuditEvent(readObject(one)));
  return ok({
    events: all.flatMap(({ events }) => events),
    ignored: all.reduce((sum, { ignored }) => sum + ignored, 0),
  });
}

/** Of the API server: a webhook that did not answer was passed over (`failurePolicy: Ignore`). */
const FAILED_OPEN = /^failed-open\.(?:validating|mutation|mutating)\.webhook\.admission\.k8s\.io\//;
const POLICY_FAILURE = 'validation.policy.admission.k8s.io/validation_failure';

/**
 * What slipped in (G43): an admission that a webhook should have judged and did not, and a
 * validation that was broken and only recorded. Once a request, when it was answered.
 */
function readAuditEvent(event: JsonObject): SensorEvents {
  const annotations = readObject(event['annotations']);
  const found = Object.keys(annotations).flatMap((key): Pick<EventParts, 'rule' | 'severity'>[] => {
    const value = readEventText(getOwn(annotations, key)) ?? '';
    // mutant failed-open-admission by sensor-events: condition -> false
    if (FAILED_OPEN.test(key)) return [{ rule: `failed-open: ${value}`, severity: 'high' }];
    return key === POLICY_FAILURE ? [{ rule: 'validation-failure', severity: 'medium' }] : [];
  });
  if (found.length === 0 || event['stage'] !== 'ResponseComplete')
    return { events: [], ignored: 1 };
  const object = readObject(event['objectRef']);
  const user = readEventText(readObject(event['user'])['username']) ?? 'unknown';
  const [resource, name] = [readEventText(object['resource']), readEventText(object['name'])];
  const kind = getOwn(KINDS, resource ?? '');
  const what = `${readEventText(event['verb']) ?? '?'} ${resource ?? '?'} ${name ?? '?'} by ${user}`;
  const told = {
    output: what,
    at: readTime(event['requestReceivedTimestamp']),
    namespace: readEventText(object['namespace']),
    pod: resource === 'pods' ? name : null,
    ...(kind === undefined || name === null ? {} : { workload: { kind, name } }),
  };
  const events = found.map((one) =>
    buildEvent('kube-audit', { ...told, ...one }, [event['auditID'] ?? null, one.rule]),
  );
  return { events, ignored: 0 };
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ deployments: 'Deployment', statefulsets: 'StatefulSet', daemonsets: 'DaemonSet' },
  ...{ replicasets: 'ReplicaSet', jobs: 'Job', cronjobs: 'CronJob' },
  replicationcontrollers: 'ReplicationController',
};

function readTime(value: JsonValue | undefined): Instant | null {
  const text = readEventText(value);
  const parsed = text === null ? null : parseInstant(text);
  return parsed?.ok === true ? parsed.value : null;
}

/** `REPOSITORY@sha256:…` or a digest alone. */
function readTrailingDigest(text: string | null): Digest | null {
  const parsed = parseDigest(text?.slice(text.lastIndexOf('@') + 1) ?? '');
  return parsed.ok ? parsed.value : null;
}

function readObject(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}
