import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildChart, type ChartOptions } from './chart.ts';
import { buildServerManifests } from './server.ts';
import { buildWebhookManifest } from './webhook.ts';

const OPTIONS: ChartOptions = {
  image: 'registry.example.com/w@sha256:0',
  cluster: 'eu-1',
  settings: [],
  storage: '10Gi',
  apiServers: [],
  clients: [],
  updates: { every: null, from: null, ageMax: null },
  version: '0.1.0',
};
const chart = (more: Partial<ChartOptions> = {}) => buildChart({ ...OPTIONS, ...more });

/** What helm would make of a template, for the few forms that the chart has. */
function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template
    .replaceAll(/\{\{- (?:if|end|with|range)[^}]*\}\}\n/g, '')
    .replaceAll(
      /\{\{ printf "(.*?)%s(.*?)" \(toString ([\w.]+)\) \| quote \}\}/g,
      (_, a, b, name) => JSON.stringify(`${a}${values[name] ?? ''}${b}`),
    )
    .replaceAll(
      /\{\{ (?:int |required ".*?" )?([\w.]+)(?: \| (?:quote|b64enc))? \}\}/g,
      (_, name) => values[name] ?? '',
    );
}

describe('the Helm chart', () => {
  it('I7: has the manifests that waybill cluster server prints, without the Namespace', () => {
    const values = {
      '.Values.image': OPTIONS.image,
      '.Values.cluster': 'eu-1',
      '.Values.storage': '10Gi',
      '.Release.Namespace': 'guard',
    };
    const printed = buildServerManifests({ ...OPTIONS, namespace: 'guard' });
    const files = chart();
    for (const manifest of printed.slice(1)) {
      const { kind } = manifest as { readonly kind: string };
      if (kind === 'Deployment' || kind === 'NetworkPolicy') continue;
      const name = kind.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();
      const made = parse(fill(files.get(`templates/${name}.yaml`) ?? '', values));
      expect(made, kind).toMatchObject(manifest);
    }
    expect([...files.keys()].filter((name) => name.includes('namespace'))).toEqual([]);
    const deployment = files.get('templates/deployment.yaml') ?? '';
    expect(deployment).toContain('{{- with .Values.updates.every }}\n        - {{ printf');
    const policy = files.get('templates/network-policy.yaml') ?? '';
    expect(policy).toContain('{{- range .Values.apiServers }}\n    - ipBlock:\n        cidr:');
  });

  it('G47: enables the webhook only when somebody says so, and then with an authority', () => {
    const files = chart();
    expect(parse(files.get('values.yaml') ?? '')).toMatchObject({ webhook: { enabled: false } });
    const template = files.get('templates/webhook.yaml') ?? '';
    expect(template).toMatch(/^\{\{- if \.Values\.webhook\.enabled \}\}\n/);
    expect(template).toContain('required "webhook.ca is empty');
    const made = parse(
      fill(template, {
        '.Release.Namespace': 'guard',
        '.Values.webhook.timeoutSeconds': '7',
        '.Values.webhook.ca': 'UEVN',
        '.': 'legacy',
      }),
    );
    expect(made).toEqual(
      buildWebhookManifest({
        namespace: 'guard',
        url: null,
        authorities: 'PEM',
        exempt: ['legacy'],
        timeoutSeconds: 7,
      }),
    );
  });

  it('I7: refuses more replicas than the manifests have', () => {
    const files = chart();
    expect(parse(files.get('values.yaml') ?? '')).toMatchObject({ replicas: 1 });
    expect(files.get('templates/replicas.yaml')).toContain('{{- fail "replicas must be 1');
  });

  it('I7: keeps the evidence of a release that is uninstalled', () => {
    expect(
      parse(fill(chart().get('templates/persistent-volume-claim.yaml') ?? '', {})),
    ).toMatchObject({ metadata: { annotations: { 'helm.sh/resource-policy': 'keep' } } });
  });

  it('attack G45: runs nothing of the settings, whatever braces and marks they have', () => {
    const evil = 'x: {{ .Values.image }} {{- fail "x" }} @@.Values.image@@ MARK0K\n';
    const settings = [{ path: 'policy.yaml', bytes: Buffer.from(evil) }];
    const template = chart({ settings }).get('templates/config-map.yaml') ?? '';
    const literal = template.replaceAll('{{ "{{" }}', '<<');
    expect(literal.match(/\{\{.*?\}\}/g)).toEqual(['{{ .Release.Namespace | quote }}']);
    expect(parse(literal.replace(/\{\{.*?\}\}/, 'guard')).data['policy.yaml']).toBe(
      evil.replaceAll('{{', '<<'),
    );
  });
});
