import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING, requireParameter } from '../parameters.ts';

export const whatIf = defineQuestion({
  name: 'what-if',
  summary:
    'What would a policy newly deny, allow or leave undetermined, by the facts that were ' +
    'recorded?',
  parameters: {
    policy: requireParameter('policy', 'option'),
    gate: allowParameter('gate'),
    place: allowParameter('place'),
    ...NARROWING,
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: [
    'waybill ask what-if --policy stricter.yaml',
    'waybill ask what-if --policy stricter.yaml --owner team-trips --format json',
  ],
});
