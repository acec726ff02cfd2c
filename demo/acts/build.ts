import { join } from 'node:path';
import { buildImage } from '../images.ts';
import { PlainRegistry } from '../registry.ts';
import type { Act, Step } from '../step.ts';
import { shows, verdictIn } from '../verdicts.ts';
import type { Manner, World } from '../world.ts';

const REPOSITORY = 'https://git.example.com/shop/shop';

/** Builds a service from clean clones at a commit, and gives the digest of each build. */
export async function build(world: World, service: string, rev: string, into: string, base = 'base/packages.txt') {
  const commit = (await world.quietly('git', ['rev-parse', `${rev}^{commit}`])).stdout.trim();
  const epoch = Number((await world.quietly('git', ['show', '-s', '--format=%ct', commit])).stdout);
  const checkout = join(world.folder, `checkout-${into}-${rev}`);
  await world.quietly('git', ['clone', '--quiet', '--no-checkout', join(world.folder, 'origin.git'), checkout], {
    at: '.',
  });
  const taken = await world.quietly('git', ['-C', checkout, 'checkout', '--quiet', commit], { at: '.' });
  if (taken.code !== 0) throw new Error(taken.stderr);
  return buildImage({ checkout, service, base, epoch, layout: join(world.folder, into), tag: `${service}-${rev}` });
}

const twice: Step = {
  id: 'built-twice',
  proves: ['D9', 'B11', 'X13'],
  says: 'The image of trips 1.4 is built from its commit in two clean clones. Every byte is the same, so whoever doubts a build repeats it.',
  expects: 'one digest',
  run: async (world) => {
    const [first, second] = [
      await build(world, 'trips', 'trips-1.4', 'built'),
      await build(world, 'trips', 'trips-1.4', 'rebuilt'),
    ];
    world.note('trips:1.4', first);
    world.show(`built    ${first}\nrebuilt  ${second}`, /built/);
    return first === second ? 'one digest' : `${first} and ${second}`;
  },
};

const licence: Step = {
  id: 'licence',
  proves: ['B21', 'B24'],
  says: 'A candidate was built on another base, which brings ghostscript under the AGPL. The second gate refuses it, and nothing is published.',
  expects: 'deny: B24-licenses, nothing published',
  run: async (world) => {
    await build(world, 'trips', 'trips-1.4', 'candidate', 'base/packages-print.txt');
    const refused = await release(world, 'trips', '1.4-rc1', 'oci:candidate:trips-trips-1.4', 'trips-1.4');
    world.show(refused.stdout, /^deny/, /broken/, /AGPL/, /nothing was/);
    const there = await new PlainRegistry(world.noted('registry')).hasTag('shop/trips', '1.4-rc1');
    return `${verdictIn(refused)}, ${there ? 'published' : 'nothing published'}`;
  },
};

export async function release(
  world: World,
  name: string,
  version: string,
  image: string,
  rev: string,
  manner: Manner = {},
) {
  const commit = (await world.quietly('git', ['rev-parse', `${rev}^{commit}`])).stdout.trim();
  const words = ['--image', image, '--name', name, '--version', version, '--owner', 'shop', '--repo', REPOSITORY];
  const reference = world.image(`${name}:${version}`);
  return world.waybill(['release', reference, ...words, '--commit', commit], { at: '.', ...manner });
}

const released: Step = {
  id: 'released',
  proves: ['B1', 'B2', 'B3', 'B16', 'B17', 'B18', 'B20', 'B22', 'B23', 'B25', 'B27'],
  says: 'On the right base it passes: SBOM, scan and provenance are made and signed, and travel with the image as its referrers. Trips 1.3, still in use, is released the same way.',
  expects: '1.3 allow, 1.4 allow, both published as they were built',
  run: async (world) => {
    world.note('trips:1.3', await build(world, 'trips', 'trips-1.3', 'built'));
    const outcomes = [];
    for (const version of ['1.3', '1.4']) {
      const done = await release(world, 'trips', version, `oci:built:trips-trips-${version}`, `trips-${version}`);
      world.show(done.stdout, /^allow/, /^published/);
      const same = done.stdout.includes(`/shop/trips:${version}@${world.noted(`trips:${version}`)}`);
      outcomes.push(`${version} ${verdictIn(done)}${same ? '' : ', another digest'}`);
    }
    return `${outcomes.join(', ')}, both published as they were built`;
  },
};

const verified: Step = {
  id: 'verified',
  proves: ['B5', 'B18', 'I12'],
  says: 'Anybody who has the root certificate can check it, without asking the pipeline: what lies with the image, who signed it, whether it counts.',
  expects: 'signature, SBOM, scan and provenance count',
  run: async (world) => {
    const seen = await world.waybill(['verify', world.image('trips:1.4')], { at: '.' });
    world.show(seen.stdout, /counts/);
    const counted = /: counts$/m;
    const all = shows(seen, 0, counted, /counts signature/, /counts sbom/, /counts scan/, /counts provenance/);
    return all === 'yes' ? 'signature, SBOM, scan and provenance count' : all;
  },
};

const traced: Step = {
  id: 'traced',
  proves: ['B12', 'B26', 'G7', 'X1'],
  says: 'The graph has learned where the release comes from: code host, repository, commit and build.',
  expects: 'repository and commit of trips 1.4',
  run: async (world) => {
    const commit = (await world.quietly('git', ['rev-parse', 'trips-1.4^{commit}'])).stdout.trim();
    const answer = await world.waybill(['ask', 'provenance', world.image('trips:1.4')], { at: '.' });
    world.show(answer.stdout, /./);
    const found = shows(answer, 0, /git\.example\.com\/shop\/shop/, new RegExp(commit));
    return found === 'yes' ? 'repository and commit of trips 1.4' : found;
  },
};

export const buildAct: Act = {
  name: 'build',
  says: 'What is shipped is what was reviewed, and a document that travels with it says what it is made of.',
  steps: [twice, licence, released, verified, traced],
};
