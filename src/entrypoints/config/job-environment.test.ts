import { expect, it } from 'vitest';
import { readJobEnvironment } from './job-environment.ts';

const COMMIT = 'a'.repeat(40);

it('outside of a job nothing is known of one', () => {
  expect(readJobEnvironment({ CI: 'true', GITHUB_SHA: COMMIT })).toBeNull();
});

it('B12: GitHub Actions on a server of its own: no registry is guessed', () => {
  const env = {
    ...{ GITHUB_ACTIONS: 'true', GITHUB_SERVER_URL: 'https://git.example.com' },
    ...{ GITHUB_REPOSITORY: 'Shop/trips', GITHUB_SHA: COMMIT, GITHUB_REF: 'refs/heads/main' },
  };
  expect(readJobEnvironment(env)).toMatchObject({
    ...{ repository: 'https://git.example.com/Shop/trips', tag: null, images: null },
    ...{ builder: null, invocation: null, jobToken: 'github', offersIdentity: false },
  });
  const hub = { ...env, GITHUB_SERVER_URL: 'https://github.com' };
  expect(readJobEnvironment(hub)?.images).toBe('ghcr.io/shop/trips');
});

it('B12: GitLab, with the same builder and run as the token of the job names', () => {
  const project = 'https://gitlab.example.com/shop/trips';
  expect(
    readJobEnvironment({
      ...{ GITLAB_CI: 'true', CI_PROJECT_URL: project, CI_COMMIT_SHA: COMMIT },
      ...{ CI_COMMIT_TAG: 'v1.4', CI_CONFIG_PATH: '.gitlab-ci.yml', CI_JOB_ID: '302' },
      ...{ CI_REGISTRY_IMAGE: 'registry.example.com/shop/trips', WAYBILL_ID_TOKEN: 'secret' },
    }),
  ).toEqual({
    ...{ runner: 'GitLab CI', repository: project, commit: COMMIT },
    ...{ ref: 'refs/tags/v1.4', tag: 'v1.4', images: 'registry.example.com/shop/trips' },
    builder: `${project}//.gitlab-ci.yml@refs/tags/v1.4`,
    ...{ invocation: `${project}/-/jobs/302`, jobToken: 'env:WAYBILL_ID_TOKEN' },
    offersIdentity: false,
  });
});

it('B12: Azure Pipelines and Jenkins; a token in an address is left out', () => {
  expect(
    readJobEnvironment({
      ...{ TF_BUILD: 'True', SYSTEM_COLLECTIONURI: 'https://dev.azure.com/shop/' },
      ...{ SYSTEM_TEAMPROJECTID: '271e', SYSTEM_DEFINITIONID: '7', BUILD_BUILDID: '12' },
      ...{ BUILD_REPOSITORY_URI: 'https://shop:t0ken@dev.azure.com/shop/trips/_git/trips' },
      ...{ BUILD_SOURCEVERSION: COMMIT, BUILD_SOURCEBRANCH: 'refs/heads/main' },
      SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/oidc',
    }),
  ).toMatchObject({
    repository: 'https://dev.azure.com/shop/trips/_git/trips',
    builder: 'https://dev.azure.com/shop/271e/_build?definitionId=7',
    invocation: 'https://dev.azure.com/shop/271e/_build/results?buildId=12',
    ...{ commit: COMMIT, ref: 'refs/heads/main', images: null, offersIdentity: true },
  });
  const jenkins = { JENKINS_URL: 'https://ci.example.com/', GIT_URL: 'git@git.example.com:a/b' };
  expect(readJobEnvironment({ ...jenkins, BRANCH_NAME: 'main' })).toMatchObject({
    ...{ repository: 'git@git.example.com:a/b', ref: 'refs/heads/main', tag: null },
  });
});

it.each([
  ['lines', 'refs/heads/a\nb'],
  ['escapes of a terminal', 'refs/heads/\u001b[31m'],
  ['a text that turns its direction', 'refs/heads/\u202e'],
  ['no end', 'x'.repeat(2_049)],
])('a variable with %s is an error that does not show it', (_, value) => {
  const read = () => readJobEnvironment({ GITHUB_ACTIONS: 'true', GITHUB_REF: value });
  expect(read).toThrow('GITHUB_REF holds no plain text');
});
