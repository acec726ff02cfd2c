import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packFeed } from '../../test/support/dated-feed.ts';
import { SHOP } from '../services.ts';
import type { Act, Step } from '../step.ts';
import { shows } from '../verdicts.ts';
import { freePort, type World } from '../world.ts';

export const RELEASER = 'CN=release,O=shop,ST=WA,C=US';
const ADVISORIES = join(import.meta.dirname, '../data/advisories.json');
/** A real feed needs no such word: it has more than a few records of what it covers. */
export const COVERS: readonly string[] = ['--covers', 'npm,Maven,Debian:12'];
const DAYS_3_MS = 3 * 86_400_000;

/** Some advisories as their source exported them three days ago; gives the path. */
export function writeFeed(world: World): string {
  const records = JSON.parse(readFileSync(ADVISORIES, 'utf8')) as readonly object[];
  return world.write('advisories.ndjson.gz', packFeed(records, Date.now() - DAYS_3_MS), '.');
}

const repository: Step = {
  id: 'repository',
  proves: ['D7'],
  says:
    'Alice works in a git repository with three services: trips, poi and userprofile. She ' +
    'signs her commits with an SSH key.',
  expects: 'three services, first commit signed by alice@shop.example.com',
  run: async (world) => {
    await makeRepository(world);
    const log = await world.git(['log', '-1', '--format=%h %s, signed by %GS: %G?']);
    world.show(log.stdout, /signed/);
    const services = await world.quietly('git', [
      'ls-tree',
      '-d',
      '--name-only',
      'HEAD',
      'trips',
      'poi',
      'userprofile',
    ]);
    const count = services.stdout.trim().split('\n').length === 3 ? 'three' : services.stdout;
    const [, signer = 'nobody'] = /signed by (\S+): G/.exec(log.stdout) ?? [];
    return `${count} services, first commit signed by ${signer}`;
  },
};

