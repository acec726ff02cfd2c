import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING } from '../parameters.ts';

export const where = defineQuestion({
  name: 'where',
  summary: 'Where does an image or a release run, or what runs in a cluster, region or namespace?',
  parameters: {
    /** Without it: everything that runs in the place, or anywhere. */
    subject: allowParameter('subject', { form: 'argument' }),
    place: allowParameter('place'),
    ...NARROWING,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: true,
  examples: [
    'waybill ask where sha256:… --as-of 2026-01-31T00:00:00Z',
    'waybill ask where trips@1.4 --format tree',
    'waybill ask where --cluster eu-1 --namespace shop',
  ],
});
