import { openWriter } from '../../src/adapters/graph-sql/index.ts';
import type { EvidenceInput } from '../../src/capabilities/evidence/index.ts';
import { evaluate } from '../../src/capabilities/policy/index.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { parsePurl } from '../../src/core/purl.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts as ports } from '../../src/entrypoints/compose/graph-ports.ts';
import { buildDecisionEvidence } from '../../src/gates/desk/index.ts';
import { buildFactsEvidence } from '../../src/gates/facts/index.ts';
import { violation } from './edge-documents.ts';
import { makeDay, recordInput } from './graph-history.ts';
import { encodeJson } from './graph-ports.ts';
import { LOG4SHELL } from './log4shell.ts';
import { cleanFacts, NOON, shopPolicy } from './policy-facts.ts';

/**
 * A small world for every question: trips is exposed and runs, poi has the fixed backport, dark has
 * no inventory.
 */
export const CORE = 'pkg:maven/org.apache.logging.log4j/log4j-core';
export const FORGED = 'pkg:npm/%1b%5B2Jforged%0Aline@1';
export const makeImageDigest = (name: string): Digest => sha256(`image ${name}`);
const makeSource = (name: string) => ({
  host: 'https://git.example.com',
  repository: `shop/${name}`,
  commit: `c0ffee${name}`,
});

function release(name: string): EvidenceInput {
  const images = [
    {
      reference: `registry.example.com/shop/${name}:1.4`,
      digest: makeImageDigest(name),
      platforms: [],
    },
  ];
  const rest = {
    owner: 'team-a',
    source: makeSource(name),
    build: { id: '7', builder: 'ci' },
    artifacts: [],
  };
  return recordInput('release', { name, version: '1.4', releasedAt: makeDay(1), images, ...rest });
}

function sbom(of: string, ...purls: readonly string[]): EvidenceInput {
  const components = purls.map((purl) => {
    const { name, version } = orThrow(parsePurl(purl));
    return { type: 'library', 'bom-ref': purl, name, version: version ?? '', purl };
  });
  const dependencies = [
    { ref: 'root', dependsOn: ['between'] },
    { ref: 'between', dependsOn: purls },
  ];
  const between = {
    type: 'library',
    'bom-ref': 'between',
    name: 'between',
    version: '3',
    purl: 'pkg:npm/between@3',
  };
  const metadata = { component: { 'bom-ref': 'root', type: 'container', name: of } };
  const body = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata, dependencies };
  const compositions = [{ aggregate: 'complete' }];
  const whole = encodeJson({ ...body, components: [between, ...components], compositions });
  return {
    kind: 'sbom',
    mediaType: 'application/vnd.cyclonedx+json',
    body: whole,
    subject: makeImageDigest(of),
  };
}

const signedBy = (document: EvidenceInput, identity: string): EvidenceInput =>
  recordInput('verification', {
    ...{
      signature: sha256(identity),
      subject: sha256('manifest'),
      covers: [sha256(document.body)],
      outcome: 'trusted',
    },
    ...{ signer: { format: 'notary-jws', identity, thumbprint: null }, reasons: [] },
    ...{ trust: { revision: 1, digest: sha256('trust') }, verifiedAt: makeDay(2) },
  });

export async function writeAskedWorld(path: string): Promise<void> {
  const inventory = sbom('trips', `${CORE}@2.14.1`);
  const commit = recordInput('commit', {
    ...{
      source: makeSource('trips'),
      author: 'ada@example.com',
      committer: 'ada@example.com',
      committedAt: makeDay(1),
    },
    ...{ signed: true, signer: { format: 'ssh', identity: 'ada@example.com', thumbprint: null } },
  });
  const workloads = ['trips', 'poi'].map((name) => ({
    ...{ namespace: 'shop', kind: 'Deployment', name },
    images: [
      {
        container: 'main',
        reference: `registry.example.com/shop/${name}:1.4`,
        digest: makeImageDigest(name),
      },
    ],
  }));
  const seen = {
    cluster: 'eu-1',
    region: 'eu-west',
    observedAt: makeDay(2),
    leaseMs: 86_400_000,
    workloads,
  };
  const event = violation('1', 2, { container: 'main' });
  const facts = cleanFacts({});
  const evaluation = evaluate(shopPolicy(), { gate: 'admission', facts, now: NOON });
  const decided = { subject: makeImageDigest('trips'), workload: null, evaluation, now: NOON };
  const advisories = {
    kind: 'advisories',
    mediaType: 'x',
    body: encodeJson(LOG4SHELL),
    subject: null,
  } as const;
  const writer = orThrow(await openWriter({ path, ports }));
  const documents = [
    release('trips'),
    release('poi'),
    release('dark'),
    inventory,
    sbom('poi', `${CORE}@2.12.3`),
    commit,
  ];
  const later = [recordInput('deployment', seen), event, advisories, signedBy(inventory, 'CN=ci')];
  const last = [...buildFactsEvidence(evaluation), buildDecisionEvidence(decided)];
  orThrow(await writer.append([...documents, ...later, ...last], makeDay(9)));
  await writer.close();
}
