import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING } from '../parameters.ts';

export const changes = defineQuestion({
  name: 'changes',
  summary: 'Which components do advisories that were imported since affect now, or no longer?',
  parameters: {
    since: allowParameter('since', {
      meaning: 'advisories recorded since, such as 7d; by default those of the last import',
    }),
    knownAt: NARROWING.knownAt,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: ['waybill ask changes', 'waybill ask changes --since 7d --format json'],
});
