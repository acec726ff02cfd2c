import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const findings = defineQuestion({
  name: 'findings',
  summary: 'Which vulnerabilities are known of an image or a release?',
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
