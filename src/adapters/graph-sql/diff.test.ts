import { describe, expect, it } from 'vitest';
import { FEEDS } from '../../../test/support/feeds.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { encodeJson } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import { makeImageDigest } from '../../../test/support/question-world.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { Diff, Page } from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/diff/view.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';
import { graphPorts as ports } from '../../entrypoints/compose/graph-ports.ts';

const graph = freshGraph(ports);
const image = (version: string) => makeImageDigest(`trips ${version}`);

/** `name@version`, with a licence. */
function sbom(of: string, components: Readonly<Record<string, string | null>>): EvidenceInput {
  const listed = Object.entries(components).map(([at, licence]) => {
    const [name = '', version = ''] = at.split('@');
    return {
      ...{ type: 'library', name, version, purl: `pkg:npm/${at}` },
      ...(licence === null ? {} : { licenses: [{ expression: licence }] }),
    };
  });
  const metadata = { component: { type: 'container', name: of } };
  const body = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata };
  return {
    ...{ kind: 'sbom', mediaType: 'application/vnd.cyclonedx+json', subject: image(of) },
    body: encodeJson({ ...body, components: listed, compositions: [{ aggregate: 'complete' }] }),
  };
}

const release = (version: string, commit: string, owner = 'team-a'): EvidenceInput =>
  recordInput('release', {
    ...{ name: 'trips', version, releasedAt: day(1), owner, build: null, artifacts: [] },
    source: { host: 'https://git.example.com', repository: 'trips', commit },
    images: [
      { reference: `registry.example.com/trips:${version}`, digest: image(version), platforms: [] },
    ],
  });

const signed = (version: string, identity: string, covers: readonly Digest[] = []): EvidenceInput =>
  recordInput('verification', {
    ...{ subject: image(version), covers: [...covers], signature: sha256(identity), reasons: [] },
    ...{ trust: { revision: 1, digest: sha256('trust') }, outcome: 'trusted' },
    ...{ signer: { format: 'x509', identity, thumbprint: null }, verifiedAt: day(1) },
  });

const advisory = (id: string, name: string, introduced: string, fixed: string): EvidenceInput => ({
  ...{ kind: 'advisories', mediaType: 'x', subject: null },
  body: encodeJson({
    ...{ id, modified: '2026-01-01T00:00:00Z', database_specific: { severity: 'HIGH' } },
    affected: [
      {
        package: { ecosystem: 'npm', name },
        ranges: [{ type: 'SEMVER', events: [{ introduced }, { fixed }] }],
      },
    ],
  }),
});

const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, day(1)));
const ask = async (from = 'trips@1', to = 'trips@2', page: Page = ASK.page): Promise<Diff> =>
  orThrow(
    await graph.reader.ask({
      ...{ name: 'diff', from: { called: from }, to: { called: to }, ...ASK, page },
    }),
  );
const list = ({ differences }: Diff) =>
  differences.map(({ what, change, name, from, to }) => [what, change, name, from, to]);

async function writePair(): Promise<void> {
  await append(
    ...[release('1', 'aaa'), release('2', 'bbb'), signed('1', 'CN=old'), signed('2', 'CN=new')],
    sbom('1', { 'same@1.0.0': 'MIT', 'lib@1.0.0': 'MIT', 'gone@1.0.0': 'ISC' }),
    sbom('2', { 'same@1.0.0': 'MIT', 'lib@2.0.0': 'MIT', 'come@1.0.0': 'GPL-3.0-only' }),
    ...[advisory('GHSA-1', 'lib', '0', '2.0.0'), advisory('GHSA-2', 'come', '0', '9.0.0')],
    FEEDS,
  );
}

