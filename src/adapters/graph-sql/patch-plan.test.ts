import { describe, expect, it } from 'vitest';
import { advisories, LIB, makeDigest, running } from '../../../test/support/edge-documents.ts';
import { FEEDS } from '../../../test/support/feeds.ts';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { encodeJson, graphPorts } from '../../../test/support/graph-ports.ts';
import { ASK, SEEN } from '../../../test/support/question-options.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { PatchPlan, QuestionOptions } from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/patch-plan/view.ts';
import { sha256 } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';

const graph = freshGraph(graphPorts);
const FLAW = {
  ...{ id: 'GHSA-1', modified: 1, aliases: ['CVE-2026-1'] },
  affected: { 'npm/lib': ['1'], 'npm/own': ['1'] },
};

const release = (name: string, owner = `team of ${name}`): EvidenceInput =>
  recordInput('release', {
    ...{ name, version: '1', owner, releasedAt: day(1), source: null, build: null, artifacts: [] },
    images: [
      { reference: `registry.example.com/${name}`, digest: makeDigest(name), platforms: [] },
    ],
  });
const sbom = (of: string, held: Readonly<Record<string, string | null>>): EvidenceInput => ({
  ...{ kind: 'sbom', mediaType: 'x', subject: makeDigest(of) },
  body: encodeJson({
    ...{ complete: true, of },
    components: Object.entries(held).map(([purl, layer]) => ({
      purl,
      ...(layer === null ? {} : { layer: sha256(layer) }),
    })),
  }),
});
const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append(inputs, day(9)));
const ask = async (more: Partial<QuestionOptions> = {}): Promise<PatchPlan> =>
  orThrow(
    await graph.reader.ask({ name: 'patch-plan', vulnerability: 'CVE-2026-1', ...ASK, ...more }),
  );
const list = ({ steps }: PatchPlan) =>
  steps.map(({ service, workloads, upgrades }) => [
    ...[service, workloads],
    upgrades.map(({ purl, shared }) => `${purl} ${shared}`),
  ]);

describe('G4: what is to be upgraded, and in which order', () => {
  it('names what services share first, then the service with the most workloads', async () => {
    const OWN = 'pkg:npm/own@1';
    await append(
      ...[release('trips'), release('poi'), release('idle'), advisories(FLAW), FEEDS],
      ...[sbom('trips', { [LIB]: 'base', [OWN]: 'app' }), sbom('poi', { [LIB]: 'base' })],
      sbom('idle', { [OWN]: 'idle' }),
      running('eu', day(8), makeDigest('trips'), makeDigest('poi'), makeDigest('poi')),
    );
    const plan = await ask();
    expect(list(plan)).toEqual([
      ['poi', 2, [`${LIB} true`]],
      ['trips', 1, [`${LIB} true`, `${OWN} false`]],
    ]);
    expect(plan.bases).toEqual([
      { layer: sha256('base'), components: [LIB], services: ['poi', 'trips'] },
    ]);
    expect(plan).toMatchObject({ notRunning: 1, open: false });
    expect(plan.steps[0]).toMatchObject({ owner: 'team of poi', places: ['eu/shop'] });
    expect(view.pickExitCode?.(plan)).toBe(1);
    expect(list(await ask({ owner: 'team of trips' }))).toEqual([
      ['trips', 1, [`${LIB} false`, `${OWN} false`]],
    ]);
  });

  it('names what is in the image that runs, not in another of the same release', async () => {
    const two = recordInput('release', {
      ...{ name: 'two', version: '1', owner: null, releasedAt: day(1), source: null, build: null },
      images: ['web', 'job'].map((name) => ({
        ...{ reference: `registry.example.com/${name}`, digest: makeDigest(name), platforms: [] },
      })),
      artifacts: [],
    });
    await append(
      ...[two, advisories(FLAW), FEEDS, running('eu', day(8), makeDigest('web'))],
      ...[sbom('web', { [LIB]: null }), sbom('job', { 'pkg:npm/own@1': null })],
    );
    expect(list(await ask())).toEqual([['two', 1, [`${LIB} false`]]]);
  });

  it('without a step is open where something is not known, and clean where all is', async () => {
    await append(
      ...[release('trips'), advisories(FLAW), FEEDS, running('eu', day(8), makeDigest('trips'))],
    );
    const plan = await ask();
    expect([list(plan), plan.open, view.pickExitCode?.(plan)]).toEqual([[], true, 3]);
    await append(sbom('trips', { 'pkg:npm/lib@2': null }));
    const clean = await ask();
    expect([list(clean), clean.open, view.pickExitCode?.({ ...clean, ...SEEN })]).toEqual([
      [],
      false,
      0,
    ]);
    await append(sbom('trips', { [LIB]: null }));
    // No SBOM says in which layer it is: nothing is called shared.
    expect(list(await ask())).toEqual([['trips', 1, [`${LIB} false`]]]);
  });
});
