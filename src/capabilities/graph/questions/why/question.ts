import { defineQuestion } from '../definition.ts';
import { NARROWING, requireParameter } from '../parameters.ts';

export const why = defineQuestion({
  name: 'why',
  summary: 'Why is a component in an image or a release?',
  parameters: {
    subject: requireParameter('subject'),
    component: requireParameter('component'),
    signedBy: NARROWING.signedBy,
    knownAt: NARROWING.knownAt,
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: true,
  examples: [
    'waybill ask why trips@1.4 log4j-core',
    'waybill ask why sha256:… pkg:npm/left-pad --format tree',
  ],
});
