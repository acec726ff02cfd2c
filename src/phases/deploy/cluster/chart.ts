import { stringify } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import { buildServerManifests, type ServerManifestOptions, WHY_ONE_REPLICA } from './server.ts';
import { APP_NAME, buildWebhookManifest } from './webhook.ts';

export interface ChartOptions
  extends Pick<
    ServerManifestOptions,
    'image' | 'cluster' | 'settings' | 'storage' | 'apiServers' | 'clients'
  > {
  /** Of Waybill; the chart has the same. */
  readonly version: string;
  readonly updates: NonNullable<ServerManifestOptions['updates']>;
}

/** A manifest as YAML, as `kubectl` reads it. */
export function formatManifest(manifest: object): string {
  return stringify(manifest, { aliasDuplicateObjects: false, indentSeq: false, lineWidth: 0 });
}

/**
 * The files of a Helm chart. Its templates are the manifests of `buildServerManifests` and
 * `buildWebhookManifest` with values in place of options, so there is one source for both. Policy
 * and trust are in it as they are now. The namespace is that of the release.
 */
export function buildChart(options: ChartOptions): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  files.set('Chart.yaml', formatManifest(describeChart(options.version)));
  files.set('values.yaml', formatValues(options));
  for (const manifest of buildServerManifests(markOptions(options.settings))) {
    const { kind } = manifest as { readonly kind: string };
    // A release makes its namespace, or finds it.
    if (kind !== 'Namespace') files.set(`templates/${nameFile(kind)}`, toTemplate(manifest, KEPT));
  }
  const webhook = toTemplate(buildWebhookManifest(MARKED_WEBHOOK))
    .replace(String(Number.MAX_SAFE_INTEGER), '{{ int .Values.webhook.timeoutSeconds }}')
    .replace('caBundle: ""', `caBundle: {{ required "${CA_LACKS}" .Values.webhook.ca | b64enc }}`);
  files.set('templates/replicas.yaml', ONE_REPLICA);
  files.set('templates/webhook.yaml', `{{- if .Values.webhook.enabled }}\n${webhook}{{- end }}\n`);
  files.set('templates/NOTES.txt', NOTES);
  return files;
}

function describeChart(version: string): object {
  return {
    apiVersion: 'v2',
    name: APP_NAME,
    description: 'Admission control by signed evidence, as waybill cluster server prints it.',
    type: 'application',
    version,
    appVersion: version,
    kubeVersion: '>=1.30.0-0',
  };
}

const ANY_ADDRESS = ['0.0.0.0/0', '::/0'];

function formatValues(options: ChartOptions): string {
  const { image, cluster, storage, apiServers, clients, updates } = options;
  return formatManifest({
    ...{ image, cluster, storage },
    apiServers: apiServers.length === 0 ? ANY_ADDRESS : apiServers,
    clients,
    replicas: 1,
    updates: {
      every: updates.every ?? '',
      from: updates.from ?? '',
      ageMax: updates.ageMax ?? '',
    },
    // Without a ready server it would refuse everything: enable it afterwards.
    webhook: { enabled: false, ca: '', exempt: [], timeoutSeconds: 10 },
  });
}

const MARK = /^(.*?)@@([*?]?)([.](?:Values|Release)[.][A-Za-z.]+)@@(.*)$/s;
/** A text that stands for a value, as no option does. */
const mark = (value: string): string => `@@${value}@@`;

const markOptions = (settings: ServerManifestOptions['settings']): ServerManifestOptions => ({
  image: mark('.Values.image'),
  namespace: mark('.Release.Namespace'),
  cluster: mark('.Values.cluster'),
  settings,
  storage: mark('.Values.storage'),
  apiServers: [mark('*.Values.apiServers')],
  clients: [mark('*.Values.clients')],
  updates: {
    every: mark('?.Values.updates.every'),
    from: mark('?.Values.updates.from'),
    ageMax: mark('?.Values.updates.ageMax'),
  },
});

const MARKED_WEBHOOK = {
  namespace: mark('.Release.Namespace'),
  url: null,
  authorities: '',
  exempt: [mark('*.Values.webhook.exempt')],
  timeoutSeconds: Number.MAX_SAFE_INTEGER,
};

/** Evidence outlives a release, as the volume of a database does. */
const KEPT = { PersistentVolumeClaim: { 'helm.sh/resource-policy': 'keep' } };

