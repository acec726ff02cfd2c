import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const expiries = defineQuestion({
  name: 'expiries',
  summary: 'Which releases depend on a certificate chain or a signature that ends soon, and when?',
  parameters: {
    within: requireParameter('within', 'option'),
    ...NARROWING,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: [
    'waybill ask expiries',
    'waybill ask expiries --within 90d --owner team-trips --format json',
  ],
});
