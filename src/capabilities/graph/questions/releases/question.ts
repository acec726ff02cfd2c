import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const releases = defineQuestion({
  name: 'releases',
  summary: 'Which releases have a component?',
  parameters: {
    component: requireParameter('component', 'option'),
    ...NARROWING,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: [
    'waybill ask releases --component log4j-core@2.12.3 --since 90d',
    "waybill ask releases --component 'log4j@<2.15' --owner team-trips",
    'waybill ask releases --component pkg:npm/left-pad --format json',
  ],
});
