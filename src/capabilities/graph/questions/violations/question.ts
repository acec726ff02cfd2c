import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING } from '../parameters.ts';

export const violations = defineQuestion({
  name: 'violations',
  summary:
    'What did running workloads do against policy, and which release, commit and author ' +
    'are behind it?',
  parameters: {
    /** Without it: all violations in the place. */
    subject: allowParameter('subject', { form: 'argument' }),
    place: allowParameter('place'),
    ...NARROWING,
    since: allowParameter('since', { meaning: 'only events since, such as 90d' }),
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: [
    'waybill ask violations trips@1.4',
    'waybill ask violations --cluster eu-1 --since 7d',
  ],
});
