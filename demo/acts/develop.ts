import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  BASE_DIGEST,
  type Files,
  POI_FIXED,
  POI_PINNED,
  POI_UNPINNED,
  POI_VULNERABLE,
  SHOP,
  TRIPS_1_3_JAR,
  TRIPS_1_4,
} from '../services.ts';
import type { Act, Step } from '../step.ts';
import { brokenIn, shows } from '../verdicts.ts';
import type { World } from '../world.ts';

/** The lines of a verdict that matter to the user who is refused. */
const SAID = [/^deny/, /^ {2}broken/, /^ {4}\S/];

function change(world: World, files: Files): void {
  for (const [path, content] of Object.entries(files)) world.write(path, content);
}

const hooks: Step = {
  id: 'hooks',
  proves: ['D3', 'D17'],
  says: 'The commit gate already runs on her own machine, as git hooks.',
  expects: 'pre-commit and pre-push are installed',
  run: async (world) => {
    const done = await world.waybill(['hook', 'install']);
    world.show(`${done.stdout}${done.stderr}`, /pre-/);
    const installed = shows(done, 0, /pre-commit/, /pre-push/);
    return installed === 'yes' ? 'pre-commit and pre-push are installed' : installed;
  },
};

const unsigned: Step = {
  id: 'unsigned-commit',
  proves: ['D1', 'D3', 'D18'],
  says:
    'Alice moves trips from Java 7 to a newer Java with a newer log4j, and forgets to sign. ' +
    'The commit does not leave her machine.',
  expects: 'push refused: D18-signed-commits',
  run: async (world) => {
    rmSync(join(world.repository, TRIPS_1_3_JAR));
    change(world, TRIPS_1_4);
    await world.git(['add', '--all']);
    const committed = await world.git(['commit', '--quiet', '-m', 'trips 1.4 leaves Java 7']);
    if (committed.code !== 0) return `not committed: ${committed.stdout}${committed.stderr}`;
    return pushed(world, 'main');
  },
};

/** Pushes, and returns the result: what the hook said, and what arrived. */
async function pushed(world: World, what: string): Promise<string> {
  const done = await world.git(['push', 'origin', what]);
  world.show(`${done.stdout}${done.stderr}`, ...(done.code === 0 ? [/->/] : SAID));
  const branch = what.replace(/^.*:/, '').replace('refs/heads/', '');
  const arrived = await world.quietly('git', ['ls-remote', 'origin', `refs/heads/${branch}`]);
  const wanted = await world.quietly('git', ['rev-parse', what.replace(/:.*$/, '')]);
  const isThere = arrived.stdout.startsWith(wanted.stdout.trim());
  if (isThere !== (done.code === 0))
    return `git said ${done.code}, and the commit ${isThere ? 'is' : 'is not'} there`;
  return isThere ? 'pushed' : `push refused: ${brokenIn(done)}`;
}

const signed: Step = {
  id: 'signed-commit',
  proves: ['D4', 'D13', 'D18'],
  says: 'She signs the commit, and the push succeeds.',
  expects: 'pushed',
  run: async (world) => {
    await world.git(['commit', '--quiet', '--amend', '--no-edit', '-S']);
    const outcome = await pushed(world, 'main');
    await world.quietly('git', ['tag', 'trips-1.4']);
    return outcome;
  },
};

const forged: Step = {
  id: 'forged-commit',
  isAside: true,
  proves: ['D4', 'D18'],
  says:
    'Somebody changes one word of her commit and keeps her signature. The signature no longer ' +
    'matches.',
  expects: 'push refused: D18-signed-commits',
  run: async (world) => {
    const { stdout } = await world.quietly('git', ['cat-file', 'commit', 'HEAD']);
    const input = stdout.replace('leaves Java 7', 'leaves Java 8');
    const made = await world.quietly('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
      input,
    });
    return pushed(world, `${made.stdout.trim()}:refs/heads/forged`);
  },
};

const vulnerable: Step = {
  id: 'vulnerable-dependency',
  isAside: true,
  proves: ['D2', 'D3', 'D15', 'D16', 'D19'],
  says:
    'poi needs to read options, and Alice chooses a package with a known critical ' +
    'vulnerability. The commit is refused, and the refusal names the version that fixes it.',
  expects: 'commit refused: D19-no-critical-finding; minimist 1.2.5, fixed in 1.2.6',
  run: async (world) => {
    change(world, POI_VULNERABLE);
    const refused = await refusedCommit(world, 'poi reads options');
    const [, name, fixed] = /in (minimist 1\.2\.5) \(fixed in (1\.2\.6)\)/.exec(refused.said) ?? [];
    return `${refused.verdict}; ${name}, fixed in ${fixed}`;
  },
};

async function refusedCommit(world: World, message: string) {
  await world.git(['add', '--all']);
  const done = await world.git(['commit', '--quiet', '-S', '-m', message]);
  const said = `${done.stdout}${done.stderr}`;
  world.show(said, ...SAID);
  return { said, verdict: done.code === 0 ? 'committed' : `commit refused: ${brokenIn(done)}` };
}

const unpinned: Step = {
  id: 'unpinned-component',
  isAside: true,
  proves: ['D8', 'D12', 'D20'],
  says:
    'A base image that is named only by a tag may be a different image tomorrow. This is ' +
    'refused too.',
  expects: 'commit refused: D20-pinned-versions',
  run: async (world) => {
    change(world, { ...SHOP, ...POI_UNPINNED });
    rmSync(join(world.repository, TRIPS_1_3_JAR));
    return (await refusedCommit(world, 'poi on the newest base')).verdict;
  },
};

const fixed: Step = {
  id: 'fixed',
  proves: ['D2', 'D12', 'D16', 'D19', 'D20'],
  says:
    'Waybill fixes both: it takes the nearest safe version, and names the base by its ' +
    'digest. Then the signed commit passes.',
  expects: 'fixed, committed, pushed',
  run: async (world) => {
    change(world, { ...POI_VULNERABLE, ...POI_UNPINNED });
    const digest = `registry.example.com/base/debian:12=${BASE_DIGEST}`;
    const done = await world.waybill(['fix', '--apply', '--digest', digest]);
    world.show(`${done.stdout}${done.stderr}`, /^[-+](?![-+])/, /->/, /npm install/);
    const repaired = Object.entries({ ...POI_FIXED, ...POI_PINNED }).filter(([path]) =>
      /package[.]json|Dockerfile/.test(path),
    );
    const differing = repaired.filter(
      ([path, text]) => readFileSync(join(world.repository, path), 'utf8') !== text,
    );
    if (differing.length > 0)
      return (
        `not fixed: ${differing.map(([path]) => path).join(', ')}: ` +
        `${done.stdout}${done.stderr}`
      );
    world.tell(
      'npm install --package-lock-only --prefix poi    # simulated: the demo has no network',
    );
    change(world, POI_FIXED);
    await world.git(['add', '--all']);
    const committed = await world.git(['commit', '--quiet', '-S', '-m', 'poi reads options']);
    return committed.code === 0
      ? `fixed, committed, ${await pushed(world, 'main')}`
      : committed.stdout + committed.stderr;
  },
};

export const develop: Act = {
  name: 'develop',
  says:
    "No code leaves a developer's machine unsigned, with a known critical vulnerability, or " +
    'with a component that may change by itself.',
  steps: [hooks, unsigned, signed, forged, vulnerable, unpinned, fixed],
};