function nameFile(kind: string): string {
  return `${kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase()}.yaml`;
}

/**
 * The manifest as a template. A mark with `*` stands for a list, and one with `?` for an item that
 * is left out where it is empty. Settings are literal, whatever braces and marks they have.
 */
function toTemplate(manifest: object, annotations: Readonly<Record<string, object>> = {}): string {
  const { data, binaryData, ...rest } = manifest as { data?: object; binaryData?: object };
  const marks: string[] = [];
  const replaced = replaceMarks(annotate(rest, annotations) as JsonObject, marks);
  const lines: string[] = [];
  for (const line of formatLiteral(replaced as object)
    .trimEnd()
    .split('\n'))
    addLine(lines, line, marks);
  const content = {
    ...(data === undefined ? {} : { data }),
    ...(binaryData === undefined ? {} : { binaryData }),
  };
  const settings = Object.keys(content).length === 0 ? '' : formatLiteral(content);
  return `${lines.join('\n')}\n${settings}`;
}

function formatLiteral(value: object): string {
  // mutant braces-of-settings-are-run by chart: remove call
  return formatManifest(value).replaceAll('{{', '{{ "{{" }}');
}

const CA_LACKS = 'webhook.ca is empty: --set-file webhook.ca=tls/ca.crt';

function annotate(manifest: object, byKind: Readonly<Record<string, object>>): object {
  const { kind, metadata } = manifest as { readonly kind: string; readonly metadata: object };
  const annotations = getOwn(byKind, kind);
  return annotations === undefined
    ? manifest
    : { ...manifest, metadata: { ...metadata, annotations } };
}

/** Each text with a mark becomes one plain word, which YAML writes as it is. */
function replaceMarks(value: JsonValue | undefined, marks: string[]): JsonValue {
  if (value === undefined) return null;
  if (typeof value === 'string') return MARK.test(value) ? `MARK${marks.push(value) - 1}K` : value;
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).map((item) => replaceMarks(item, marks));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replaceMarks(item, marks)]),
  );
}

function addLine(lines: string[], line: string, marks: readonly string[]): void {
  const found = /MARK(\d+)K/.exec(line);
  const text = marks[Number(found?.[1] ?? -1)];
  if (found === null || text === undefined) {
    lines.push(line);
    return;
  }
  const [, before = '', form = '', value = '', after = ''] = MARK.exec(text) ?? [];
  const inside = form === '' ? value : '.';
  const whole = JSON.stringify(`${before}%s${after}`);
  const shown =
    before + after === ''
      ? `{{ ${inside} | quote }}`
      : `{{ printf ${whole} (toString ${inside}) | quote }}`;
  // The item of a list may begin on the line before: `- ipBlock:`.
  const isInside = form !== '' && !line.trimStart().startsWith('- ');
  const item = [...(isInside ? lines.splice(-1) : []), line.replace(found[0], shown)];
  if (form === '') lines.push(...item);
  else lines.push(`{{- ${form === '*' ? 'range' : 'with'} ${value} }}`, ...item, '{{- end }}');
}

/**
 * Nothing is made of a value that the Deployment does not follow: it is refused. The values of an
 * older release, which an upgrade may reuse, do not have it.
 */
// mutant chart-of-many-replicas by chart: text fail -> print
const ONE_REPLICA = `{{- if and (hasKey .Values "replicas") (ne (toString .Values.replicas) "1") }}
{{- fail "${WHY_ONE_REPLICA}" }}
{{- end }}
`;

const NOTES = `Waybill runs in the namespace {{ .Release.Namespace }}. It needs two Secrets there, waybill-tls and
waybill-token, and advisories (docs/guides/helm.md).
{{- if .Values.webhook.enabled }}
The API server asks it about every workload, except in kube-system and {{ .Release.Namespace }}.
{{- else }}
Nothing asks it yet. When the Deployment is ready:
  helm upgrade {{ .Release.Name }} CHART -n {{ .Release.Namespace }} --reuse-values \\
    --set webhook.enabled=true --set-file webhook.ca=tls/ca.crt
{{- end }}
The volume with the evidence stays after helm uninstall:
  kubectl -n {{ .Release.Namespace }} delete persistentvolumeclaim waybill
`;
