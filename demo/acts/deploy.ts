import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { applyDeployment, describeDecision, type ReviewResponse, type Server } from '../cluster.ts';
import { kubectlList, type PlayedCluster } from '../kubectl.ts';
import { PlainRegistry } from '../registry.ts';
import type { Act, Step } from '../step.ts';
import { shows, verdictIn } from '../verdicts.ts';
import type { World } from '../world.ts';
import { build, release } from './build.ts';
import { COVERS, trustIn, writeFeed } from './prepare.ts';

export const STRANGER = 'CN=somebody-else,O=shop,ST=WA,C=US';

export function readServer(world: World): Server {
  return { url: world.noted('server'), caFile: world.noted('authority') };
}

/** Applies a Deployment in the simulated cluster, and shows what kubectl would show. */
export async function apply(
  world: World,
  name: string,
  image: string,
  shown = /RULE_BROKEN/,
): Promise<ReviewResponse> {
  world.tell(`kubectl apply -f ${name}.yaml    # image: ${image}`);
  const response = await applyDeployment(readServer(world), name, image);
  const denied = response.status?.message.replace(/^waybill: deny\n\S+ deny\n/, '') ?? '';
  if (response.allowed) world.show(`deployment.apps/${name} created`, /./);
  else world.show(`admission webhook "waybill" denied the request:\n${denied}`, /denied/, shown);
  return response;
}

const server: Step = {
  id: 'server',
  proves: ['P5', 'P7', 'P9'],
  says:
    'A server in the cluster uses the same policy. The API server asks it over HTTPS before ' +
    'anything is scheduled.',
  expects: 'trips 1.4 is admitted',
  run: async (world) => {
    const output = await world.serve(
      ['serve', '--listen', '127.0.0.1:0', '--cluster', 'eu-1'],
      /^certificate authority: /m,
    );
    const [, url = ''] = /^waybill serves (\S+)$/m.exec(output) ?? [];
    const [, authority = ''] = /^certificate authority: (.+)$/m.exec(output) ?? [];
    world.note('server', url);
    world.note('authority', authority);
    world.show(output, /^waybill serves/);
    const decision = describeDecision(await apply(world, 'trips', world.image('trips:1.4')));
    return decision === 'admitted' ? 'trips 1.4 is admitted' : decision;
  },
};

const poi: Step = {
  id: 'no-artifacts',
  isAside: true,
  proves: ['P2', 'I17', 'I18'],
  says:
    'Somebody pushes poi directly from a laptop: no signature, no SBOM, no scan. It is ' +
    'denied, and the message says what is missing and how to fix it.',
  expects: 'denied: I17-signed-image, I18-scan-fresh, I18-signed-sbom',
  run: async (world) => {
    const digest = await build(world, 'poi', 'main', 'poi');
    world.note('poi:1.0', digest);
    world.tell(`docker push ${world.image('poi:1.0')}`);
    await new PlainRegistry(world.noted('registry')).pushImage(
      join(world.folder, 'poi'),
      digest,
      'shop/poi',
      '1.0',
    );
    return describeDecision(
      await apply(world, 'poi', world.image('poi:1.0')),
      'carries no signature',
      'no SBOM is attached',
      'fix',
    );
  },
};

const buildx: Step = {
  id: 'buildx-image',
  isAside: true,
  proves: ['B1', 'I10'],
  says:
    'Images come as people build them. docker buildx pushes an index: the image of one platform, ' +
    "and beside it BuildKit's own statements for the platform unknown/unknown. The inventory is " +
    'that of the image.',
  expects: 'the image of linux/amd64 is read: 4 components',
  run: async (world) => {
    const digest = world.noted('poi:1.0');
    const image = world.image('poi-buildx:1.0');
    world.tell(`docker buildx build --push --tag ${image} poi    # simulated`);
    await new PlainRegistry(world.noted('registry')).pushAsBuildx(
      join(world.folder, 'poi'),
      digest,
      'shop/poi-buildx',
      '1.0',
    );
    const done = await world.waybill(['sbom', image, '--platform', 'linux/amd64'], { at: '.' });
    world.show(`${done.stderr}${done.stdout}`, /./);
    const listed = shows(
      done,
      0,
      new RegExp(`${digest}, 4 components`),
      /pkg:npm\/minimist@1\.2\.6/,
    );
    return listed === 'yes' ? 'the image of linux/amd64 is read: 4 components' : listed;
  },
};

