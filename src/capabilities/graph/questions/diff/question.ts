import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const diff = defineQuestion({
  name: 'diff',
  summary: 'What is different between two images or releases?',
  parameters: {
    from: requireParameter('subject'),
    to: requireParameter('subject'),
    signedBy: NARROWING.signedBy,
    knownAt: NARROWING.knownAt,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: [
    'waybill ask diff trips@1.3 trips@1.4',
    'waybill ask diff trips@1.3 trips@1.4 --format json',
  ],
});
