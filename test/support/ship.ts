import type { ImageReference } from '../../src/core/image-reference.ts';
import { readAtOnce } from '../../src/core/reading-budget.ts';
import { orThrow } from '../../src/core/result.ts';
import { openJudge } from '../../src/entrypoints/compose/open-judge.ts';
import { judgeOnce } from '../../src/gates/desk/index.ts';
import {
  type ReleaseOutcome,
  type ReleaseRequest,
  shipRelease,
} from '../../src/phases/build/index.ts';
import type { TestKey } from './certificates.ts';
import { nowInstant, type Scene } from './scene.ts';

interface ShippingOptions {
  readonly key?: TestKey;
  readonly image?: ReleaseRequest['image'];
  readonly name?: string;
}

function makeRequest(
  scene: Scene,
  { key = scene.release, image, name = 'trips' }: ShippingOptions,
): ReleaseRequest {
  const reference = scene.reference(name);
  const source = {
    host: 'git.example.com',
    repository: `https://git.example.com/shop/${name}`,
    commit: 'c'.repeat(40),
    claimed: [],
  };
  const build = {
    id: 'build-7',
    builder: 'https://ci.example.com',
    startedAt: null,
    finishedAt: null,
    job: null,
  };
  return {
    facts: { name, version: '1.0', owner: 'shop', source, build },
    image: image ?? { source: scene.client, reference },
    destination: { target: scene.client, reference },
    key,
    tool: { name: 'waybill', version: '0.1.0' },
  };
}

/** Releases through the real gate, with the policy, trust and advisories of the scene. */
export async function ship(
  scene: Scene,
  shipping: ShippingOptions = {},
): Promise<{ request: ReleaseRequest; outcome: ReleaseOutcome }> {
  const judge = orThrow(await openJudge(scene.config));
  try {
    const request = makeRequest(scene, shipping);
    const { name, version, owner, source } = request.facts;
    const release = { name, version, owner, repository: source.repository, commit: source.commit };
    const gate = (reference: ImageReference, staged: Parameters<typeof judgeOnce>[1]['source']) =>
      judgeOnce(reference, {
        source: staged,
        inForce: judge.inForce,
        graph: async () => ({ release, exposures: [] }),
        gate: 'release',
        reading: readAtOnce,
        now: nowInstant(),
      });
    const ports = {
      advisories: judge.inForce.advisories,
      now: nowInstant,
      gate,
      progress: () => undefined,
      reading: readAtOnce,
    };
    return { request, outcome: orThrow(await shipRelease(request, ports)) };
  } finally {
    judge.close();
  }
}
