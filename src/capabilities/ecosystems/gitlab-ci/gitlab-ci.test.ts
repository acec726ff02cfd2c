import { describe, expect, it } from 'vitest';
import { cutShort, showDeclared } from '../../../../test/support/declared.ts';
import { gitlabFormat, readGitlabPipeline } from './gitlab-ci.ts';

const COMMIT = 'c'.repeat(40);
const PIPELINE = `spec:
  inputs: { tag: { default: "22" } }
---
variables: { BASE: registry.example.com/base, FULL: { value: "$BASE/node:1" } }
default: { image: "node:$[[ inputs.tag ]]" }
.hidden: &hidden
  services: [postgres:16, { name: "redis@sha256:${'a'.repeat(64)}", alias: r }]
test:
  <<: *hidden
  image: { name: $FULL, entrypoint: [""] }
  script: [!reference [.x, script]]
build:
  image: $CI_REGISTRY_IMAGE/build:1
ref:
  image: !reference [.hidden, image]
`;

describe('D11 D20 B9: what a GitLab pipeline uses', () => {
  it('is images and services of all jobs, with the values that the file has', () => {
    expect(showDeclared(readGitlabPipeline, PIPELINE)).toEqual([
      '5 docker.io/library/node 22 no',
      '7 docker.io/library/postgres 16 no',
      `7 docker.io/library/redis sha256:${'a'.repeat(64)} yes`,
      '10 registry.example.com/base/node 1 no',
      '13 $CI_REGISTRY_IMAGE/build:1 - unknown',
      '15 !reference [.hidden, image] - unknown',
    ]);
    cutShort(readGitlabPipeline, PIPELINE);
  });

  it.each([
    ['local: /a.yml', []],
    ['project: g/p\n    ref: main', ['2 g/p main no']],
    [`project: g/p\n    ref: ${COMMIT}`, [`2 g/p ${COMMIT} yes`]],
    ['remote: https://x.example/a.yml', ['2 https://x.example/a.yml - no']],
    [
      `remote: https://x.example/a.yml\n    integrity: sha256-${'A'.repeat(43)}=`,
      [`2 https://x.example/a.yml sha256-${'A'.repeat(43)}= yes`],
    ],
    ['template: Jobs/SAST.gitlab-ci.yml', ['2 template Jobs/SAST.gitlab-ci.yml - unknown']],
    ['component: gitlab.example.com/g/c@1.0', ['2 gitlab.example.com/g/c 1.0 no']],
    [`component: gitlab.example.com/g/c@${COMMIT}`, [`2 gitlab.example.com/g/c ${COMMIT} yes`]],
  ])('include: %s', (entry, wanted) => {
    expect(showDeclared(readGitlabPipeline, `include:\n  - ${entry}\n`)).toEqual(wanted);
  });

  it('is in files of these names', () => {
    const names = ['.gitlab-ci.yml', 'ci/build.gitlab-ci.yml', '.gitlab/ci/test.yml'];
    expect(names.every(gitlabFormat.wants)).toBe(true);
    expect(gitlabFormat.wants('gitlab.yml')).toBe(false);
  });
});