const cosign: Step = {
  id: 'cosign-signature',
  isAside: true,
  proves: ['I17', 'P8'],
  says:
    'Another team signs with cosign, and nobody told Waybill whose key that is. It says that it ' +
    'cannot know, and does not say that the image has no signature.',
  expects: 'denied: I18-scan-fresh, I18-signed-sbom',
  run: async (world) => {
    world.tell(`cosign sign ${world.image('poi-buildx')}@${world.noted('poi:1.0')}    # simulated`);
    const registry = new PlainRegistry(world.noted('registry'));
    await registry.pushCosignSignature('shop/poi-buildx', world.noted('poi:1.0'));
    const image = `${world.image('poi-buildx')}@${world.noted('poi:1.0')}`;
    return describeDecision(
      await apply(world, 'poi', image, /I17/),
      'it is signed by a key, and no key is trusted',
    );
  },
};

const forged: Step = {
  id: 'forged-signature',
  isAside: true,
  proves: ['P8'],
  says:
    "Then somebody takes the signature of trips and writes poi's digest into it. The " +
    'signature is no longer valid.',
  expects: 'denied: I17-signed-image, I18-scan-fresh, I18-signed-sbom',
  run: async (world) => {
    const registry = new PlainRegistry(world.noted('registry'));
    const from = { repository: 'shop/trips', digest: world.noted('trips:1.4') };
    await registry.pushImage(
      join(world.folder, 'poi'),
      world.noted('poi:1.0'),
      'shop/poi-forged',
      '1.0',
    );
    await registry.forgeSignature(from, {
      repository: 'shop/poi-forged',
      digest: world.noted('poi:1.0'),
    });
    return describeDecision(
      await apply(world, 'poi', world.image('poi-forged:1.0'), /I17/),
      'which does not count',
    );
  },
};

const userprofile: Step = {
  id: 'other-subject',
  isAside: true,
  proves: ['P8', 'X10', 'I17', 'I18'],
  says:
    'Another team is trusted only for its own sandbox. It released userprofile two days ago, ' +
    'by its own rules. The image is denied, and the message says who signed it and how old ' +
    'the scan is.',
  expects: 'denied: I17-signed-image, I18-scan-fresh, I18-signed-sbom',
  run: async (world) => {
    const releaseVerdict = await releaseByStranger(world);
    if (releaseVerdict !== 'allow') return `by their own rules: ${releaseVerdict}`;
    await trustIn(world, 'stranger/keys/default.root.crt', 'sandbox', STRANGER, 'sandbox');
    const denied = await apply(world, 'userprofile', world.image('userprofile:2.0'));
    return describeDecision(denied, 'CN=somebody-else', '48 h old');
  },
};

/**
 * Uses their home, root certificate, trust and advisories, on a machine whose clock shows two days
 * ago.
 */
async function releaseByStranger(world: World): Promise<string> {
  await build(world, 'userprofile', 'main', 'userprofile');
  const theirs = { home: 'stranger', at: '.', twoDaysAgo: true };
  const pattern = `${world.noted('registry')}/shop/*`;
  const trust = [
    '--certificate',
    'stranger/keys/default.root.crt',
    '--store',
    'own',
    '--identity',
    STRANGER,
  ];
  const setUp = [
    ['key', 'generate', '--subject', STRANGER],
    ['trust', 'add', ...trust, '--repository', pattern],
    ['advisories', 'import', writeFeed(world), ...COVERS],
  ];
  for (const words of setUp) {
    const { code, stderr } = await world.quietly(
      process.execPath,
      [world.program, ...words],
      theirs,
    );
    if (code !== 0) return stderr;
  }
  return verdictIn(
    await release(world, 'userprofile', '2.0', 'oci:userprofile:userprofile-main', 'main', theirs),
  );
}

