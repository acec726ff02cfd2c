import {
  listFields,
  type Parameter,
  type Parameters,
  type QuestionEntry,
} from '../../src/capabilities/graph/questions/index.ts';
import { makeImageDigest } from './question-world.ts';

/** Texts for the fields of a parameter, with values of the sample world. */
const SAMPLES: Readonly<Partial<Record<Parameter['type'], readonly string[]>>> = {
  component: ['log4j-core'],
  vulnerability: ['CVE-2021-44228'],
  subject: [makeImageDigest('trips')],
  place: ['eu-1'],
  owner: ['team-a'],
  person: ['ada@example.com'],
  within: ['3650d'],
  page: ['10'],
};
/** A filter may make the answer empty. */
const WIDE: readonly Parameter['type'][] = ['subject', 'person', 'place', 'page'];
/** The questions about one of several things are asked about a person. */
const OTHERS: readonly string[] = ['base'];

/** The same question as words of a command line and as a query. */
export interface QuestionSample {
  readonly words: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

/** Asks any entry of the table, with values that give an answer. */
export function sampleQuestion({ name, parameters }: QuestionEntry): QuestionSample {
  const written = listWritten(parameters);
  const words = written.flatMap(({ form, field, text }) =>
    form === 'argument'
      ? [text]
      : [`--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, text],
  );
  return {
    words: [name, ...words],
    query: Object.fromEntries(written.map(({ field, text }) => [field, text])),
  };
}

function listWritten(parameters: Parameters) {
  return Object.entries(parameters)
    .filter(
      ([name, { required, type }]) => required || (WIDE.includes(type) && !OTHERS.includes(name)),
    )
    .flatMap(([name, parameter]) =>
      listFields(name, parameter).flatMap(({ name: field }, at) => {
        const text = SAMPLES[parameter.type]?.[at];
        return text === undefined ? [] : [{ form: parameter.form, field, text }];
      }),
    );
}
