import { beforeEach, describe, expect, it } from 'vitest';
import type { EvidenceInput } from '../../src/capabilities/evidence/index.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from '../../src/entrypoints/compose/graph-ports.ts';
import { freshGraph } from '../support/fresh-graph.ts';
import { makeDay, recordInput } from '../support/graph-history.ts';
import { encodeJson } from '../support/graph-ports.ts';

/**
 * C23, C28: an index of two platforms, whose inventory is about the index. The second platform
 * runs, and somebody who may do so states something about it.
 */
const CVE = 'CVE-2026-99999';
const PAD = 'pkg:npm/evil-pad@1.1.0';
const [AMD, ARM] = [sha256('amd64'), sha256('arm64')];
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const index = encodeJson({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [AMD, ARM].map((digest, at) => ({
    ...{ mediaType: MANIFEST, digest, size: 2 },
    platform: { os: 'linux', architecture: ['amd64', 'arm64'][at] },
  })),
});
const INDEX = sha256(index);
const REFERENCE = 'registry.example.com/shop/vexed:1.0';
const graph = freshGraph(graphPorts);

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, makeDay(9)));

const inventory = encodeJson({
  ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
  metadata: { component: { 'bom-ref': 'root', type: 'container', name: 'vexed' } },
  components: [{ 'bom-ref': 'c1', type: 'library', name: 'evil-pad', version: '1.1.0', purl: PAD }],
  dependencies: [{ ref: 'root', dependsOn: ['c1'] }],
  compositions: [{ aggregate: 'complete' }],
});
const advisory = encodeJson({
  ...{ schema_version: '1.6.0', id: CVE, modified: '2026-01-01T00:00:00Z' },
  affected: [{ package: { ecosystem: 'npm', name: 'evil-pad' }, versions: ['1.1.0'] }],
});

beforeEach(async () => {
  const images = [
    {
      ...{ reference: REFERENCE, digest: INDEX },
      platforms: [AMD, ARM].map((digest) => ({ digest, platform: null })),
    },
  ];
  const rest = { owner: null, source: null, build: null, artifacts: [] };
  const workload = {
    ...{ namespace: 'shop', kind: 'Deployment', name: 'vexed' },
    images: [{ container: 'c', reference: REFERENCE, digest: ARM }],
  };
  await append(
    recordInput('release', {
      ...{ name: 'vexed', version: '1.0', releasedAt: makeDay(1), images, ...rest },
    }),
    { kind: 'image', mediaType: 'x', body: index, subject: INDEX },
    { kind: 'sbom', mediaType: 'x', body: inventory, subject: INDEX },
    { kind: 'advisories', mediaType: 'x', body: advisory, subject: null },
    recordInput('deployment', {
      ...{ cluster: 'eu-1', region: null, observedAt: makeDay(2), leaseMs: 7 * 86_400_000 },
      workloads: [workload],
    }),
  );
});

/** Somebody who may state VEX signed this document about this image. */
async function state(document: object, about: Digest, kind: 'statement' | 'sbom' = 'statement') {
  const body = encodeJson(document);
  await append(
    { kind, mediaType: 'application/json', body, subject: about },
    recordInput('verification', {
      ...{ signature: sha256('signature'), subject: sha256('manifest'), covers: [sha256(body)] },
      ...{ outcome: 'trusted', reasons: [], statements: ['vex', 'sbom'] },
      signer: { format: 'notary-jws', identity: 'CN=security', thumbprint: null },
      ...{ trust: { revision: 1, digest: sha256('trust') }, verifiedAt: makeDay(3) },
    }),
  );
}

async function ask() {
  const { releases, excused } = orThrow(
    await graph.reader.ask({ name: 'exposure', vulnerability: CVE }),
  );
  return [
    releases.flatMap(({ deployments }) => deployments.map(({ cluster }) => cluster)),
    excused.map(({ purl }) => purl),
  ];
}
const EXPOSED = [['eu-1'], []];
const EXCUSED = [[], [PAD]];

