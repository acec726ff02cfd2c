import { expect, it } from 'vitest';
import { cutShort, showDeclared } from '../../../../test/support/declared.ts';
import { azureFormat, readAzurePipeline } from './azure-pipelines.ts';

const COMMIT = 'c'.repeat(40);
const PIPELINE = `resources:
  repositories:
    - { repository: t, type: github, name: o/templates, ref: refs/tags/v1 }
    - { repository: u, type: git, name: p/u, ref: ${COMMIT} }
  containers:
    - container: node
      image: node:22
stages:
  - \${{ if eq(variables.x, 'y') }}:
      - jobs:
          - job: a
            container: node
            services: { db: node }
            steps:
              - task: UseNode@1
              - task: Own@2.231.1
              - script: x
          - job: b
            container: { image: "registry.example.com/a:$(tag)" }
          - job: c
            container: alpine:3
`;

it('D11 D20 B9: containers, repositories and tasks of an Azure pipeline are declared', () => {
  expect(showDeclared(readAzurePipeline, PIPELINE)).toEqual([
    '7 docker.io/library/node 22 no',
    '3 o/templates refs/tags/v1 no',
    `4 p/u ${COMMIT} yes`,
    '15 UseNode 1 no',
    '16 Own 2.231.1 yes',
    '19 registry.example.com/a:$(tag) - unknown',
    '21 docker.io/library/alpine 3 no',
  ]);
  cutShort(readAzurePipeline, PIPELINE);
  const names = ['azure-pipelines.yml', 'b/azure-pipelines-ci.yaml', '.azuredevops/x.yml'];
  expect(names.every(azureFormat.wants)).toBe(true);
  expect(azureFormat.wants('azure.yml')).toBe(false);
  expect(azureFormat.recognises?.('build/steps.yml', PIPELINE)).toBe(true);
  expect(azureFormat.recognises?.('tasks.yml', '- task: a person\n')).toBe(false);
});
