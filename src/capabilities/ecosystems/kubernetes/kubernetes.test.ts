import { describe, expect, it } from 'vitest';
import { cutShort, showDeclared } from '../../../../test/support/declared.ts';
import { isManifest, kubernetesFormat, readKubernetes } from './kubernetes.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const COMMIT = 'b'.repeat(40);
const POD = `apiVersion: v1
kind: Pod
spec:
  initContainers: [{ name: i, image: busybox@${DIGEST} }]
  containers:
    - name: a
      image: "nginx:1.27"
  ephemeralContainers: [{ image: debug }]
  volumes: [{ image: { reference: x.example/data:1 } }]
`;
const CRON = `apiVersion: batch/v1
kind: CronJob
spec:
  jobTemplate: { spec: { template: { spec: { containers: [{ image: job:1 }] } } } }
`;
const kustomization = (text: string): readonly string[] =>
  showDeclared(readKubernetes, text, 'deploy/kustomization.yaml');

describe('D11 D12 D20: the images of Kubernetes manifests', () => {
  it('are those of every kind of container, in all documents and lists', () => {
    expect(showDeclared(readKubernetes, `${POD}---\n${CRON}`)).toEqual([
      `4 docker.io/library/busybox ${DIGEST} yes`,
      '7 docker.io/library/nginx 1.27 no',
      '8 docker.io/library/debug latest no',
      '9 x.example/data 1 no',
      '14 docker.io/library/job 1 no',
    ]);
    const list = `{ "apiVersion": "v1", "kind": "List", "items": [{ "spec": { "containers": [{ "image": "a/b" }] } }] }`;
    expect(showDeclared(readKubernetes, list)).toEqual(['1 docker.io/a/b latest no']);
  });

  it.each([
    ['an empty image', 'spec: { containers: [{ image: }] }', []],
    [
      'an image of another kind',
      'kind: Prometheus\nspec: { image: "p:1" }',
      ['2 container-image is not read'],
    ],
    [
      'what a cluster observed',
      'apiVersion: v1\nstatus: { containerStatuses: [{ image: a }] }\n',
      [],
    ],
    [
      'a name that a template makes',
      'spec: { containers: [{ image: "{{x}}" }] }',
      ['1 {{x}} - unknown'],
    ],
    [
      'a key in another spelling',
      'spec: { containers: [{ "im\\u0061ge": x }] }',
      ['1 docker.io/library/x latest no'],
    ],
    [
      'an anchor',
      'a: &c [{ image: x }]\nspec: { containers: *c }',
      ['1 docker.io/library/x latest no', '1 container-image is not read'],
    ],
    [
      'the value on the next line',
      'spec:\n  containers:\n    - image:\n        x\n',
      ['4 docker.io/library/x latest no'],
    ],
  ])('%s', (_, text, wanted) => {
    expect(showDeclared(readKubernetes, text)).toEqual(wanted);
  });

  it('are recognised by what a file says, and definitions are not read', () => {
    expect(isManifest(POD)).toBe(true);
    expect(isManifest('services:\n  a:\n    image: nginx\n')).toBe(false);
    const definition =
      'apiVersion: a/v1\nkind: CustomResourceDefinition\nspec:\n  image:\n    type: string\n';
    expect(isManifest(definition)).toBe(false);
    expect(kubernetesFormat.wants('base/kustomization.yml')).toBe(true);
  });

  it('and those that a kustomization puts in their place, and what it takes from others', () => {
    const images = `images:
  - { name: a, newName: x.example/a, digest: "${DIGEST}" }
  - { name: b, newTag: "2" }
  - { name: c, newName: d }
  - { name: e, tagSuffix: -x }
  - { name: f, newTag: "" }
  - { name: g, newTag: "1@${DIGEST}" }
  - { name: h, newTag: "2", tagSuffix: -x }
resources: [../base, "https://github.com/o/r//base?ref=v1", "github.com/o/r?ref=${COMMIT}"]
helmCharts:
  - { name: web, repo: "https://charts.example.com", version: 1.2.3 }
  - { name: db, repo: "https://charts.example.com" }
`;
    expect(kustomization(images)).toEqual([
      `2 x.example/a ${DIGEST} yes`,
      '3 docker.io/library/b 2 no',
      '4 d - unknown',
      '5 e - unknown',
      `7 docker.io/library/g ${DIGEST} yes`,
      '8 h:2 - unknown',
      '9 https://github.com/o/r//base v1 no',
      `9 github.com/o/r ${COMMIT} yes`,
      '11 web 1.2.3 yes',
      '12 db - no',
    ]);
    cutShort(readKubernetes, images, 'kustomization.yaml');
    cutShort(readKubernetes, POD);
  });

  it.each([
    ['an alias as its key', 'metadata: { name: &k image }', '*k : a:1'],
    ['blanks before the colon', '', `image${' '.repeat(99)}: a:1`],
    ['blanks before its name', '', `image:${' '.repeat(999)}a:1`],
    ['empty lines before its name', '', 'image:\n\n\n        a:1'],
    ['a comment before its name', '', 'image: # x\n        # y: z\n        a:1'],
    ['a long comment before its name', '', `image: # ${'x'.repeat(999)}\n        a:1`],
  ])('are found behind %s', (_, head, named) => {
    const pod = `apiVersion: v1\nkind: Pod\n${head}\nspec:\n  containers:\n    - ${named}\n`;
    const found = showDeclared(readKubernetes, pod);
    expect(found.map((one) => one.replace(/^\d+ /, ''))).toEqual(['docker.io/library/a 1 no']);
  });

  it('a bundle of many objects is read in linear time', () => {
    const text = `${CRON}---\n`.repeat(2_000);
    const before = process.cpuUsage();
    expect(showDeclared(readKubernetes, text)).toHaveLength(2_000);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(10_000);
  });
});
