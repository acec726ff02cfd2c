import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const exposure = defineQuestion({
  name: 'exposure',
  summary: 'Which releases, deployed to which clusters, are exposed to a vulnerability?',
  parameters: {
    vulnerability: requireParameter('vulnerability'),
    ...NARROWING,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: true,
  examples: [
    'waybill ask exposure CVE-2021-44228',
    'waybill ask exposure CVE-2021-44228 --as-of 2026-01-31T00:00:00Z --format json',
    'waybill ask exposure CVE-2021-44228 --format tree',
  ],
});
