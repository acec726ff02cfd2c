import type { Act, Step } from '../step.ts';
import { rowsIn, shows } from '../verdicts.ts';

const component: Step = {
  id: 'which-releases',
  proves: ['G3', 'X9'],
  says: '"Which of my recent releases have log4j version 2.12.3 as a dependency?"',
  expects: 'trips 1.3, and no other',
  run: async (world) => {
    const words = ['--component', 'log4j@2.12.3', '--owner', 'shop', '--since', '90d'];
    const answer = await world.waybill(['ask', 'releases', ...words], { at: '.' });
    world.show(`${answer.stderr}${answer.stdout}`, /./);
    const named = rowsIn(answer.stdout).map(({ RELEASE, VERSION }) => `${RELEASE} ${VERSION}`);
    const right = shows(answer, 0, /log4j-core/, /2\.12\.3/);
    return right === 'yes' ? `${named.join(', ')}, and no other` : right;
  },
};

const exposure: Step = {
  id: 'which-clusters',
  proves: ['G4', 'G9', 'P12'],
  says: '"Which software releases deployed to which clusters have exposure to CVE-2021-44228?"',
  expects: 'trips 1.4 in eu-1 westeurope, trips 1.4 in us-1 eastus',
  run: async (world) => {
    const answer = await world.waybill(['ask', 'exposure', 'CVE-2021-44228'], { at: '.' });
    world.show(`${answer.stderr}${answer.stdout}`, /./);
    if (answer.code !== 1) return `exit code ${answer.code}: ${answer.stderr}`;
    const rows = rowsIn(answer.stdout).map(
      ({ RELEASE, VERSION, CLUSTER, REGION }) => `${RELEASE} ${VERSION} in ${CLUSTER} ${REGION}`,
    );
    return rows.sort().join(', ');
  },
};

const then: Step = {
  id: 'known-at',
  proves: ['X7'],
  says: 'What did we know before it was published? The graph answers as of that time: nothing.',
  expects: 'nothing was known',
  run: async (world) => {
    const answer = await world.waybill(
      ['ask', 'exposure', 'CVE-2021-44228', '--known-at', world.noted('before log4shell')],
      { at: '.' },
    );
    world.show(`${answer.stderr}${answer.stdout}`, /./);
    const right = shows(answer, 0, /by no valid advisory/, /^no release is known to be exposed\b/m);
    return right === 'yes' ? 'nothing was known' : right;
  },
};

const silence: Step = {
  id: 'cannot-say',
  proves: ['G4'],
  says:
    'Who is exposed to a vulnerability that no imported advisory names? The honest answer is not ' +
    '"nobody". Waybill cannot say, and ends with an exit code of its own.',
  expects: 'cannot say: no advisory names it',
  run: async (world) => {
    const answer = await world.waybill(['ask', 'exposure', 'CVE-2024-3094'], { at: '.' });
    world.show(`${answer.stderr}${answer.stdout}`, /./);
    const answered = shows(answer, 3, /no imported advisory or scan names "CVE-2024-3094"/);
    return answered === 'yes' ? 'cannot say: no advisory names it' : answered;
  },
};

const evidence: Step = {
  id: 'where-from',
  proves: ['G1', 'G2', 'G5', 'I5', 'X1'],
  says:
    'Where does an answer come from? The graph names each document from the cluster back to ' +
    'the commit, and who signed it.',
  expects: 'SBOM, scan and provenance by the release key, commit by Alice',
  run: async (world) => {
    const commit = (await world.quietly('git', ['rev-parse', 'trips-1.4^{commit}'])).stdout.trim();
    const answer = await world.waybill(['ask', 'provenance', world.image('trips:1.4')], {
      at: '.',
    });
    world.show(
      answer.stdout,
      /^(?:RELEASE|trips|REPOSITORY|https:\/\/git|DOCUMENT|sbom|scan|statement|CLUSTER|eu-1|us-1)/,
    );
    const documents = ['sbom', 'scan', 'statement'].map(
      (kind) => new RegExp(`^${kind} .*trusted CN=release`, 'm'),
    );
    const found = shows(answer, 0, ...documents, new RegExp(commit), /alice/i);
    return found === 'yes'
      ? 'SBOM, scan and provenance by the release key, commit by Alice'
      : found;
  },
};

const log: Step = {
  id: 'log-verified',
  proves: ['X14'],
  says:
    'Has anyone changed what was recorded? Every document and entry of the log is computed ' +
    'again.',
  expects: 'the log is whole',
  run: async (world) => {
    const checked = await world.waybill(['graph', 'verify'], { at: '.' });
    world.show(checked.stdout, /./);
    return checked.code === 0 ? 'the log is whole' : checked.stdout + checked.stderr;
  },
};

export const ask: Act = {
  name: 'ask',
  says: 'The two questions that this project began with, and where each answer comes from.',
  steps: [component, exposure, then, silence, evidence, log],
};
