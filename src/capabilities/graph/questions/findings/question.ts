import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const findings = defineQuestion({
  name: 'findings',
  summary: 'Which vulnerabilities does an image or a release have, as far as is known?',
  parameters: {
    subject: requireParameter('subject'),
    signedBy: NARROWING.signedBy,
    knownAt: NARROWING.knownAt,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: ['waybill ask findings registry.example.com/shop/trips:1.4'],
});
