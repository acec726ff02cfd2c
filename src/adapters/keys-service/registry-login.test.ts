import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type RunningService,
  type ServiceRequest,
  startService,
} from '../../../test/support/key-services/service.ts';
import { findCloud, hasCloudIdentity, logInToRegistry } from './registry-login.ts';

let service: RunningService;
let registry: Server;
let asked: { path: string; form: URLSearchParams }[];
let status: number;

beforeEach(async () => {
  service = await startService(answer);
  asked = [];
  status = 200;
  registry = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const form = new URLSearchParams(Buffer.concat(pieces).toString());
    asked.push({ path: request.url ?? '', form });
    response.writeHead(status);
    response.end(JSON.stringify({ refresh_token: 'refresh-token-of-the-registry' }));
  });
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
});
afterEach(async () => {
  registry.closeAllConnections();
  registry.close();
  await service.close();
});

const registryHost = () => `127.0.0.1:${(registry.address() as AddressInfo).port}`;
const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';

/** Entra ID, Amazon ECR and Google's token service, as their documents describe them. */
function answer({ url, headers, text, json }: ServiceRequest) {
  if (url.pathname === '/tenant-1/oauth2/v2.0/token') {
    const form = new URLSearchParams(text);
    const isRight =
      form.get('client_assertion') === 'projected-token' &&
      form.get('scope') === 'https://containerregistry.azure.net/.default';
    return isRight ? { json: { access_token: 'entra-token' } } : { status: 400, json: {} };
  }
  if (headers['x-amz-target'] === 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken') {
    const isSigned = /Credential=AKID\/\d{8}\/eu-west-1\/ecr\/aws4_request/.test(
      headers['authorization'] ?? '',
    );
    const authorizationToken = Buffer.from('AWS:password-of-ecr').toString('base64');
    return isSigned && JSON.stringify(json) === '{}'
      ? { json: { authorizationData: [{ authorizationToken }] } }
      : { status: 400, json: { __type: 'InvalidSignatureException' } };
  }
  if (url.pathname.endsWith('/service-accounts/default/token'))
    return { json: { access_token: 'google-token' } };
  return { status: 404 };
}

function azure() {
  const file = join(service.folder, 'federated');
  writeFileSync(file, 'projected-token\n');
  return {
    ...{ AZURE_CLIENT_ID: 'client-1', AZURE_TENANT_ID: 'tenant-1' },
    ...{ AZURE_FEDERATED_TOKEN_FILE: file, AZURE_AUTHORITY_HOST: `https://${service.host}/` },
    AWS_CA_BUNDLE: service.caFile,
  };
}
const aws = () => ({
  ...{ AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret-of-aws' },
  ...{ AWS_ENDPOINT_URL_ECR: `https://${service.host}/`, AWS_CA_BUNDLE: service.caFile },
});

describe('The registry of a cloud', () => {
  it('of Azure gets a token of Entra ID and gives a refresh token for it', async () => {
    const taken = await logInToRegistry(registryHost(), 'azure', azure());
    expect(taken).toEqual({
      ok: true,
      value: { kind: 'identity-token', token: 'refresh-token-of-the-registry' },
    });
    const [{ path, form } = { path: '', form: new URLSearchParams() }] = asked;
    expect([path, Object.fromEntries(form)]).toEqual([
      '/oauth2/exchange',
      {
        ...{ grant_type: 'access_token', service: registryHost(), tenant: 'tenant-1' },
        access_token: 'entra-token',
      },
    ]);
  });

  it('of Azure that refuses the identity is named, and no token is shown', async () => {
    status = 401;
    const taken = await logInToRegistry(registryHost(), 'azure', azure());
    expect(taken).toMatchObject({ ok: false, failure: { code: 'REGISTRY_DENIED' } });
    expect(JSON.stringify(taken)).not.toMatch(/entra-token|projected-token/);
  });

  it('of Amazon gives a password for a signed request', async () => {
    expect(await logInToRegistry(ECR, 'aws', aws())).toEqual({
      ok: true,
      value: { kind: 'password', user: 'AWS', password: 'password-of-ecr' },
    });
    const other = await logInToRegistry(ECR, 'aws', { ...aws(), AWS_ACCESS_KEY_ID: 'OTHER' });
    expect(other).toMatchObject({ ok: false, failure: { code: 'REGISTRY_DENIED' } });
    expect(JSON.stringify(other)).not.toContain('secret-of-aws');
  });

  it.each([
    ['shopping.azurecr.io', 'azure'],
    ['shopping.azurecr.io.attacker.example', null],
    ['evil.example/shopping.azurecr.io', null],
    ['a.shopping.azurecr.io', null],
    [ECR, 'aws'],
    [`${ECR}.attacker.example`, null],
    ['eu.gcr.io', 'google'],
    ['europe-west1-docker.pkg.dev', 'google'],
    ['docker.pkg.dev.example', null],
    ['registry.example.com', null],
  ])('A14, G27: %s is known by its whole name: %s', (host, cloud) => {
    expect(findCloud(host)).toBe(cloud);
  });

  it('is asked for only where somebody gave this process an identity', () => {
    expect([hasCloudIdentity('azure', azure()), hasCloudIdentity('azure', {})]).toEqual([
      ...[true, false],
    ]);
    expect([hasCloudIdentity('aws', aws()), hasCloudIdentity('google', aws())]).toEqual([
      ...[true, false],
    ]);
  });
});
