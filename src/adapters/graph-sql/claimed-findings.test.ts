import { describe, expect, it } from 'vitest';
import {
  type ForeignFinding,
  grypeJson,
  makeStatement,
  trivyJson,
  trivySarif,
} from '../../../test/support/foreign-documents.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { encodeJson } from '../../../test/support/graph-ports.ts';
import { ASK as ask } from '../../../test/support/question-options.ts';
import { type EvidenceInput, markPosted } from '../../capabilities/evidence/index.ts';
import { view as exposureView } from '../../capabilities/graph/questions/exposure/view.ts';
import { view as findingsView } from '../../capabilities/graph/questions/findings/view.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';
import { graphPorts } from '../../entrypoints/compose/graph-ports.ts';

const graph = freshGraph(graphPorts);
const IMAGE = sha256('image');
const CVE = 'CVE-2026-1111';
const OTHER = 'CVE-2026-2222';
const left: ForeignFinding = {
  type: 'npm',
  name: 'left',
  version: '1.0.0',
  id: CVE,
  severity: 'CRITICAL',
};
const right: ForeignFinding = { ...left, name: 'right', id: OTHER, severity: 'LOW' };

function scan(body: Uint8Array, poster: string | null = null, subject: Digest = IMAGE) {
  const mediaType = 'application/json';
  const marked = poster === null ? mediaType : markPosted(mediaType, poster);
  return { kind: 'scan', mediaType: marked, body, subject } as const satisfies EvidenceInput;
}

/** `trivy image --pkg-types os`, or with both kinds of packages. */
function trivyParts(at: number, ...classes: readonly string[]): EvidenceInput {
  const CreatedAt = new Date(day(at)).toISOString();
  const Metadata = { ImageID: sha256('config') };
  const Results = classes.map((name) => ({ Target: name, Class: name, Type: 'x' }));
  return scan(encodeJson({ SchemaVersion: 2, ArtifactName: 'x', CreatedAt, Metadata, Results }));
}

const trivy = (found: readonly ForeignFinding[], at: number, poster: string | null = null) =>
  scan(trivyJson(found, { at: day(at), imageId: sha256('config') }), poster);

async function record(...inputs: readonly EvidenceInput[]): Promise<void> {
  for (const input of inputs) orThrow(await graph.writer.append([input], day(50)));
}

async function listClaims(page = ask.page) {
  const answer = orThrow(
    await graph.reader.ask({ ...ask, page, name: 'findings', subject: IMAGE }),
  );
  return { ...answer, said: answer.claimed.map(({ names, tool }) => `${names[0]} by ${tool}`) };
}

async function askExposure(vulnerability: string) {
  return orThrow(await graph.reader.ask({ ...ask, name: 'exposure', vulnerability }));
}