async function makeRepository(world: World): Promise<void> {
  const key = join(world.folder, 'alice');
  const made = await world.quietly(
    'ssh-keygen',
    ['-q', '-t', 'ed25519', '-N', '', '-C', 'alice', '-f', key],
    {
      at: '.',
    },
  );
  if (made.code !== 0) throw new Error(`ssh-keygen: ${made.stderr}`);
  const [type, value] = readFileSync(`${key}.pub`, 'utf8').split(' ');
  const signers = world.write(
    'allowed_signers',
    `alice@shop.example.com namespaces="git" ${type} ${value}\n`,
    '.',
  );
  for (const [path, content] of Object.entries(SHOP)) world.write(path, content);
  const settings = {
    'user.name': 'Alice',
    'user.email': 'alice@shop.example.com',
    'user.signingkey': key,
    'gpg.format': 'ssh',
    'gpg.ssh.allowedSignersFile': signers,
    'commit.gpgsign': 'false',
    'core.autocrlf': 'false',
  };
  const origin = join(world.folder, 'origin.git');
  const steps = [
    ['init', '--quiet', '--bare', '--initial-branch=main', origin],
    ['init', '--quiet', '--initial-branch=main'],
    ...Object.entries(settings).map((setting) => ['config', '--global', ...setting]),
    ['remote', 'add', 'origin', origin],
    ['add', '--all'],
    ['commit', '--quiet', '-S', '-m', 'Three services'],
    ['tag', 'trips-1.3'],
    ['push', '--quiet', 'origin', 'main'],
  ];
  for (const words of steps) {
    const { code, stderr } = await world.quietly('git', words);
    if (code !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
  }
}

const trust: Step = {
  id: 'trust',
  proves: ['B4', 'B19', 'I2', 'I16'],
  says:
    'The release pipeline has had a key for two days. A trust document says which identity ' +
    'may state what about which repositories.',
  expects: 'key made, trusted for shop/*',
  run: async (world) => {
    world.note('registry', `127.0.0.1:${await freePort()}`);
    const key = await world.waybill(['key', 'generate', '--subject', RELEASER], {
      at: '.',
      twoDaysAgo: true,
    });
    const added = await trustIn(world, 'home/keys/default.root.crt', 'shop', RELEASER, 'shop');
    world.show(added, /may state/);
    const isTrusted =
      /^CN=release.* may state image, sbom, scan, provenance about .*\/shop\/\*$/m.test(added);
    const made = key.code === 0 ? 'made' : 'refused';
    return `key ${made}, ${isTrusted ? 'trusted for shop/*' : added}`;
  },
};

/** Trusts an identity for everything below a path of the registry. Returns the output. */
export async function trustIn(
  world: World,
  root: string,
  store: string,
  identity: string,
  path: string,
) {
  const pattern = `${world.noted('registry')}/${path}/*`;
  const words = [
    '--certificate',
    root,
    '--store',
    store,
    '--identity',
    identity,
    '--repository',
    pattern,
  ];
  const { stdout, stderr } = await world.waybill(['trust', 'add', ...words], { at: '.' });
  return `${stdout}${stderr}`;
}

const policy: Step = {
  id: 'policy',
  proves: ['D17', 'P3', 'P7'],
  says:
    'One policy document serves every gate, from the commit to the cluster. Its rules have ' +
    'names, such as D18-signed-commits, and each refusal gives the name. Here the policy ' +
    'says which registries images and components may come from. Known vulnerabilities are ' +
    'imported once and looked up offline.',
  expects: 'policy loads, advisories are imported',
  run: async (world) => {
    const shown = await world.waybill(['policy', 'show', '--default'], {
      shownAs: 'waybill policy show --default > policy.yaml',
    });
    world.write('policy.yaml', adaptPolicy(shown.stdout, world.noted('registry')), '.');
    const checked = await world.waybill(['policy', 'check', 'policy.yaml'], { at: '.' });
    world.show(checked.stdout, /policy\.yaml/);
    const imported = await world.waybill(['advisories', 'import', writeFeed(world), ...COVERS], {
      shownAs: `waybill advisories import advisories.ndjson.gz ${COVERS.join(' ')}`,
    });
    world.show(imported.stdout, /added/);
    const loads = shows(checked, 0) === 'yes' ? 'policy loads' : checked.stdout + checked.stderr;
    return (
      `${loads}, ` +
      `${shows(imported, 0, /^3 added/m) === 'yes' ? 'advisories are imported' : imported.stderr}`
    );
  },
};

/**
 * What a team sets in the default policy. A jar states no licence, so unknown licences are
 * accepted, and each decision record says so. Each pattern must match: otherwise the policy would
 * not be the one that the story describes.
 */
function adaptPolicy(text: string, registry: string): string {
  const settings: readonly (readonly [RegExp, string])[] = [
    [/^ {2}allowedRegistries: .*$/m, `  allowedRegistries: ["${registry}/shop"]`],
    [
      /^ {2}allowedComponentRegistries: .*$/m,
      '  allowedComponentRegistries: ["registry.example.com"]',
    ],
    [/^ {2}unknownLicense: .*$/m, '  unknownLicense: accept'],
  ];
  return settings.reduce((changed, [pattern, line]) => {
    if (!pattern.test(changed)) throw new Error(`the default policy has no ${pattern}`);
    return changed.replace(pattern, line);
  }, text);
}

const registry: Step = {
  id: 'registry',
  proves: ['B25'],
  says: 'Images can be in any OCI registry. This is the one that is part of Waybill.',
  expects: 'registry is up',
  run: async (world) => {
    const output = await world.serve(
      ['registry', 'serve', 'store', '--listen', world.noted('registry')],
      /^registry at /m,
    );
    world.show(output, /^registry at/);
    const answer = await fetch(`http://${world.noted('registry')}/v2/`);
    return answer.status === 200 ? 'registry is up' : `status ${answer.status}`;
  },
};

export const prepare: Act = {
  name: 'before it begins',
  says:
    'Everything below is real: git and ssh-keygen, this checkout of Waybill as a command ' +
    'line, a registry, a server over HTTPS. Only the cluster, kubectl and docker are ' +
    'simulated.',
  steps: [repository, trust, policy, registry],
};
