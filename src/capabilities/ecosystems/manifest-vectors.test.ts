import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { showDeclared } from '../../../test/support/declared.ts';
import { testData } from '../../../test/support/test-data.ts';
import { readDockerfile } from './dockerfile/dockerfile.ts';
import { readActions } from './github-actions/actions-format.ts';
import { readKubernetes } from './kubernetes/kubernetes.ts';

const folder = testData('vectors/inventory/scalibr');

describe.skipIf(folder === null)('B2 D11: files of another tool', () => {
  const text = (path: string): string => readFileSync(join(folder ?? '', path), 'utf8');
  const names = (lines: readonly string[]): readonly string[] =>
    lines.map((line) => line.split(' ').slice(1, 3).join(' '));

  it('actions, with a name or a reference that is missing as unknown', () => {
    const read = (name: string) =>
      showDeclared(readActions, text(`misc/githubactions/testdata/${name}`));
    expect(names(read('valid.yml'))).toEqual([
      'actions/checkout v4',
      'actions/setup-node 8e5e7e5ab8b370d6c329ec480221332ada57f0ab',
      'actions/setup-python v5.0.0',
      'docker/build-push-action v6',
      'octo-org/example-repo/.github/workflows/reusable.yml v1.2.3',
      'octo-org/example-repo/.github/workflows/reusable.yml 1234567890abcdef1234567890abcdef12345678',
    ]);
    expect(names(read('edge_cases.yaml'))).toEqual([
      'docker.io/library/alpine 3.18',
      'actions/checkout v4',
      'github/codeql-action/init v3',
      'github/codeql-action/analyze v3',
      'actions/cache main',
      'actions/upload-artifact v4',
      'nobody -',
      '@noref -',
      'actions/no-version@ -',
    ]);
    for (const name of ['empty.yml', 'jobs_not_map.yml', 'no_jobs.yml'])
      expect(read(name)).toEqual([]);
    expect(() => read('invalid.yml')).toThrow();
  });

  it('images of Kubernetes', () => {
    const read = (name: string) =>
      showDeclared(readKubernetes, text(`containers/k8simage/${name}`));
    expect(names(read('testdata/comprehensive-test.yaml')).map((one) => one.split(' ')[0])).toEqual(
      [
        'docker.io/library/tag1',
        'docker.io/library/tag2',
        'docker.io/library/tag3',
        'tag4.io/prometheus/node-exporter',
        'docker.io/library/tag5',
        'docker.io/library/tag6',
        'tag7:5000/my-app',
        'docker.io/library/centos',
      ],
    );
    expect(read('testdata/comprehensive-test-failures.yaml')).toEqual([]);
  });

  it('base images of Dockerfiles', () => {
    const read = (name: string) =>
      names(
        showDeclared(
          readDockerfile,
          text(`containers/dockerbaseimage/testdata/dockerfile.${name}`),
        ),
      );
    expect([read('multi-stage'), read('parameterized')]).toEqual([
      ['docker.io/library/nginx 1.27.4', 'docker.io/library/ubuntu latest'],
      ['docker.io/library/nginx 1.27.4', 'docker.io/library/ubuntu latest'],
    ]);
    expect([...read('scratch'), ...read('empty'), ...read('invalid')]).toEqual([]);
  });
});
