import { describe, expect, it } from 'vitest';
import { DeskWorld, inNamespace } from '../../../../test/support/desk-world.ts';
import {
  type MemoryRegistry,
  pinned,
  referenceTo,
  worldKeys,
} from '../../../../test/support/evidence-world.ts';
import { sha256 } from '../../../core/digest.ts';
import { formatImageReference } from '../../../core/image-reference.ts';
import { SourceLanes } from './source-lanes.ts';

const JUNK = 1_000;

/** A desk in whose registry each request takes one turn of the event loop. */
async function makeWorld() {
  const world = new DeskWorld(await worldKeys());
  const image = pinned(await world.image());
  const lanes = new SourceLanes();
  world.turns = lanes.turns;
  const desk = world.fresh();
  slowDown(world.registry);
  const ask = (name: string, source: string, namespace = 'shop') => {
    const workload = inNamespace(namespace, { source });
    return lanes.run(workload, () => world.decide(name, workload, desk));
  };
  let done = 0;
  const flood = (names: (at: number) => string) =>
    Array.from({ length: JUNK }, async (_, at) => {
      await ask(names(at), '192.0.2.66', `made-up-${at % 40}`);
      done += 1;
    });
  return { image, ask, flood, countDone: () => done };
}

function slowDown(registry: MemoryRegistry): void {
  registry.pause = () => new Promise((resolve) => setImmediate(resolve));
}

const nameJunk = (at: number): string => {
  const digest = sha256(`junk ${at}`);
  return formatImageReference({ ...referenceTo({ digest } as never), digest });
};

describe('truth B5: a flood of images that no registry has', () => {
  it('delays the images of its own address, and no others', async () => {
    const { image, ask, flood, countDone } = await makeWorld();
    const flooding = flood(nameJunk);
    expect(await ask(image, '192.0.2.1')).toBe('allow');
    expect(countDone()).toBeLessThan(JUNK / 2);
    await Promise.all(flooding);
  });

  it('delays no others by an image that it names as well', async () => {
    const { image, ask, flood, countDone } = await makeWorld();
    const flooding = flood((at) => (at === JUNK - 1 ? image : nameJunk(at)));
    expect(await ask(image, '192.0.2.1')).toBe('allow');
    expect(countDone()).toBeLessThan(JUNK / 2);
    await Promise.all(flooding);
  });
});