const stale: Step = {
  id: 'stale-scan',
  isAside: true,
  proves: ['I18', 'O4'],
  says:
    'Our own poi 0.9 was released correctly two days ago, and has not been scanned since. An ' +
    'old scan proves nothing about today.',
  expects: 'denied: I18-scan-fresh',
  run: async (world) => {
    await build(world, 'poi', 'trips-1.3', 'poi-old');
    const then = { home: 'two-days-ago', at: '.', twoDaysAgo: true };
    cpSync(world.home, join(world.folder, then.home), {
      recursive: true,
      filter: (path) => !/[.]db/.test(path),
    });
    const imported = await world.quietly(
      process.execPath,
      [world.program, 'advisories', 'import', writeFeed(world), ...COVERS],
      then,
    );
    if (imported.code !== 0) return imported.stderr;
    const verdict = verdictIn(
      await release(world, 'poi', '0.9', 'oci:poi-old:poi-trips-1.3', 'trips-1.3', then),
    );
    if (verdict !== 'allow') return `two days ago: ${verdict}`;
    return describeDecision(
      await apply(world, 'poi', world.image('poi:0.9')),
      '48 h old; at most 24 h',
    );
  },
};

const lookAlike: Step = {
  id: 'look-alike',
  isAside: true,
  proves: ['I19'],
  says:
    'Images come only from allowed registries. shop-mirror only begins like shop, so it is ' +
    'refused.',
  expects: 'denied: I19-allowed-registry',
  run: async (world) => {
    const image = `${world.noted('registry')}/shop-mirror/trips@${world.noted('trips:1.4')}`;
    return describeDecision(await apply(world, 'trips', image));
  },
};

/** Names a release of the shop by its digest, as a cluster runs it. */
export function pinned(world: World, name: string, version: string): string {
  return `${world.image(`${name}:${version}`)}@${world.noted(`${name}:${version}`)}`;
}

const watched: Step = {
  id: 'watched',
  proves: ['P4', 'P11', 'P12'],
  says:
    'Two clusters in two regions report what they run. us-1 still runs trips 1.3 for a ' +
    'customer on Java 7.',
  expects: 'eu-1 (westeurope) runs 1, us-1 (eastus) runs 2',
  run: async (world) => {
    const clusters: readonly PlayedCluster[] = [
      {
        cluster: 'eu-1',
        region: 'westeurope',
        workloads: [{ name: 'trips', image: pinned(world, 'trips', '1.4') }],
      },
      {
        cluster: 'us-1',
        region: 'eastus',
        workloads: [
          { name: 'trips', image: pinned(world, 'trips', '1.4') },
          { name: 'trips-java7', image: pinned(world, 'trips', '1.3') },
        ],
      },
    ];
    const seen = [];
    for (const playing of clusters) {
      const done = await world.waybill(['watch', '--from', '-', '--cluster', playing.cluster], {
        input: kubectlList(playing),
        shownAs:
          'kubectl get pods,deployments,nodes -A -o json | waybill watch --from - --cluster ' +
          `${playing.cluster}`,
      });
      world.show(done.stdout, /./);
      const [, place = '', count = ''] =
        /^(\S+ \(\S+\)) at \S+: (\d+) workloads?/m.exec(done.stderr) ?? [];
      seen.push(done.code === 0 ? `${place} runs ${count}` : done.stderr);
    }
    return seen.join(', ');
  },
};

export const deploy: Act = {
  name: 'deploy',
  says: 'Only what is proven may run, and every refusal gives its reason.',
  steps: [server, poi, buildx, cosign, forged, userprofile, stale, lookAlike, watched],
};