const SBOM = encodeJson({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  components: [{ type: 'library', name: 'left', version: '1.0.0', purl: 'pkg:npm/left@1.0.0' }],
});
const sbom: EvidenceInput = {
  kind: 'sbom',
  mediaType: 'application/json',
  body: SBOM,
  subject: IMAGE,
};
const advisory = (fixed: string): EvidenceInput => ({
  kind: 'advisories',
  mediaType: 'application/json',
  body: encodeJson({
    id: CVE,
    affected: [
      {
        package: { ecosystem: 'npm', name: 'left' },
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  }),
  subject: null,
});

describe('truth A14: what a scan of another tool reports is in the graph, as its claim', () => {
  it('G3: findings shows it with the tool, and it is no clean answer', async () => {
    await record(trivy([left, right], 1));
    const answer = await listClaims();
    expect(answer).toMatchObject({ inventory: null, findings: [] });
    expect(answer.claimed).toMatchObject([
      {
        tool: 'Trivy',
        scannedAt: expect.closeTo(day(1), -3),
        names: [CVE],
        severity: 'critical',
        purl: 'pkg:npm/left@1.0.0',
        version: '1.0.0',
        status: 'claimed',
        evidence: [{ kind: 'scan', signers: [] }],
      },
      { tool: 'Trivy', names: [OTHER] },
    ]);
    expect(findingsView.pickExitCode?.(answer)).toBe(1);
    expect(findingsView.refuse?.(answer, { text: () => 'x', moment: day(1) })).toBeNull();
  });

  it('G3: exposure shows it, with the release of the image or without one', async () => {
    await record(trivy([left], 1));
    const bare = await askExposure(CVE);
    expect(bare.claimed).toMatchObject([{ image: IMAGE, tool: 'Trivy', releases: [] }]);
    expect(exposureView.pickExitCode?.(bare)).toBe(1);
    const reference = 'registry.example.com/shop/trips:1.0';
    const release = recordInput('release', {
      ...{ name: 'trips', version: '1.0', releasedAt: day(1), owner: null, source: null },
      ...{ build: null, images: [{ reference, digest: IMAGE, platforms: [] }], artifacts: [] },
    });
    await record(release);
    expect((await askExposure(CVE)).claimed).toMatchObject([
      { image: IMAGE, releases: [{ name: 'trips', version: '1.0' }], deployments: [] },
    ]);
    const since = { ...ask, since: day(2), name: 'exposure', vulnerability: CVE } as const;
    expect(orThrow(await graph.reader.ask(since)).claimed).toEqual([]);
  });

  it('SARIF of any tool: without a package URL the package keeps its name', async () => {
    await record(scan(trivySarif([left])));
    expect((await listClaims()).claimed).toMatchObject([
      { tool: 'Trivy', purl: null, name: 'left', version: '1.0.0' },
    ]);
  });

  it.each<readonly [string, Uint8Array]>([
    ['a report of Grype', grypeJson([left, right], { at: day(1) })],
    [
      'a statement of cosign in DSSE',
      makeStatement(
        'https://cosign.sigstore.dev/attestation/vuln/v1',
        { scanner: { result: JSON.parse(Buffer.from(grypeJson([left, right])).toString()) } },
        { image: IMAGE },
      ),
    ],
  ])('%s gives claims, and a newer one withdraws them', async (_, body) => {
    await record(scan(body));
    expect((await listClaims()).said).toEqual([`${CVE} by Grype`, `${OTHER} by Grype`]);
    expect((await askExposure(CVE)).claimed).toMatchObject([{ image: IMAGE, tool: 'Grype' }]);
    await record(scan(grypeJson([right], { at: day(2) })));
    expect((await listClaims()).said).toEqual([`${OTHER} by Grype`]);
  });

  it('the scan of a release by Waybill gives none: the graph matches its inventory', async () => {
    const scanner = { uri: 'https://waybill.dev/waybill', result: [{ id: CVE }] };
    const type = 'https://in-toto.io/attestation/vulns/v0.2';
    await record(sbom, scan(makeStatement(type, { scanner }, { image: IMAGE })));
    expect((await listClaims()).claimed).toEqual([]);
  });

  it('a newer scan of the same image and tool withdraws what it lists no more', async () => {
    await record(trivy([left, right], 1), trivy([right], 2));
    expect((await listClaims()).said).toEqual([`${OTHER} by Trivy`]);
    expect((await askExposure(CVE)).claimed).toEqual([]);
    await record(trivy([], 3));
    const empty = await graph.reader.ask({ ...ask, name: 'findings', subject: IMAGE });
    expect(orThrow(empty)).toMatchObject({ inventory: null, claimed: [] });
  });

  it('and known-at shows what was claimed before', async () => {
    orThrow(await graph.writer.append([trivy([left], 1)], day(10)));
    orThrow(await graph.writer.append([trivy([right], 2)], day(20)));
    const before = { ...ask, knownAt: day(15), name: 'findings', subject: IMAGE } as const;
    expect(orThrow(await graph.reader.ask(before)).claimed[0]?.names).toEqual([CVE]);
  });

  it.each<readonly [string, EvidenceInput]>([
    ['an older one', trivy([right], 0)],
    ['one that looked at nothing', scan(encodeJson({ SchemaVersion: 2, ArtifactName: 'x' }))],
    ['one that somebody posted', trivy([], 9, 'ci')],
    [
      'one of another tool',
      scan(
        encodeJson({
          version: '2.1.0',
          runs: [{ tool: { driver: { name: 'grype' } }, results: [] }],
        }),
      ),
    ],
  ])('but %s withdraws nothing', async (_, later) => {
    await record(trivy([left], 1), later);
    expect((await listClaims()).said).toEqual([`${CVE} by Trivy`]);
  });

  it.each<readonly [string, readonly EvidenceInput[], boolean]>([
    ['a later scan of the system alone', [trivyParts(2, 'os-pkgs')], true],
    ['a later scan of languages alone', [trivyParts(2, 'lang-pkgs')], false],
    ['a later scan of everything', [trivyParts(2, 'os-pkgs', 'lang-pkgs')], false],
  ])('G3: after %s, a claim about npm stands or not', async (_, later, stands) => {
    const said = stands ? [`${CVE} by Trivy`] : [];
    const list = async () =>
      orThrow(await graph.reader.ask({ ...ask, name: 'findings', subject: IMAGE })).claimed.map(
        ({ names, tool }) => `${names[0]} by ${tool}`,
      );
    await record(trivy([left], 1), ...later);
    expect(await list()).toEqual(said);
  });

  it('G3: nor does a scan of the system that is imported first hide it', async () => {
    await record(trivyParts(2, 'os-pkgs'), trivy([left], 1));
    expect((await listClaims()).said).toEqual([`${CVE} by Trivy`]);
  });

  it('G3: a scan with a time that has not come makes no real scan old', async () => {
    await record(trivyParts(9_999, 'lang-pkgs'), trivy([left], 2));
    expect((await listClaims()).said).toEqual([`${CVE} by Trivy`]);
  });

  it('a claim stands beside what the graph matches itself', async () => {
    await record(sbom, advisory('2.0.0'), trivy([left], 1));
    const answer = await listClaims();
    expect([answer.findings.length, answer.said]).toEqual([1, [`${CVE} by Trivy`]]);
    const titles = findingsView.tables.map((table) => table.describeRows(answer).trim());
    expect(titles).toEqual([
      '',
      'not judged',
      'claimed by scans',
      'components that are not judged',
    ]);
  });

  it('but a scan of Waybill adds nothing where the graph judges the same itself', async () => {
    const result = { ruleId: CVE, properties: { component: 'pkg:npm/left@1.0.0' } };
    const properties = { ...result.properties, name: 'left', version: '1.0.0' };
    const runs = [{ tool: { driver: { name: 'waybill' } }, results: [{ ...result, properties }] }];
    await record(scan(encodeJson({ version: '2.1.0', runs })));
    expect((await listClaims()).said).toEqual([`${CVE} by waybill`]);
    await record(sbom);
    expect((await listClaims()).said).toEqual([`${CVE} by waybill`]);
    await record(advisory('0.5.0'));
    expect((await listClaims()).said).toEqual([]);
  });

  it('pages through findings and claims without a gap', async () => {
    const many = Array.from({ length: 5 }, (_, at) => ({ ...left, id: `CVE-2026-300${at}` }));
    await record(sbom, advisory('2.0.0'), trivy(many, 1));
    const seen: string[] = [];
    for (let after: string | null = null, first = true; first || after !== null; first = false) {
      const answer = await listClaims({ rowsMax: 2, after });
      expect(answer.findings.length + answer.claimed.length).toBeLessThanOrEqual(2);
      seen.push(...answer.findings.flatMap(({ names }) => names), ...answer.said);
      after = answer.next;
    }
    expect(seen).toEqual([CVE, ...many.map(({ id }) => `${id} by Trivy`)]);
  });

  it('one rule with very many aliases costs no more names than are kept', async () => {
    const aliases = Array.from({ length: 5_000 }, (_, at) => `CVE-2025-${10_000 + at}`);
    const rules = [{ id: CVE, properties: { aliases } }];
    const results = Array.from({ length: 200 }, (_, at) => ({
      ruleId: CVE,
      properties: { name: `part${at}` },
    }));
    const runs = [{ tool: { driver: { name: 'other', rules } }, results }];
    await record(scan(encodeJson({ version: '2.1.0', runs })));
    const { claimed } = await askExposure(CVE);
    expect([claimed.length, claimed[0]?.names.length]).toEqual([200, 20]);
  });

  it('X13: a rebuild gives the same graph', async () => {
    await record(trivy([left, right], 1), trivy([right], 2), trivy([left], 1, 'ci'), sbom);
    const listAll = async () => {
      const lines: string[] = [];
      for await (const line of graph.reader.export()) lines.push(line);
      return lines.join('\n');
    };
    const before = await listAll();
    expect(before).toContain(CVE);
    orThrow(await graph.writer.rebuild());
    expect(await listAll()).toBe(before);
  });
});
