import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readManifests } from './read-manifests.ts';

const read = (text: string) => orThrow(readManifests('a.yaml', text));
/** Each object as `kind namespace/name at its line: images`, or why its images are not known. */
const show = (text: string): readonly string[] =>
  read(text).map(({ kind, namespace, name, line, images }) => {
    const what = images.ok
      ? images.value.map(({ image }) => image).join(' ')
      : `${images.failure.code}`;
    return `${kind} ${namespace ?? '-'}/${name}:${line}: ${what}`;
  });

const POD =
  'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers: [{ image: a:1 }]\n';

describe('Objects in files of manifests', () => {
  it('P6: every document and every item of a list is an object, with its line', () => {
    const deployment =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: b, namespace: shop }\nspec:\n' +
      '  template:\n    spec:\n      initContainers: [{ image: i:1 }]\n' +
      '      containers: [{ image: b:1 }]\n      volumes: [{ image: { reference: v:1 } }]\n';
    const item = POD.trimEnd().replaceAll('\n', '\n  ');
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${item}\n`;
    expect(show(`# first\n---\n${POD}---\n${deployment}---\n---\n${list}`)).toEqual([
      'Pod -/a:3: a:1',
      'Deployment shop/b:9: i:1 b:1 v:1',
      'Pod -/a:23: a:1',
    ]);
  });

  it('JSON is read too, and an alias counts at each place', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ image: 'a:1' }] } };
    expect(show(JSON.stringify(pod))).toEqual(['Pod -/*:1: a:1']);
    const aliased = 'apiVersion: v1\nkind: Pod\nspec:\n  containers: [&c { image: a:1 }, *c]\n';
    expect(show(aliased)).toEqual(['Pod -/*:1: a:1 a:1']);
  });

  it('attack G5: a custom resource counts by the pod specs in it, and by parts of pods', () => {
    const rollout = (more: string): string =>
      'apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec:\n' +
      `  template: { spec: { containers: [{ image: r:1 }] } }\n${more}`;
    expect(show(rollout(''))).toEqual(['Rollout -/*:1: r:1']);
    expect(show(rollout('  sidecarImage: s:1\n'))).toEqual(['Rollout -/*:1: UNSUPPORTED']);
    const istio = 'apiVersion: networking.istio.io/v1\nkind: Gateway\nspec: { servers: [] }\n';
    expect(show(istio)).toEqual(['Gateway -/*:1: ']);
    const release =
      'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n' +
      'spec: { values: { image: { tag: "1" } } }\n';
    expect(show(release)).toEqual(['HelmRelease -/*:1: UNSUPPORTED']);
  });

  it('attack G6: a kind of Kubernetes that runs nothing is not searched; its namesake is', () => {
    const crd = (group: string): string =>
      `apiVersion: ${group}/v1\nkind: CustomResourceDefinition\n` +
      'spec: { versions: [{ schema: { properties: { containers: { type: array } } } }] }\n';
    expect(show(crd('apiextensions.k8s.io'))).toEqual(['CustomResourceDefinition -/*:1: ']);
    expect(show(crd('apiextensions.example.com'))).toEqual([
      'CustomResourceDefinition -/*:1: UNSUPPORTED',
    ]);
    const sandbox = 'apiVersion: agents.x-k8s.io/v1\nkind: Sandbox\nspec: { image: a:1 }\n';
    expect(show(sandbox)).toEqual(['Sandbox -/*:1: UNSUPPORTED']);
  });

  it('P6: what is no object is never left out', () => {
    expect(show('replicas: 1\nimage: a:1\n')).toEqual([' -/*:1: MALFORMED']);
    expect(show('just text\n')).toEqual([' -/*:1: MALFORMED']);
    expect(
      show('kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\nresources: []\n'),
    ).toEqual(['Kustomization -/*:1: UNSUPPORTED']);
    expect(show('apiVersion: v1\nkind: Pod\nspec: !vault { containers: [] }\n')).toEqual([
      ' -/*:1: MALFORMED',
    ]);
    expect(show('# nothing\n---\n')).toEqual([]);
  });

  it('P6: a workload is no list because it has items', () => {
    expect(show(`${POD}items: []\n`)).toEqual(['Pod -/a:1: a:1']);
    expect(show(`${POD.replace('Pod', 'PodList')}items: []\n`)).toEqual([]);
  });

  it('a template is told from a mistake, and a file over the limit is refused', () => {
    const template = readManifests('t.yaml', 'a: {{ if .Values.on }}\n  b: }\n');
    expect(template.ok ? null : template.failure.remedy).toContain('helm template');
    const mistake = readManifests('t.yaml', 'a: [\n');
    expect(mistake.ok ? null : mistake.failure.message).toMatch(/^t\.yaml: /);
    const long = `# ${'x'.repeat(LIMITS.manifestFileBytesMax)}\n`;
    expect(readManifests('t.yaml', long)).toMatchObject({ failure: { code: 'LIMIT_EXCEEDED' } });
  });

  it('any text gives objects or a failure', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.constantFrom(POD, 'a: &b [*b]', '--- {'));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), (parts) => {
        const answer = readManifests('a', parts.join('\n---\n'));
        if (answer.ok) for (const one of answer.value) expect(one.line).toBeGreaterThan(0);
        else expect(answer.failure.message.startsWith('a: ')).toBe(true);
      }),
    );
  });
});
