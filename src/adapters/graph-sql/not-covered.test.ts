import { describe, expect, it } from 'vitest';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { encodeJson, graphPorts, type TestInventory } from '../../../test/support/graph-ports.ts';
import { ASK as ask } from '../../../test/support/question-options.ts';
import { affectedMatcher } from '../../capabilities/advisories/index.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { view as exposureView } from '../../capabilities/graph/questions/exposure/view.ts';
import { view as findingsView } from '../../capabilities/graph/questions/findings/view.ts';
import { type Digest, sha256 } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph({ ...graphPorts, matcher: affectedMatcher });

const image = (name: string): Digest => sha256(`image ${name}`);

function release(name: string, ...purls: readonly string[]): readonly EvidenceInput[] {
  const reference = `registry.example.com/shop/${name}:1.0`;
  const record = {
    name,
    version: '1.0',
    releasedAt: day(1),
    owner: null,
    source: null,
    build: null,
    images: [{ reference, digest: image(name), platforms: [] }],
    artifacts: [],
  };
  const body: TestInventory = { complete: true, components: purls.map((purl) => ({ purl })) };
  const sbom = { kind: 'sbom', mediaType: 'application/json', body: encodeJson(body) } as const;
  return [recordInput('release', record), { ...sbom, subject: image(name) }];
}

function advisory(id: string, ecosystem: string, name: string, fixed: string): EvidenceInput {
  const events = [{ introduced: '0' }, { fixed }];
  const affected = [{ package: { ecosystem, name }, ranges: [{ type: 'SEMVER', events }] }];
  const record = { id, modified: '2026-01-01T00:00:00Z', affected };
  return {
    kind: 'advisories',
    mediaType: 'application/x-ndjson',
    body: encodeJson(record),
    subject: null,
  };
}

const askExposure = async (vulnerability: string) =>
  orThrow(await graph.reader.ask({ name: 'exposure', vulnerability, ...ask }));
const askFindings = async (of: string) =>
  orThrow(
    await graph.reader.ask({
      name: 'findings',
      subject: image(of),
      ...ask,
    }),
  );

describe('truth A1: components that no advisory can be matched with', () => {
  it.each([
    ['GO-2023-1571', 'Go', 'golang.org/x/net', 'pkg:golang/golang.org/x/net@v0.1.0'],
    ['PYSEC-2022-1', 'PyPI', 'django', 'pkg:pypi/django@3.2'],
    ['GHSA-aaaa-bbbb-cccc', 'RubyGems', 'rack', 'pkg:gem/rack@2.0.0'],
    ['ALPINE-CVE-2022-1', 'Alpine:v3.16', 'zlib', 'pkg:apk/alpine/zlib@1.2.12-r0?distro=3.16'],
  ])('%s: the release that holds one is of unknown exposure', async (id, ecosystem, name, purl) => {
    await graph.writer.append(
      [...release('trips', purl, 'pkg:npm/left-pad@1.0.0'), advisory(id, ecosystem, name, '9.0.0')],
      day(2),
    );
    const answer = await askExposure(id);
    expect(answer.releases).toEqual([]);
    expect(
      answer.unknown.map(({ name: of, reason, notCovered }) => [of, reason, notCovered]),
    ).toEqual([['trips', 'components-not-covered', [purl]]]);
    expect(exposureView.pickExitCode?.(answer)).toBe(3);
    const findings = await askFindings('trips');
    expect([findings.findings, findings.notCovered]).toEqual([[], [purl]]);
    expect(findingsView.pickExitCode?.(findings)).toBe(3);
  });

  it('a release in which everything can be matched stays clean', async () => {
    await graph.writer.append(
      [
        ...release('trips', 'pkg:npm/left-pad@1.0.0'),
        advisory('GHSA-aaaa-bbbb-cccc', 'npm', 'right-pad', '2.0.0'),
      ],
      day(2),
    );
    const answer = await askExposure('GHSA-aaaa-bbbb-cccc');
    expect([answer.unknown, exposureView.pickExitCode?.(answer)]).toEqual([[], 0]);
    const findings = await askFindings('trips');
    expect([findings.notCovered, findingsView.pickExitCode?.(findings)]).toEqual([[], 0]);
  });

  it('they are named beside what is exposed, and beside another reason', async () => {
    const go = 'pkg:golang/example.com/a@v1.0.0';
    await graph.writer.append(
      [
        ...release('trips', 'pkg:npm/left-pad@1.0.0', go),
        ...release('drivers', 'pkg:npm/left-pad@none', go),
        advisory('GHSA-aaaa-bbbb-cccc', 'npm', 'left-pad', '2.0.0'),
      ],
      day(2),
    );
    const answer = await askExposure('GHSA-aaaa-bbbb-cccc');
    expect(answer.releases.map(({ name }) => name)).toEqual(['trips']);
    expect(
      answer.unknown.map(({ name, reason, notCovered }) => [name, reason, notCovered]),
    ).toEqual([
      ['drivers', 'version-not-compared', [go]],
      ['drivers', 'components-not-covered', [go]],
      ['trips', 'components-not-covered', [go]],
    ]);
  });

  it('an answer names a bounded number of them and says that there are more', async () => {
    const many = Array.from(
      { length: LIMITS.notCoveredMax + 1 },
      (_, at) => `pkg:golang/example.com/m${at}@v1.0.0`,
    );
    await graph.writer.append(release('trips', ...many), day(2));
    const { notCovered, notCoveredMore } = await askFindings('trips');
    expect([notCovered.length, notCoveredMore]).toEqual([LIMITS.notCoveredMax, true]);
  });
});
