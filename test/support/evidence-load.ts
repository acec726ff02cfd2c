import type { Agent } from 'node:https';
import { encodeRecord } from '../../src/capabilities/evidence/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { type HttpAnswer, sendRequest } from './send-request.ts';

/** One request that sends evidence. */
export interface EvidenceRequest {
  readonly path: string;
  readonly body: string | Uint8Array;
}

const COMPONENTS = 40;
const VERSIONS = 11;

/** An inventory whose packages have other versions for each `at`. */
export function sbomText(at: number): string {
  const components = Array.from({ length: COMPONENTS }, (_, part) => {
    const version = `1.0.${(at + part) % VERSIONS}`;
    return {
      type: 'library',
      name: `part-${part}`,
      version,
      purl: `pkg:npm/part-${part}@${version}`,
    };
  });
  const metadata = { component: { type: 'container', name: `image-${at}` } };
  return JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata,
    components,
    compositions: [{ aggregate: 'complete' }],
  });
}

export function advisoryText(at: number, id = `ADV-${at % 7}`): string {
  const events = [{ introduced: '0' }, { fixed: `1.0.${at % VERSIONS}` }];
  const affected = [
    { package: { ecosystem: 'npm', name: `part-${at % 5}` }, ranges: [{ type: 'SEMVER', events }] },
  ];
  return JSON.stringify({
    id,
    modified: new Date(1_700_000_000_000 + at * 1_000).toISOString(),
    affected,
  });
}

/** Evidence of every kind that changes the graph. No document repeats. */
export function posting(at: number): EvidenceRequest {
  const digest = sha256(`image ${at}`);
  if (at % 4 === 1) return { path: '/v1/evidence?kind=advisories', body: `${advisoryText(at)}\n` };
  if (at % 4 === 2) return { path: '/v1/evidence?kind=release', body: releaseRecord(at) };
  if (at % 4 === 3) return { path: '/v1/evidence?kind=deployment', body: deploymentRecord(at) };
  return { path: `/v1/evidence?kind=sbom&subject=${digest}`, body: sbomText(at) };
}

function releaseRecord(at: number): Uint8Array {
  const digest = sha256(`image ${at - 2}`);
  return encodeRecord('release', {
    name: `app-${at % 13}`,
    version: `${at}`,
    releasedAt: toInstant(1_700_000_000_000 + at),
    owner: `team-${at % 3}`,
    source: {
      host: 'git.example.com',
      repository: 'https://git.example.com/shop/app',
      commit: 'c'.repeat(40),
    },
    build: null,
    images: [{ reference: `registry.example.com/shop/app@${digest}`, digest, platforms: [] }],
    artifacts: [],
  });
}

function deploymentRecord(at: number): Uint8Array {
  const digest = sha256(`image ${at - 3}`);
  const image = { reference: `registry.example.com/shop/app@${digest}`, digest, container: 'app' };
  return encodeRecord('deployment', {
    cluster: `eu-${at % 2}`,
    region: null,
    observedAt: toInstant(1_700_000_000_000 + at * 1_000),
    leaseMs: 60_000,
    workloads: [{ namespace: 'shop', kind: 'Deployment', name: `app-${at % 5}`, images: [image] }],
  });
}

/** One POST to our own server. It rejects when the server ends. */
export function post(
  url: string,
  agent: Agent,
  { path, body }: EvidenceRequest,
): Promise<HttpAnswer> {
  return sendRequest(`${url}${path}`, { method: 'POST', agent }, body);
}
