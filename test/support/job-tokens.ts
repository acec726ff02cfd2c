import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { JsonObject } from '../../src/core/json.ts';

/** A key of a platform that signs tokens of its jobs. */
export interface PlatformKey {
  readonly id: string;
  readonly algorithm: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly jwk: JsonObject;
}

export function platformKey(algorithm: PlatformKey['algorithm'], id = 'one'): PlatformKey {
  const { privateKey, publicKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: id, use: 'sig', alg: algorithm };
  return { id, algorithm, privateKey, jwk: jwk as JsonObject };
}

export function jobToken(key: PlatformKey, claims: JsonObject, header: JsonObject = {}): string {
  const head = { typ: 'JWT', alg: key.algorithm, kid: key.id, ...header };
  const signed = [head, claims].map((part) => encode(Buffer.from(JSON.stringify(part)))).join('.');
  const dsaEncoding = 'ieee-p1363' as const;
  const made = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding });
  return `${signed}.${encode(made)}`;
}

const encode = (bytes: Buffer): string => bytes.toString('base64url');

const COMMIT = 'a'.repeat(40);

/** The claims that each platform documents, for a job of one commit, without times. */
export const JOB_CLAIMS = {
  'github-actions': {
    iss: 'https://token.actions.githubusercontent.com',
    aud: 'waybill',
    sub: 'repo:shop/trips:ref:refs/heads/main',
    repository: 'shop/trips',
    repository_id: '74',
    sha: COMMIT,
    ref: 'refs/heads/main',
    job_workflow_ref: 'shop/builds/.github/workflows/release.yml@refs/heads/main',
    run_id: '8812',
    run_attempt: '2',
    runner_environment: 'github-hosted',
  },
  gitlab: {
    iss: 'https://gitlab.example.com',
    aud: ['waybill'],
    sub: 'project_path:shop/trips:ref_type:branch:ref:main',
    project_path: 'shop/trips',
    sha: COMMIT,
    ref: 'main',
    ref_path: 'refs/heads/main',
    ci_config_ref_uri: 'gitlab.example.com/shop/trips//.gitlab-ci.yml@refs/heads/main',
    job_id: '302',
    runner_environment: 'self-hosted',
  },
  'azure-pipelines': {
    iss: 'https://vstoken.dev.azure.com/0ca3ddd9-f0b0-4635-a98c-000000000000',
    aud: 'api://AzureADTokenExchange',
    sub: 'p://shop/trips/release',
    org_id: '0ca3ddd9-f0b0-4635-a98c-000000000000',
    prj_id: '271ef6f7-5998-4b0f-86fb-000000000000',
    def_id: '1',
    rpo_id: 'shop/trips',
    rpo_uri: 'https://github.com/shop/trips.git',
    rpo_ver: COMMIT,
    rpo_ref: 'refs/heads/main',
    run_id: '5',
  },
} as const;
