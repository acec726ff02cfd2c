import { describe, expect, it } from 'vitest';
import { running } from '../../../test/support/edge-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { encodeJson } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import { makeImageDigest } from '../../../test/support/question-world.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { markPosted } from '../../capabilities/evidence/index.ts';
import type { Missing, QuestionOptions } from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/missing/view.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { formatInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import { graphPorts as ports } from '../../entrypoints/compose/graph-ports.ts';

const graph = freshGraph(ports);
const DAY_MS = 86_400_000;
const image = makeImageDigest('trips');
const subject = [{ name: 'trips', digest: { sha256: image.slice(7) } }];
const statement = (predicateType: string, predicate: object): EvidenceInput => ({
  ...{ kind: 'statement', mediaType: 'application/vnd.in-toto+json', subject: image },
  body: encodeJson({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }),
});
const PROVENANCE = statement('https://slsa.dev/provenance/v1', { buildDefinition: {} });

/** A report of a scan that was made at a day. */
const scan = (at: number): EvidenceInput => ({
  ...{ kind: 'scan', mediaType: 'application/json', subject: image },
  body: encodeJson({
    ...{ SchemaVersion: 2, CreatedAt: formatInstant(day(at)), ArtifactName: 'trips' },
    ...{ ArtifactType: 'container_image', Results: [{ Target: 'a', Class: 'os-pkgs' }] },
  }),
});
const SBOM: EvidenceInput = {
  ...{ kind: 'sbom', mediaType: 'application/vnd.cyclonedx+json', subject: image },
  body: encodeJson({
    ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components: [] },
    compositions: [{ aggregate: 'complete' }],
  }),
};
const RELEASE = recordInput('release', {
  ...{ name: 'trips', version: '1', releasedAt: day(1), owner: 'team-a', source: null },
  ...{ build: null, artifacts: [] },
  images: [{ reference: 'registry.example.com/trips:1', digest: image, platforms: [] }],
});
const signed = (document: Digest, statements: readonly ['image' | 'scan' | 'provenance']) =>
  recordInput('verification', {
    ...{ subject: document, covers: [], signature: sha256(`of ${document}`), reasons: [] },
    ...{ trust: { revision: 1, digest: sha256('trust') }, outcome: 'trusted', verifiedAt: day(1) },
    ...{ signer: { format: 'x509', identity: 'CN=ci', thumbprint: null } },
    statements: [...statements],
  });

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, day(9)));
const ask = async (more: Partial<QuestionOptions> = {}): Promise<Missing> =>
  orThrow(
    await graph.reader.ask({
      ...{ name: 'missing', scannedWithin: 7 * DAY_MS, ...ASK, asOf: day(9), ...more },
    }),
  );
const list = ({ deployments }: Missing) => deployments.map(({ lacks }) => lacks);
const run = (...images: readonly Digest[]) => running('eu', day(9), ...images);

describe('G2: what runs and lacks evidence', () => {
  it('lacks everything where nothing is known, and nothing where all is', async () => {
    await append(run(image));
    const bare = await ask();
    expect(list(bare)).toEqual([['release', 'sbom', 'signature', 'provenance', 'scan']]);
    expect(view.pickExitCode?.(bare)).toBe(1);
    await append(
      ...[RELEASE, SBOM, signed(image, ['image']), PROVENANCE, scan(8)],
      signed(sha256(PROVENANCE.body), ['provenance']),
    );
    const whole = await ask();
    expect(list(whole)).toEqual([]);
    expect(view.pickExitCode?.(whole)).toBe(0);
  });

  it('a signature counts for what its signer may state', async () => {
    await append(run(image), RELEASE, SBOM, scan(8), PROVENANCE, signed(image, ['scan']));
    expect(list(await ask())).toEqual([['signature', 'provenance']]);
    await append(signed(sha256(PROVENANCE.body), ['scan']));
    expect(list(await ask())).toEqual([['signature', 'provenance']]);
  });

  it('a scan counts by when it was made, not by when it was recorded', async () => {
    await append(run(image), scan(1));
    expect(list(await ask())[0]).toContain('scan');
    expect((await ask()).scannedSince).toBe(day(2));
    await append(scan(3));
    expect(list(await ask())[0]).not.toContain('scan');
  });

  it('a scan that somebody posted counts with a signature alone', async () => {
    const fresh = scan(8);
    const posted = { ...fresh, mediaType: markPosted(fresh.mediaType, 'ci') };
    await append(run(image), posted);
    expect(list(await ask())[0]).toContain('scan');
    await append(signed(sha256(fresh.body), ['scan']));
    expect(list(await ask())[0]).not.toContain('scan');
  });

  it('a container without a digest leaves the answer open (C22)', async () => {
    const workloads = [
      {
        ...{ namespace: 'shop', kind: 'Deployment', name: 'dark' },
        images: [{ container: 'main', reference: 'registry.example.com/dark', digest: null }],
      },
    ];
    const seen = { cluster: 'eu', region: 'eu', observedAt: day(9), leaseMs: DAY_MS, workloads };
    await append(recordInput('deployment', seen));
    const answer = await ask();
    expect([list(answer), answer.undigested.length]).toEqual([[], 1]);
    expect(view.pickExitCode?.(answer)).toBe(3);
  });

  it('goes on from page to page, and a page that is not the last is not clean', async () => {
    await append(run(...['a', 'b', 'c'].map((name) => makeImageDigest(name))));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const answer: Missing = await ask({ page: { rowsMax: 2, after } });
      seen.push(...answer.deployments.map(({ workload }) => workload.name));
      after = answer.next;
      const cut = { ...answer, deployments: [] };
      expect(view.pickExitCode?.(cut)).toBe(after === null ? 0 : 3);
    } while (after !== null);
    expect(seen).toEqual(['web-0', 'web-1', 'web-2']);
  });
});
