import { defineQuestion } from '../definition.ts';
import { NARROWING, requireParameter } from '../parameters.ts';

export const patchPlan = defineQuestion({
  name: 'patch-plan',
  summary: 'Which running services need which upgrade for a vulnerability, in which order?',
  parameters: {
    vulnerability: requireParameter('vulnerability'),
    owner: NARROWING.owner,
    knownAt: NARROWING.knownAt,
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: [
    'waybill ask patch-plan CVE-2021-44228',
    'waybill ask patch-plan CVE-2021-44228 --owner team-trips',
  ],
});
