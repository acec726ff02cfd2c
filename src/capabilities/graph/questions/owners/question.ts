import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING } from '../parameters.ts';

export const owners = defineQuestion({
  name: 'owners',
  summary: 'Who owns which releases, and of which does nobody say?',
  parameters: {
    owner: NARROWING.owner,
    asOf: NARROWING.asOf,
    knownAt: NARROWING.knownAt,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: ['waybill ask owners', 'waybill ask owners --owner team-trips --format json'],
});
