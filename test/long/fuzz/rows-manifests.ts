import type { ParserName } from './parsers.ts';
import type { Row } from './target.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const COMMIT = 'b'.repeat(40);

export const WORKFLOW = `on: push
jobs:
  a:
    strategy: { matrix: { node: ["22", "24"], include: [{ node: "20" }] } }
    container: node:$\{{ matrix.node }}
    services: { db: { image: "postgres@${DIGEST}" } }
    steps: &steps
      - uses: actions/checkout@v4
      - uses: a/b/c@${COMMIT} # v1
      - uses: docker://alpine:3
  b:
    uses: o/r/.github/workflows/x.yml@main
  c: { steps: *steps }
`;
export const TERRAFORM_LOCK = `# written by a tool
provider "registry.example.com/hashicorp/aws" {
  version     = "5.31.0"
  constraints = ">= 5.0.0"
  hashes = [
    "h1:x+1=",
    "zh:0c2d",
  ]
}
`;
export const COMPOSE = `x-base: &base
  image: "node:\${TAG:-22}"
services:
  a: { <<: *base }
  b:
    build:
      context: https://git.example.com/a.git#main
      additional_contexts: { c: docker-image://alpine:3 }
      dockerfile_inline: "FROM node\\nRUN apk add curl=1"
include: [oci://x.example/a:1]
`;
const POD = `apiVersion: v1
kind: Pod
spec:
  containers: [{ name: a, image: "nginx:1" }]
  volumes: [{ image: { reference: "x.example/a@${DIGEST}" } }]
---
kind: Other
image: a
`;
const ROLLOUT = `apiVersion: v1
kind: List
items:
- apiVersion: argoproj.io/v1alpha1
  kind: Rollout
  metadata: { name: a, namespace: b }
  spec: { template: { spec: { initContainers: [&c { image: "i:1" }], containers: [*c] } } }
- { apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, spec: { predictor: { image: m } } }
`;
export const KUSTOMIZATION = `images: [{ name: a, newName: b, digest: "${DIGEST}" }, { name: c, newTag: "2" }]
resources: ["https://github.com/o/r//x?ref=v1"]
helmCharts: [{ name: a, repo: "https://charts.example.com", version: 1.0.0 }]
`;
export const GITLAB = `spec: { inputs: { tag: { default: "1" } } }
---
variables: { A: b, C: { value: $A/d } }
include: [{ project: a/b, ref: main }, { remote: "https://x.example/a.yml" }, { component: x/y@1 }]
test: { image: { name: "$C:$[[ inputs.tag ]]" }, services: [!reference [a, b]] }
`;
export const AZURE = `resources: { containers: [{ container: n, image: "node:22" }], repositories: [{ name: a/b, type: github, ref: x }] }
jobs: [{ container: n, steps: [{ task: Use@1 }] }]
`;
export const HOOKS = `repos:
  - { repo: "https://x.example/a", rev: v1, hooks: [{ id: a, additional_dependencies: ["b==1.0"] }] }
  - { repo: local, hooks: [{ id: c, language: docker_image, entry: "-e x alpine:3" }] }
`;
export const DEVCONTAINER = `{ // why
\t"image": "a:1", "features": { "registry.example.com/a/b:1": {}, "./c": {} }, /* x */
}`;
export const CHART = `name: a
appVersion: "1"
dependencies: [{ name: b, version: ~1, repository: "https://charts.example.com" }]
`;
const VALUES = 'image: { registry: x.example, repository: a, tag: 1 }\nweb: { image: "b:2" }\n';

const TEMPLATE = `{{- if .Values.on }}
kind: Pod
spec:
  containers:
    - image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
    - image: {{ include "x.image" (dict "root" .Values.image) }}
{{- end }}
`;

/** A tree of them. */
export const MANIFEST_FILES: Readonly<Record<string, string>> = {
  '.github/workflows/ci.yml': WORKFLOW,
  'compose.yaml': COMPOSE,
  'deploy/pod.yaml': POD,
  'chart/Chart.yaml': CHART,
  'chart/values.yaml': VALUES,
  'chart/templates/a.yaml': TEMPLATE,
};

const row = (name: ParserName, file: string, samples: readonly string[]): Row => ({
  reader: name,
  takes: 'bytes',
  form: 'text',
  samples,
  args: [file, '$'],
});

/** Files of pipelines and deployments. */
export const MANIFEST_ROWS: readonly Row[] = [
  {
    reader: 'formats/yaml/trees.ts parseYamlTrees',
    takes: 'text',
    form: 'text',
    samples: [WORKFLOW, COMPOSE, POD, GITLAB],
    args: ['$', { bytesMax: 1_000_000 }],
  },
  {
    ...row('capabilities/ecosystems/github-actions/actions-format.ts readActions', 'a.yml', [
      WORKFLOW,
    ]),
    reads: [
      'capabilities/ecosystems/github-actions/matrix.ts expandMatrix',
      'capabilities/ecosystems/manifest.ts readYamlManifest',
    ],
  },
  {
    reader: 'capabilities/ecosystems/github-actions/action-reference.ts parseActionReference',
    takes: 'text',
    form: 'text',
    samples: ['actions/checkout@v4', `https://x.example/a/b/c@${COMMIT}`],
  },
  row('capabilities/ecosystems/compose/compose.ts readCompose', 'compose.yml', [COMPOSE]),
  row('capabilities/ecosystems/kubernetes/kubernetes.ts readKubernetes', 'a.yml', [POD]),
  {
    ...row('phases/deploy/manifests/read-manifests.ts readManifests', 'a.yml', [POD, ROLLOUT]),
    takes: 'text',
  },
  row('capabilities/ecosystems/kubernetes/kubernetes.ts readKubernetes', 'kustomization.yaml', [
    KUSTOMIZATION,
  ]),
  row('capabilities/ecosystems/gitlab-ci/gitlab-ci.ts readGitlabPipeline', 'a.yml', [GITLAB]),
  row('capabilities/ecosystems/azure-pipelines/azure-pipelines.ts readAzurePipeline', 'a', [AZURE]),
  row('capabilities/ecosystems/pre-commit/pre-commit.ts readPreCommit', 'a.yaml', [HOOKS]),
  row('capabilities/ecosystems/devcontainer/devcontainer.ts readDevcontainer', 'a', [DEVCONTAINER]),
  row('capabilities/ecosystems/devcontainer/devcontainer.ts readFeatureLock', 'a', [
    `{"features":{"a/b:1":{"resolved":"a/b@${DIGEST}"}}}`,
  ]),
  {
    reader: 'capabilities/ecosystems/terraform/terraform-lock.ts readTerraformLock',
    takes: 'bytes',
    form: 'text',
    samples: [TERRAFORM_LOCK],
  },
  row('capabilities/ecosystems/helm/chart.ts readChart', 'Chart.yaml', [CHART]),
  row('capabilities/ecosystems/helm/helm-declarations.ts readTexts', 'values.yaml', [VALUES]),
];
