import { describe, expect, it } from 'vitest';
import { freshGraph } from '../../../test/support/fresh-graph.ts';
import { makeDay as day, recordInput } from '../../../test/support/graph-history.ts';
import { encodeJson } from '../../../test/support/graph-ports.ts';
import { ASK } from '../../../test/support/question-options.ts';
import { makeImageDigest } from '../../../test/support/question-world.ts';
import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { type Licenses, type Page, readStatedLicences } from '../../capabilities/graph/index.ts';
import { view } from '../../capabilities/graph/questions/licenses/view.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { graphPorts as ports } from '../../entrypoints/compose/graph-ports.ts';

const graph = freshGraph(ports);
const image = makeImageDigest('trips');

function sbom(licences: Readonly<Record<string, string | null>>, name = 'trips'): EvidenceInput {
  const components = Object.entries(licences).map(([package_, licence]) => ({
    ...{ type: 'library', name: package_, version: '1', purl: `pkg:npm/${package_}@1` },
    ...(licence === null ? {} : { licenses: [{ expression: licence }] }),
  }));
  const metadata = { component: { type: 'container', name } };
  const body = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata, components };
  return {
    ...{ kind: 'sbom', mediaType: 'application/vnd.cyclonedx+json', subject: image },
    body: encodeJson({ ...body, compositions: [{ aggregate: 'complete' }] }),
  };
}

const released = recordInput('release', {
  ...{ name: 'trips', version: '1', releasedAt: day(1), owner: null, source: null, build: null },
  images: [{ reference: 'registry.example.com/trips:1', digest: image, platforms: [] }],
  artifacts: [],
});
const append = async (...inputs: readonly EvidenceInput[]) =>
  orThrow(await graph.writer.append([released, ...inputs], day(1)));
const ask = async (page: Page = ASK.page): Promise<Licenses> =>
  orThrow(await graph.reader.ask({ name: 'licenses', subject: { called: 'trips' }, ...ASK, page }));
const list = ({ licenses }: Licenses) =>
  licenses.map(({ licence, components }) => [licence, components]);

describe('the licences of a release', () => {
  it('are those that its SBOMs state, by licence', async () => {
    await append(sbom({ a: 'MIT', b: 'MIT', c: 'GPL-3.0-only' }));
    const answer = await ask();
    expect(list(answer)).toEqual([
      ['GPL-3.0-only', 1],
      ['MIT', 2],
    ]);
    expect(answer.licenses[1]?.examples).toEqual(['pkg:npm/a@1', 'pkg:npm/b@1']);
    expect(answer).toMatchObject({ unlicensed: 0, inventory: 'complete', unread: [], more: false });
    expect(view.pickExitCode?.(answer)).toBe(0);
  });

  it('a component without one is unknown, unless another SBOM states it', async () => {
    await append(sbom({ a: null, b: 'MIT' }));
    const answer = await ask();
    expect(list(answer)[0]).toEqual([null, 1]);
    expect(view.pickExitCode?.(answer)).toBe(3);
    // The page behind it does not forget it.
    const first = await ask({ rowsMax: 1, after: null });
    const second = await ask({ rowsMax: 1, after: first.next });
    expect(list(second)).toEqual([['MIT', 1]]);
    expect(view.pickExitCode?.(second)).toBe(3);
    await append(sbom({ a: 'ISC', b: null }, 'again'));
    expect(view.pickExitCode?.(await ask())).toBe(0);
  });

  it('more SBOMs than one answer reads leave it open', async () => {
    const many = Array.from({ length: LIMITS.whyDocumentsMax + 1 }, (_, at) =>
      sbom({ [`p${at}`]: 'MIT' }),
    );
    await append(...many);
    const answer = await ask();
    expect(answer.more).toBe(true);
    expect(view.pickExitCode?.(answer)).toBe(3);
  });

  it('a document that cannot be read for them leaves the answer open', async () => {
    const { body } = sbom({ a: 'MIT' });
    expect(await readStatedLicences(body)).toHaveLength(1);
    expect(await readStatedLicences(Buffer.from('{}'))).toBeNull();
    const padding = Buffer.alloc(LIMITS.whyDocumentBytesMax + 1 - body.length, ' ');
    expect(await readStatedLicences(Buffer.concat([body, padding]))).toBeNull();
    await append(sbom({ a: 'MIT' }));
    const answer = { ...(await ask()), unread: [image] };
    expect(view.pickExitCode?.(answer)).toBe(3);
  });

  it('an image without an inventory has no known licence', async () => {
    await append();
    const answer = await ask();
    expect(view.refuse?.(answer, { text: () => 'trips', moment: day(0) })).toMatchObject({
      code: 'FACT_UNKNOWN',
    });
  });
});
