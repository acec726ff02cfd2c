import { join } from 'node:path';
import { buildImage } from '../images.ts';
import { PlainRegistry } from '../registry.ts';
import { POI_FROM_OUTSIDE } from '../services.ts';
import type { Act, Step } from '../step.ts';
import { shows, verdictIn } from '../verdicts.ts';
import type { CommandOptions, World } from '../world.ts';

const REPOSITORY = 'https://git.example.com/shop/shop';

/** Makes a clean clone of what was pushed, at a commit. Returns its path below the work folder. */
async function cloneRepository(world: World, name: string, rev: string): Promise<string> {
  const origin = join(world.folder, 'origin.git');
  const commit = (await world.quietly('git', ['rev-parse', `${rev}^{commit}`])).stdout.trim();
  await world.quietly('git', ['clone', '--quiet', '--no-checkout', origin, name], { at: '.' });
  const taken = await world.quietly('git', ['checkout', '--quiet', commit], { at: name });
  if (taken.code !== 0) throw new Error(taken.stderr);
  return name;
}

/** Builds a service from a clean clone into the layout `into`, and returns the digest. */
export async function build(
  world: World,
  service: string,
  rev: string,
  into: string,
  base = 'base/packages.txt',
) {
  const checkout = join(
    world.folder,
    await cloneRepository(world, `${into}-${service}-${rev}`, rev),
  );
  const epoch = Number(
    (await world.quietly('git', ['show', '-s', '--format=%ct', `${rev}^{commit}`])).stdout,
  );
  const recipe = {
    checkout,
    service,
    base,
    epoch,
    layout: join(world.folder, into),
    tag: `${service}-${rev}`,
  };
  return buildImage(recipe);
}

const gate: Step = {
  id: 'build-gate',
  proves: ['B8', 'B9', 'B13', 'B14'],
  says:
    'Before anything is built, the build gate checks the commit. Is it signed? Is every ' +
    'component pinned, from an allowed registry and without a major vulnerability? Is every ' +
    'input recorded?',
  expects: 'allow',
  run: async (world) => {
    const asked = await world.waybill(['gate', 'build', '.', '--explain'], {
      at: await cloneRepository(world, 'agent', 'trips-1.4'),
    });
    world.show(asked.stdout, /^(?:allow|deny)/, /^ {2}(?:holds|broken|undetermined)/);
    return verdictIn(asked);
  },
};

const outside: Step = {
  id: 'foreign-registry',
  isAside: true,
  proves: ['B10', 'D8'],
  says:
    'A lock file takes a package from a foreign registry. The commit is signed, but the ' +
    'build gate refuses it all the same.',
  expects: 'deny: B10-component-registries',
  run: async (world) => {
    const at = await cloneRepository(world, 'outside', 'trips-1.3');
    for (const [path, content] of Object.entries(POI_FROM_OUTSIDE)) world.write(path, content, at);
    const committed = await world.quietly(
      'git',
      ['commit', '--quiet', '--all', '-S', '-m', 'poi from elsewhere'],
      {
        at,
      },
    );
    if (committed.code !== 0) return committed.stderr;
    const asked = await world.waybill(['gate', 'build', '.'], { at });
    world.show(asked.stdout, /^(?:allow|deny)/, /broken/, /^ {4}\S/);
    return verdictIn(asked);
  },
};

const twice: Step = {
  id: 'built-twice',
  proves: ['D9', 'B11'],
  says:
    'The image of trips 1.4 is built from its commit in two clean clones. Every byte is the ' +
    'same, so anyone who doubts a build can repeat it.',
  expects: 'one digest, allow',
  run: async (world) => {
    const first = await build(world, 'trips', 'trips-1.4', 'built');
    const second = await build(world, 'trips', 'trips-1.4', 'rebuilt');
    world.note('trips:1.4', first);
    world.show(`built    ${first}\nrebuilt  ${second}`, /built/);
    const compared = await compare(world, 'oci:../rebuilt:trips-trips-1.4');
    return `${first === second ? 'one digest' : `${first} and ${second}`}, ${compared}`;
  },
};

async function compare(world: World, other: string): Promise<string> {
  const words = [
    'gate',
    'build',
    '.',
    '--built',
    'oci:../built:trips-trips-1.4',
    '--rebuilt',
    other,
  ];
  const asked = await world.waybill(words, { at: 'agent' });
  world.show(asked.stdout, /^(?:allow|deny)/, /broken/, /^ {4}\S/);
  return verdictIn(asked);
}

const differing: Step = {
  id: 'built-differently',
  isAside: true,
  proves: ['D9'],
  says:
    'A third build used another base. The gate sees the difference and names the first file ' +
    'that differs.',
  expects: 'deny: D9-reproduced',
  run: async (world) => {
    await build(world, 'trips', 'trips-1.4', 'candidate', 'base/packages-print.txt');
    return compare(world, 'oci:../candidate:trips-trips-1.4');
  },
};

