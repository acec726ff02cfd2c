import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const timeline = defineQuestion({
  name: 'timeline',
  summary: 'What happened to a release or an image, from commit to pod, in order?',
  parameters: {
    subject: requireParameter('subject'),
    since: allowParameter('since', { meaning: 'only events since, such as 90d' }),
    asOf: NARROWING.asOf,
    knownAt: NARROWING.knownAt,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: ['waybill ask timeline trips@1.4', 'waybill ask timeline trips@1.4 --since 30d'],
});
