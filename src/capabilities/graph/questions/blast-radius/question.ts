import { defineQuestion } from '../definition.ts';
import { allowParameter, NARROWING } from '../parameters.ts';

export const blastRadius = defineQuestion({
  name: 'blast-radius',
  summary: 'What rests on a component, base image, builder, signer, key, commit or person?',
  parameters: {
    component: allowParameter('component', {
      meaning: 'what holds it: a purl, name, name@version or name@range',
    }),
    base: allowParameter('subject', { meaning: 'what is built on this image, by its layers' }),
    builder: allowParameter('builder'),
    signer: allowParameter('signer', { meaning: 'what this identity signed' }),
    key: allowParameter('key'),
    commit: allowParameter('commit'),
    person: allowParameter('person'),
    since: NARROWING.since,
    owner: NARROWING.owner,
    asOf: NARROWING.asOf,
    knownAt: NARROWING.knownAt,
    page: allowParameter('page'),
  },
  loadSchema: () => import('./answer.ts').then(({ schema }) => schema),
  loadView: () => import('./view.ts').then(({ view }) => view),
  hasTree: false,
  examples: [
    'waybill ask blast-radius --commit c0ffee1',
    'waybill ask blast-radius --signer "CN=ci,O=Shop" --format json',
    'waybill ask blast-radius --base registry.example.com/base/debian:12',
  ],
});
