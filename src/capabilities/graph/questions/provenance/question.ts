import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const provenance = defineQuestion({
  name: 'provenance',
  summary: 'Where does an image or a release come from, and which documents say so?',
  parameters: {
    subject: requireParameter('subject'),
    ...NARROWING,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: true,
  examples: [
    'waybill ask provenance registry.example.com/shop/trips@sha256:…',
    'waybill ask provenance trips@1.4 --format tree',
  ],
});
