import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { followWithExecutable } from '../support/built-executable.ts';
import { blocks, follow, scripts } from '../support/guide.ts';
import { SignedImages } from '../support/signed-images.ts';
import { type SigstoreServices, startSigstore } from '../support/sigstore-services.ts';

const PAGE = 'sign-without-a-key.md';
const IDENTITY = 'https://git.example.com/shop/trips/release.yml@refs/heads/main';
let images: SignedImages;
let sigstore: SigstoreServices;

beforeAll(async () => {
  images = await SignedImages.open();
  sigstore = await startSigstore('guide');
});
afterAll(async () => {
  await sigstore.close();
  await images.close();
});

const jobs: [string, () => Record<string, string>][] = [
  ['GitLab', () => ({ SIGSTORE_ID_TOKEN: sigstore.token() })],
  [
    'GitHub Actions',
    () => ({
      ACTIONS_ID_TOKEN_REQUEST_URL: `${sigstore.url}/github?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of the job',
    }),
  ],
];

it.each(jobs)('I1: the guide works as written in a job of %s', async (name, env) => {
  const image = await images.push(`guide-${name.toLowerCase().replaceAll(' ', '-')}`);
  const REPOSITORY = image.replace(/:1$/, '');
  const about = { IMAGE: image, REPOSITORY, IDENTITY, ISSUER: sigstore.url };
  const prepare = (place: string) => {
    writeFileSync(join(place, 'trusted_root.json'), JSON.stringify(sigstore.trustedRoot()));
    writeFileSync(join(place, 'signing_config.json'), JSON.stringify(sigstore.signingConfig(2)));
  };
  const variables = { ...about, SIGSTORE: '.', ...env() };
  const { code, output } = await follow(PAGE, variables, prepare, null, followWithExecutable());
  expect(code, output).toBe(0);
  expect(output).toContain(`signed as ${IDENTITY}`);
});

it('every job that the guide shows runs the script that was run here', () => {
  const script = scripts(PAGE).get('Sign in a job')?.trim();
  const [github, gitlab, azure, ...others] = blocks(PAGE, 'yaml').map((text) => parse(text));
  expect(others).toEqual([]);
  expect(github.jobs.release.steps).toEqual([{ run: script }]);
  expect(github.jobs.release.permissions['id-token']).toBe('write');
  expect(gitlab.release.script).toEqual([script]);
  expect(gitlab.release.id_tokens).toEqual({ SIGSTORE_ID_TOKEN: { aud: 'sigstore' } });
  const [{ script: own }] = azure.steps;
  expect(own).toBe(`${script} --oidc-client-id api://AzureADTokenExchange`);
});

it('I1: the step of Azure Pipelines works as written', async () => {
  const image = await images.push('guide-azure');
  images.write('trusted_root.json', sigstore.trustedRoot());
  images.write('signing_config.json', sigstore.signingConfig(2));
  const config = ['--signing-config', 'signing_config.json'];
  await images.run('trust', 'import-cosign', 'trusted_root.json', ...config);
  const [, , azure] = blocks(PAGE, 'yaml').map((text) => parse(text));
  const args = azure.steps[0].script.replace('"$IMAGE"', image).split(' ').slice(1);
  const env = {
    SYSTEM_OIDCREQUESTURI: `${sigstore.url}/azure`,
    SYSTEM_ACCESSTOKEN: 'of the pipeline',
  };
  expect((await images.runWith(env, ...args)).stdout).toContain(`signed as ${IDENTITY}`);
});
