import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startThreadClock } from '../../../../test/support/thread-clock.ts';
import { dockerfileMentions } from '../../../capabilities/ecosystems/dockerfile/mentions.ts';
import { findMarker } from '../../../capabilities/ecosystems/index.ts';
import { npmMentions } from '../../../capabilities/ecosystems/npm/mentions.ts';
import { findPipelineValues, recogniseCi } from './ci-registries.ts';
import { parseCurrentContext } from './cluster-context.ts';
import { OUTLOOK } from './gate-outlook.ts';
import { parseImagePlace, parseRegistryPlace } from './registry-places.ts';
import { findKustomizeImages, findYamlImages } from './yaml-images.ts';

const values = (finds: readonly { readonly value: string; readonly place: string }[] | null) =>
  finds?.map(({ value, place }) => `${value} ${place}`);

describe('What the files of a repository say', () => {
  it('D8: a Dockerfile names its base images, not its stages, with argument defaults', () => {
    const text = [
      '# syntax=docker/dockerfile:1',
      'ARG BASE=registry.example.com/base/node',
      'ARG TAG',
      'FROM --platform=linux/amd64 \\',
      '  # a comment in between',
      `  \${BASE}:24 AS Build\r`,
      'FROM build AS test',
      'FROM scratch',
      `from \${TAG:-registry.example.com/run}`,
      'FROM registry.example.com/x:$TAG',
    ].join('\n');
    expect(values(dockerfileMentions.read('Dockerfile', text).images)).toEqual([
      'registry.example.com/base/node:24 Dockerfile:4',
      'registry.example.com/run Dockerfile:9',
      'registry.example.com/x:$TAG Dockerfile:10',
    ]);
  });

  it('I19: manifests, charts and compose files name the images that run, at any place', () => {
    const text = `apiVersion: apps/v1
kind: Deployment
spec: { template: { spec: { initContainers: [{ image: registry.example.com/a/b:1 }], containers: [{ "image": 'registry.example.com/a/c@sha256:x' }] } } }
---
image:
  registry: registry2.example.com:8443
  repository: shop/trips
  tag: 1
sidecar: { image: { repository: registry3.example.com/x/y } }
other: { image: 7, images: [not-one] }
`;
    expect(values(findYamlImages('k8s.yaml', text))).toEqual([
      'registry.example.com/a/b:1 k8s.yaml:3',
      'registry.example.com/a/c@sha256:x k8s.yaml:3',
      'registry2.example.com:8443/shop/trips k8s.yaml:7',
      'registry3.example.com/x/y k8s.yaml:9',
    ]);
    expect(findYamlImages('t.yaml', 'image: {{ .Values.image }}\n  x: {{ y }}')).toBeNull();
    expect(findYamlImages('t.yaml', `image: ${'['.repeat(100_000)}`)).toBeNull();
  });

  it('I9, D17: the image by which a kustomization replaces a name runs, and not the name', () => {
    const text = `resources: [d.yaml]
images:
- name: trips
  newName: registry.example.com/shop/trips
  newTag: "2"
- { name: nginx, newTag: 1.27.0 }
- 7
`;
    const { names, images } = findKustomizeImages('k/kustomization.yaml', text);
    expect(names).toEqual(['trips']);
    expect(values(images)).toEqual(['registry.example.com/shop/trips k/kustomization.yaml:4']);
    for (const odd of ['', 'images: 1', 'images: [', '[]', `images: ${'['.repeat(100_000)}`])
      expect(findKustomizeImages('k', odd)).toEqual({ names: [], images: [] });
  });

  it('D8, D20: init names what an inventory reads there, and what the gates do about it', () => {
    const judge = (place: string) => {
      const marker = findMarker(place);
      const outlook = OUTLOOK.pipeline({ value: '', place });
      return [marker?.ecosystem ?? null, outlook.includes('(D20, B14)')];
    };
    expect(
      [
        ...[
          'Chart.yaml',
          'compose.yaml',
          'k8s/kustomization.yaml',
          'Dockerfile',
          'azure-pipelines.yml',
        ],
        ...['.gitlab-ci.yml', '.github/workflows/ci.yml', '.devcontainer/devcontainer.json'],
        ...['.pre-commit-config.yaml', 'a/Jenkinsfile', 'values.yaml'],
      ].map(judge),
    ).toEqual([
      ...['helm', 'compose', 'kubernetes', 'dockerfile', 'azure-pipelines', 'gitlab-ci']
        .concat('github-actions', 'devcontainer', 'pre-commit')
        .map((name) => [name, true]),
      ['ci-pipeline', false],
      [null, false],
    ]);
  });

  it('I9: pipelines of GitHub, Azure, GitLab and Jenkins are recognised by their path', () => {
    const paths = [
      '.github/workflows/ci.yml',
      'azure-pipelines.yml',
      '.azdevops/x/y.yaml',
      '.gitlab-ci.yml',
      'a/Jenkinsfile',
      '.github/x.yml',
    ];
    expect(paths.map((path) => recogniseCi(path))).toEqual([
      'GitHub Actions',
      'Azure Pipelines',
      'Azure Pipelines',
      'GitLab CI',
      'Jenkins',
      null,
    ]);
  });

  it('I9: the logins, pushes and tags of a pipeline are found', () => {
    const text = `env:
  REGISTRY: registry.example.com
steps:
  - uses: docker/login-action@v3
    with: { registry: x }
  - with:
      registry: \${{ env.REGISTRY }}
      tags: registry.example.com/shop/trips:\${{ github.sha }}, other
  - run: |
      docker login -u me -p secret registry2.example.com
      docker build . -t registry.example.com/shop/poi:1
      docker push local
`;
    const { registries, images } = findPipelineValues('ci.yml', text);
    expect(values(registries)).toEqual([
      'registry.example.com ci.yml:2',
      '${{ ci.yml:7',
      'registry2.example.com ci.yml:10',
    ]);
    expect(values(images)).toEqual([
      'registry.example.com/shop/trips:${{ ci.yml:8',
      'registry.example.com/shop/poi:1 ci.yml:11',
    ]);
  });

  it('B10: npm files name the registries of packages, and their tokens are not read', () => {
    const text =
      'registry=https://me:secret@Registry.Example.com:8443/npm/\r\n' +
      '//registry.example.com/:_authToken=secret\n@shop:registry = "https://npm.example.com/"\n# registry=https://no.example.com\n';
    expect(values(npmMentions.read('.npmrc', text).registries)).toEqual([
      'registry.example.com:8443/npm .npmrc:1',
      'npm.example.com .npmrc:3',
    ]);
    const lock = JSON.stringify({
      lockfileVersion: 3,
      packages: {
        'node_modules/a': { version: '1', resolved: 'https://registry.example.com/a/-/a-1.tgz' },
        'node_modules/b': { version: '1', resolved: 'https://registry.example.com/b.tgz' },
        'node_modules/c': { version: '1', resolved: 'file:x' },
      },
    });
    expect(values(npmMentions.read('package-lock.json', lock).registries)).toEqual([
      'registry.example.com package-lock.json:1 (2 packages)',
    ]);
  });

  it.each([
    ['registry.example.com/shop/trips:1.4', 'registry.example.com/shop'],
    ['registry.example.com/trips', 'registry.example.com'],
    ['nginx', 'docker.io/library'],
    [
      'REGISTRY.example.com:5000/a/b/c@sha256:'.concat('a'.repeat(64)),
      'registry.example.com:5000/a/b',
    ],
    [`registry.example.com/shop/\${NAME}`, null],
    // If only the tag is set elsewhere, the place is known; if anything before it is, the place is
    // not.
    [`registry.example.com/shop/trips:\${{ github.sha }}`, 'registry.example.com/shop'],
    [`registry.example.com:5000/shop/trips:v\${BUILD_NUMBER}`, 'registry.example.com:5000/shop'],
    [`registry.example.com/shop/trips@\${DIGEST}`, 'registry.example.com/shop'],
    ['registry.example.com/shop/trips:$(Build.BuildId)', 'registry.example.com/shop'],
    [`registry.example.com:\${PORT}/shop/trips`, null],
    [`\${REGISTRY}/shop/trips:\${TAG}`, null],
    ['$CI_REGISTRY_IMAGE:$CI_COMMIT_SHA', null],
    ['../etc/passwd', null],
  ])('the image %s is in %s', (image, place) => {
    expect(parseImagePlace(image)).toBe(place);
  });

  it.each([
    ['registry.example.com', 'registry.example.com'],
    ['my-service-connection', null],
    ['registry.example.com:shop', null],
    ['registry.example.com/a b', null],
    ['', null],
  ])('the registry %s is %s', (text, place) => {
    expect(parseRegistryPlace(text)).toBe(place);
  });

  it('no text makes a reader throw or take long', () => {
    const lines = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          'FROM ',
          'image: ',
          '${',
          '\\',
          '\t',
          'docker push ',
          '  tags: ',
          'registry=',
          '---',
          '&a',
          '*a',
          '{{',
          "'",
          '"',
        ),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(lines, fc.constantFrom('', ' ', '\n', '\r\n'), (parts, glue) => {
        const text = parts.join(glue);
        dockerfileMentions.read('x', text);
        findYamlImages('x', text);
        findKustomizeImages('x', text);
        findPipelineValues('x', text);
        npmMentions.read('.npmrc', text);
        npmMentions.read('package-lock.json', text);
        parseCurrentContext(text);
        parseImagePlace(text);
      }),
      { numRuns: 1_000 },
    );
    const long = 'docker '.repeat(150_000);
    const spent = startThreadClock();
    findPipelineValues('x', long);
    findPipelineValues('x', `${' '.repeat(500_000)}registry`);
    npmMentions.read('.npmrc', `@${'a'.repeat(1_000_000)}`);
    dockerfileMentions.read('x', `FROM ${'--x '.repeat(200_000)}`);
    expect(spent()).toBeLessThan(2_000);
  });
});

describe('A kubeconfig', () => {
  const config = (rest: string) =>
    `apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user: { token: SECRET, exec: { ` +
    `command: /bin/false } }\n${rest}`;

  it.each([
    ['current-context: prod-eu\n', 'prod-eu'],
    ['current-context: arn:aws:eks:eu-1:1:cluster/shop\n', 'arn:aws:eks:eu-1:1:cluster/shop'],
    ['current-context: ""\n', null],
    ['', null],
  ])('with %j gives %s and nothing else', (rest, name) => {
    expect(parseCurrentContext(config(rest))).toEqual({ ok: true, value: name });
  });

  it.each([
    'current-context: "a\\nb"\n',
    'current-context: [a]\ncurrent-context: b\n',
    'x: [SECRET\n',
    'SECRET: &a [*a, {\n',
  ])('that is broken is unknown, and its content is not shown: %j', (rest) => {
    const looked = parseCurrentContext(config(rest));
    expect(looked.ok).toBe(false);
    expect(JSON.stringify(looked)).not.toContain('SECRET');
  });
});
