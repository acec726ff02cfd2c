import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const verdicts = defineQuestion({
  name: 'verdicts',
  summary: 'Which verdicts did an image or a release get, at which gate, and when?',
  parameters: {
    subject: requireParameter('subject'),
    since: allowParameter('since', { meaning: 'only verdicts since, such as 90d' }),
    signedBy: NARROWING.signedBy,
    asOf: NARROWING.asOf,
    knownAt: NARROWING.knownAt,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: ['waybill ask verdicts registry.example.com/shop/trips:1.4'],
});