describe('the difference between two releases', () => {
  it('has origin, findings, licences and components, and nothing that both have', async () => {
    await writePair();
    const answer = await ask();
    expect(list(answer)).toEqual([
      ['provenance', 'changed', 'commit', 'aaa', 'bbb'],
      ['provenance', 'changed', 'signer', 'CN=old', 'CN=new'],
      ['finding', 'removed', 'GHSA-1 in pkg:npm/lib', 'affected', null],
      ['finding', 'added', 'GHSA-2 in pkg:npm/come', null, 'affected'],
      ['licence', 'added', 'GPL-3.0-only', null, 'GPL-3.0-only'],
      ['licence', 'removed', 'ISC', 'ISC', null],
      ['component', 'added', 'pkg:npm/come', null, '1.0.0'],
      ['component', 'removed', 'pkg:npm/gone', '1.0.0', null],
      ['component', 'changed', 'pkg:npm/lib', '1.0.0', '2.0.0'],
    ]);
    expect(answer.newFindings).toBe(1);
    expect(view.pickExitCode?.(answer)).toBe(1);
    expect(view.pickExitCode?.(await ask('trips@2', 'trips@2'))).toBe(0);
  });

  it('goes on from page to page, and each page knows of new findings', async () => {
    await writePair();
    const seen: unknown[] = [];
    let after: string | null = null;
    do {
      const answer: Diff = await ask('trips@1', 'trips@2', { rowsMax: 2, after });
      expect(view.pickExitCode?.(answer)).toBe(1);
      seen.push(...list(answer));
      after = answer.next;
    } while (after !== null);
    expect(seen).toEqual(list(await ask()));
  });

  it('a finding that trusted VEX excuses is none', async () => {
    await writePair();
    const vex: EvidenceInput = {
      ...{ kind: 'statement', mediaType: 'application/json', subject: image('2') },
      body: encodeJson({
        ...{ '@context': 'https://openvex.dev/ns/v0.2.0', timestamp: '2026-01-02T00:00:00Z' },
        statements: [
          {
            ...{ vulnerability: { name: 'GHSA-2' }, status: 'not_affected' },
            ...{ products: [{ '@id': 'pkg:npm/come' }], impact_statement: 'It is not called.' },
          },
        ],
      }),
    };
    await append(vex, signed('vex', 'CN=security', [sha256(vex.body)]));
    const answer = await ask();
    expect(list(answer).filter(([what]) => what === 'finding')).toEqual([
      ['finding', 'removed', 'GHSA-1 in pkg:npm/lib', 'affected', null],
    ]);
    expect([answer.newFindings, view.pickExitCode?.(answer)]).toEqual([0, 0]);
  });

  it('of several versions of a package does not guess which replaced which', async () => {
    await append(
      ...[release('1', 'aaa'), release('2', 'aaa')],
      sbom('1', { 'lib@1.0.0': 'MIT', 'lib@1.1.0': 'MIT' }),
      sbom('2', { 'lib@2.0.0': 'MIT' }),
    );
    expect(list(await ask())).toEqual([
      ['component', 'added', 'pkg:npm/lib', null, '2.0.0'],
      ['component', 'removed', 'pkg:npm/lib', '1.0.0', null],
      ['component', 'removed', 'pkg:npm/lib', '1.1.0', null],
    ]);
  });

  it('with a side that is not known is open, never "no difference"', async () => {
    await append(release('1', 'aaa'), release('2', 'aaa'), sbom('1', { 'lib@1.0.0': 'MIT' }));
    const unknown = await ask('trips@1', 'trips@2');
    expect(unknown.to.inventory).toBeNull();
    expect(view.pickExitCode?.(unknown)).toBe(3);
    await append(sbom('2', { 'lib@1.0.0': 'MIT' }));
    const uncovered = await ask();
    expect(uncovered.to).toEqual({ inventory: 'complete', judged: false, licensed: true });
    expect([view.pickExitCode?.(uncovered), uncovered.differences]).toEqual([3, []]);
    expect(view.tables[0]?.describeNone(uncovered)).toBe('no difference is known\n');
    await append(FEEDS, advisory('GHSA-1', 'other', '0', '2.0.0'));
    expect(view.pickExitCode?.(await ask())).toBe(0);
  });
});
