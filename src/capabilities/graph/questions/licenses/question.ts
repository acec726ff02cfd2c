import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const licenses = defineQuestion({
  name: 'licenses',
  summary: 'Which licences do the components of an image or a release have?',
  parameters: {
    subject: requireParameter('subject'),
    signedBy: NARROWING.signedBy,
    knownAt: NARROWING.knownAt,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: ['waybill ask licenses trips@1.4', 'waybill ask licenses trips@1.4 --format json'],
});