const licence: Step = {
  id: 'licence',
  isAside: true,
  proves: ['B21', 'B24'],
  says:
    'That build is not released either: its base image contains ghostscript, under the AGPL, which ' +
    'the default policy refuses as network copyleft. The release gate finds it in the SBOM, the ' +
    'list of everything in the image. Nothing is published.',
  expects: 'deny: B24-licenses, nothing published',
  run: async (world) => {
    const refused = await release(
      world,
      'trips',
      '1.4-rc1',
      'oci:candidate:trips-trips-1.4',
      'trips-1.4',
    );
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
  manner: CommandOptions = {},
) {
  const commit = (await world.quietly('git', ['rev-parse', `${rev}^{commit}`])).stdout.trim();
  const words = [
    '--image',
    image.replace('oci:', 'oci:../'),
    '--name',
    name,
    '--version',
    version,
    '--owner',
    'shop',
    '--repo',
    REPOSITORY,
  ];
  const reference = world.image(`${name}:${version}`);
  // In the repository of the shop: a commit that git does not know is refused.
  return world.waybill(['release', reference, ...words, '--commit', commit], {
    ...manner,
    at: 'shop',
  });
}

const released: Step = {
  id: 'released',
  proves: ['B1', 'B2', 'B3', 'B16', 'B17', 'B18', 'B20', 'B22', 'B23', 'B25', 'B27'],
  says:
    'With the right base the release passes. SBOM, scan and provenance (from what it is ' +
    'made) are made, signed and attached to the image in the registry. trips 1.3 is ' +
    'still in use and is released in the same way.',
  expects: '1.3 allow, 1.4 allow, both published as they were built',
  run: async (world) => {
    world.note('trips:1.3', await build(world, 'trips', 'trips-1.3', 'built'));
    const outcomes = [];
    for (const version of ['1.3', '1.4']) {
      const done = await release(
        world,
        'trips',
        version,
        `oci:built:trips-trips-${version}`,
        `trips-${version}`,
      );
      world.show(done.stdout, /^allow/, /^published/);
      const same = done.stdout.includes(
        `/shop/trips:${version}@${world.noted(`trips:${version}`)}`,
      );
      outcomes.push(`${version} ${verdictIn(done)}${same ? '' : ', another digest'}`);
    }
    return `${outcomes.join(', ')}, both published as they were built`;
  },
};

const verified: Step = {
  id: 'verified',
  isAside: true,
  proves: ['B5', 'B18', 'I12'],
  says:
    'Anyone who has the root certificate can check the release without the pipeline: what is ' +
    'attached to the image, who signed it, and whether that counts.',
  expects: 'signature, SBOM, scan and provenance count',
  run: async (world) => {
    const seen = await world.waybill(['verify', world.image('trips:1.4')], { at: '.' });
    world.show(seen.stdout, /counts/);
    const counted = /: counts$/m;
    const all = shows(
      seen,
      0,
      counted,
      /counts signature/,
      /counts sbom/,
      /counts scan/,
      /counts provenance/,
    );
    return all === 'yes' ? 'signature, SBOM, scan and provenance count' : all;
  },
};

const committed: Step = {
  id: 'commits-recorded',
  proves: ['D4', 'D13', 'D21'],
  says:
    'The signatures of the commits behind the releases are verified once more and recorded, ' +
    'so that every later answer can name the signers.',
  expects: 'both are trusted and recorded',
  run: async (world) => {
    const done = await world.waybill([
      'commit',
      'verify',
      'trips-1.3',
      'trips-1.4',
      '--record',
      '--repo',
      REPOSITORY,
    ]);
    world.show(done.stdout, /./);
    const right = shows(done, 0, /: 2 trusted$/m, /recorded: 2 commits/);
    return right === 'yes' ? 'both are trusted and recorded' : right;
  },
};

const traced: Step = {
  id: 'traced',
  isAside: true,
  proves: ['B12', 'B26', 'G7', 'X1'],
  says: 'The graph now knows the origin of the release: code host, repository, commit and build.',
  expects: 'repository and commit of trips 1.4',
  run: async (world) => {
    const commit = (await world.quietly('git', ['rev-parse', 'trips-1.4^{commit}'])).stdout.trim();
    const answer = await world.waybill(['ask', 'provenance', world.image('trips:1.4')], {
      at: '.',
    });
    world.show(answer.stdout, /^(?:RELEASE|trips|REPOSITORY|COMMIT|BUILDER|https)/);
    const found = shows(answer, 0, /git\.example\.com\/shop\/shop/, new RegExp(commit));
    return found === 'yes' ? 'repository and commit of trips 1.4' : found;
  },
};

export const buildAct: Act = {
  name: 'build',
  says:
    'What is shipped is what was reviewed. A document travels with it and says what it is made ' +
    'of.',
  steps: [gate, outside, twice, differing, licence, released, verified, committed, traced],
};
