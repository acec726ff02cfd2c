import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING } from '../parameters.ts';

export const missing = defineQuestion({
  name: 'missing',
  summary: 'What runs without a release, SBOM, signature, provenance or fresh scan?',
  parameters: {
    place: allowParameter('place'),
    scannedWithin: allowParameter('within', {
      meaning: 'how old the last scan may be, such as 7d',
    }),
    owner: NARROWING.owner,
    asOf: NARROWING.asOf,
    knownAt: NARROWING.knownAt,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: [
    'waybill ask missing',
    'waybill ask missing --cluster eu-1 --scanned-within 7d --format json',
  ],
});
