import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { applyDeployment, describeDecision, verifications } from '../cluster.ts';
import { escalation } from '../kubectl.ts';
import type { Act, Step } from '../step.ts';
import { rowsIn, shows } from '../verdicts.ts';
import { apply, pinned, readServer } from './deploy.ts';

const SECOND_MS = 1_000;
const LOG4SHELL = join(import.meta.dirname, '../data/log4shell.json');

const imported: Step = {
  id: 'log4shell',
  proves: ['O4', 'O7'],
  says:
    'It is Friday evening. A moment ago trips 1.4 could still be deployed. Now Log4Shell ' +
    '(CVE-2021-44228) is published, and its advisory is imported.',
  expects: 'admitted before, one advisory more',
  run: async (world) => {
    const before = describeDecision(await apply(world, 'trips', world.image('trips:1.4')));
    world.note('before log4shell', new Date().toISOString());
    const done = await world.waybill(['advisories', 'import', LOG4SHELL], {
      shownAs: 'waybill advisories import log4shell.json',
    });
    world.note('imported', String(performance.now()));
    world.show(done.stdout, /added/);
    const added = shows(done, 0, /^1 added, 0 updated, 0 unchanged/m);
    return `${before} before, ${added === 'yes' ? 'one advisory more' : added}`;
  },
};

const refused: Step = {
  id: 'refused-at-once',
  isAside: true,
  proves: ['O8', 'O9', 'X4'],
  says:
    'Within a second trips 1.4 is refused. The SBOM that was signed at its release is ' +
    'enough: the image is not fetched, scanned or verified again.',
  expects: 'denied: B23-no-critical-finding, within a second, nothing verified again',
  run: async (world) => {
    const before = await verifications(readServer(world));
    const late = Number(world.noted('imported')) + SECOND_MS;
    const image = world.image('trips:1.4');
    let asked = performance.now();
    while ((await applyDeployment(readServer(world), 'trips', image)).allowed && asked < late) {
      await pause(50);
      asked = performance.now();
    }
    const decision = describeDecision(
      await apply(world, 'trips', image),
      'CVE-2021-44228',
      '2.14.1',
      '2.15.0',
    );
    const again = (await verifications(readServer(world))) - before;
    const soon = asked <= late ? 'within a second' : 'not within a second';
    return `${decision}, ${soon}, ${again === 0 ? 'nothing' : again} verified again`;
  },
};

const trap: Step = {
  id: 'fixed-backport',
  isAside: true,
  proves: ['G4'],
  says:
    'trips 1.3 is still admitted. The number of its log4j, 2.12.3, is lower than 2.14.1, but ' +
    'it is the fixed backport for Java 7.',
  expects: 'admitted',
  run: async (world) =>
    describeDecision(await apply(world, 'trips-java7', world.image('trips:1.3'))),
};

const quiet: Step = {
  id: 'audit-before',
  proves: ['O2', 'O3', 'O5', 'O6'],
  says:
    'A scheduled audit judges everything that was released and everything that runs, by the ' +
    'rules of today. At noon on Friday it finds nothing.',
  expects: 'nothing is denied',
  run: async (world) => {
    const done = await world.waybill(['audit'], { at: '.' });
    world.show(done.stdout, /denied, /);
    const right = shows(done, 0, /^0 denied, 0 undetermined, 3 allowed/m);
    return right === 'yes' ? 'nothing is denied' : right;
  },
};

const audited: Step = {
  id: 'audit-after',
  proves: ['O1', 'O2', 'O7', 'O8', 'G6'],
  says:
    'The next audit says what is exposed, where it runs, who owns it, and what has changed ' +
    'since the last audit and why. us-1 also runs trips 1.3, which is not affected and so ' +
    'not named.',
  expects:
    'deny: trips 1.4 in eu-1 westeurope, trips 1.4 in us-1 eastus; changed by CVE-2021-44228',
  run: async (world) => {
    const done = await world.waybill(['audit'], { at: '.' });
    const once = [...new Set(done.stdout.split('\n'))].join('\n');
    world.show(once, /^(?:running|DECISION|deny)/, /^ {2}broken/, /allow -> deny/, /denied, /);
    const denied = rowsIn(done.stdout).map(
      ({ DECISION, RELEASE, CLUSTER, REGION }) => `${DECISION}: ${RELEASE} in ${CLUSTER} ${REGION}`,
    );
    const changed = shows(
      done,
      1,
      /allow -> deny; .*CVE-2021-44228/,
      /^2 denied, 0 undetermined, 1 allowed; 2 changed/m,
    );
    const named = denied.sort().join(', ').replaceAll(', deny:', ',');
    return `${named}; changed by ${changed === 'yes' ? 'CVE-2021-44228' : changed}`;
  },
};

const violation: Step = {
  id: 'runtime-violation',
  proves: ['O10', 'O11', 'X6'],
  says:
    'Falco watches what processes do. At night it sees that a process in trips gives itself ' +
    'root rights. The event is joined to workload, release, commit and author. The workload ' +
    'is configured safely, so the known vulnerability is suspected.',
  expects: 'joined to deployment, release, commit and author; a vulnerability is suspected',
  run: async (world) => {
    const event = escalation('eu-1', 'trips', pinned(world, 'trips', '1.4'), new Date());
    const done = await world.waybill(['violation', 'ingest', '-', '--cluster', 'eu-1'], {
      input: event,
      shownAs: 'kubectl logs -n falco daemonset/falco | waybill violation ingest - --cluster eu-1',
    });
    world.show(done.stdout, /./);
    const commit = (
      await world.quietly('git', ['rev-parse', '--short=12', 'trips-1.4^{commit}'])
    ).stdout.trim();
    const origin = new RegExp(
      `eu-1/shop +Deployment/trips +trips 1\\.4 +${commit} +.*alice@shop\\.example\\.com`,
    );
    const joined = shows(
      done,
      0,
      origin,
      /vulnerability suspected/,
      /CVE-2021-44228 \(critical\).*2\.14\.1/,
    );
    return joined === 'yes'
      ? 'joined to deployment, release, commit and author; a vulnerability is suspected'
      : joined;
  },
};

export const operate: Act = {
  name: 'operate',
  says:
    'What was safe yesterday may not be safe today. The team that runs it is informed, and ' +
    'the gate refuses it.',
  steps: [quiet, imported, refused, trap, audited, violation],
};