const oci = (digest: Digest, more = '') => `pkg:oci/vexed@${digest.replace(':', '%3A')}${more}`;
const NOT_AFFECTED = { status: 'not_affected', justification: 'vulnerable_code_not_present' };
const openVex = (statement: object, version = 'v0.2.0') => ({
  '@context': `https://openvex.dev/ns/${version}`,
  ...{ '@id': 'https://x.example/1', author: 'a', timestamp: '2026-01-02T00:00:00Z', version: 1 },
  statements: [{ vulnerability: { name: CVE }, ...NOT_AFFECTED, ...statement }],
});

describe('C23: what a statement says in the graph is no wider than it is', () => {
  it('an index is not its members: what is said of amd64 leaves arm64 exposed', async () => {
    expect(await ask()).toEqual(EXPOSED);
    const amd64 = openVex({ products: [{ '@id': oci(AMD, '?arch=amd64') }] });
    await state(amd64, AMD);
    expect(await ask()).toEqual(EXPOSED);
    await state(amd64, INDEX);
    expect(await ask()).toEqual(EXPOSED);
    await state(openVex({ products: [{ '@id': oci(INDEX) }] }), INDEX);
    expect(await ask()).toEqual(EXCUSED);
  });

  it('subcomponents of a statement limit each of its products (OpenVEX 0.0.1)', async () => {
    const about = (part: string) =>
      openVex({ products: [oci(INDEX)], subcomponents: [part] }, 'v0.0.1');
    await state(about('pkg:deb/debian/tzdata@1'), INDEX);
    expect(await ask()).toEqual(EXPOSED);
    await state(about(PAD), INDEX);
    expect(await ask()).toEqual(EXCUSED);
  });

  it('a statement without products is about the subjects of the in-toto statement', async () => {
    const statement = (digest: Digest) => ({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'vexed', digest: { sha256: digest.slice('sha256:'.length) } }],
      predicateType: 'https://openvex.dev/ns/v0.2.0',
      predicate: openVex({}),
    });
    await state(statement(AMD), INDEX);
    expect(await ask()).toEqual(EXPOSED);
    await state(statement(INDEX), INDEX);
    expect(await ask()).toEqual(EXCUSED);
  });
});

describe('C28: VEX in CycloneDX is VEX', () => {
  const analysis = { state: 'not_affected', justification: 'code_not_reachable' };
  const pad = { type: 'library', 'bom-ref': 'c1', name: 'evil-pad', version: '1.1.0', purl: PAD };
  const vex = (components: readonly object[], ref: string) => ({
    ...{ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 },
    metadata: { timestamp: '2026-01-02T00:00:00Z' },
    ...(components.length === 0 ? {} : { components }),
    vulnerabilities: [{ id: CVE, analysis, affects: [{ ref }] }],
  });

  it.each([
    ['with the component that it is about', vex([pad], 'c1')],
    ['without components', vex([], PAD)],
  ])('%s: it is applied, and no inventory', async (_, document) => {
    await state(document, INDEX);
    expect(await ask()).toEqual(EXCUSED);
  });

  it('posted as an inventory, it is none, and the graph says so', async () => {
    await state(vex([pad], 'c1'), sha256('other'), 'sbom');
    const { problems, rows } = orThrow(await graph.reader.ask({ name: 'status' }));
    expect(problems).toMatchObject([
      { kind: 'unreadable', detail: expect.stringContaining('VEX') },
    ]);
    expect(rows['component_set']).toBe(1);
    expect(await ask()).toEqual(EXPOSED);
  });

  it('an inventory that states analyses too is still an inventory', async () => {
    const both = { ...vex([pad], 'c1'), dependencies: [{ ref: 'c1', dependsOn: [] }] };
    await state(both, sha256('other'), 'sbom');
    expect(orThrow(await graph.reader.ask({ name: 'status' })).problems).toEqual([]);
  });
});
