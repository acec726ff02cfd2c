import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigArgumentMap,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import {
  listFields,
  QUESTIONS,
  type QuestionEntry,
} from '../../../capabilities/graph/questions/index.ts';
import { setOwn } from '../../../core/own.ts';
import { describeSchema } from '../../../formats/json/describe-schema.ts';
import {
  AnswerTypes,
  capitalise,
  type Fields,
  type JsonSchema,
  toFieldName,
} from './answer-types.ts';

/** What the fields of one request ask with. */
export interface AskContext {
  /** The answer as its published JSON with the exit code of the command. */
  readonly ask: (
    question: string,
    query: Readonly<Record<string, string>>,
    policy: string | null,
  ) => Promise<object>;
}

/** Marks the fields that ask a question, for the cost of a request. */
export const ASKS = 'waybillQuestion';

type Subject = (row: Readonly<Record<string, unknown>>) => string;

/** Rows that have a subject: a question about it can be asked right there. */
const ROWS: readonly { readonly members: readonly string[]; readonly subject: Subject }[] = [
  {
    members: ['name', 'version', 'releasedAt'],
    subject: ({ name, version }) => `${name}@${version}`,
  },
  { members: ['cluster', 'workload', 'image'], subject: ({ image }) => `${image}` },
];
const ABOUT_A_SUBJECT = ['findings', 'provenance', 'verdicts', 'timeline', 'licenses', 'where'];

/**
 * The questions as a GraphQL schema, made from the same table as the commands and REST: a field for
 * each question, with its parameters by the same names, and in each release and each deployment the
 * questions about it. A page continues by `pageInfo.endCursor`.
 */
export async function buildGraphqlSchema(): Promise<GraphQLSchema> {
  const fields = new Map<string, GraphQLFieldConfig<unknown, AskContext>>();
  const types = new AnswerTypes((members) => {
    const row = ROWS.find((one) => one.members.every((member) => members.has(member)));
    if (row === undefined) return {};
    const own = ABOUT_A_SUBJECT.filter((name) => fields.has(name) && !members.has(name));
    return Object.fromEntries(
      own.map((name) => [name, narrow(name, fields.get(name), row.subject)]),
    ) as Fields;
  });
  for (const entry of QUESTIONS) {
    const schema = describeSchema(await entry.loadSchema()) as JsonSchema;
    fields.set(toFieldName(entry.name), describeQuestion(entry, schema, types));
  }
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      description: 'The questions of waybill ask. A moment is RFC 3339.',
      fields: Object.fromEntries(fields),
    }),
  });
}

const PAGE_INFO = new GraphQLObjectType({
  name: 'PageInfo',
  fields: {
    hasNextPage: { type: new GraphQLNonNull(GraphQLBoolean) },
    endCursor: { type: GraphQLString, description: 'as `after` it gives the page that follows' },
  },
});

const EXIT_CODE: Fields = {
  exitCode: {
    type: GraphQLInt,
    description: 'of the command: 3 means that something could not be judged',
  },
};
const PAGED: Fields = {
  ...EXIT_CODE,
  pageInfo: {
    type: new GraphQLNonNull(PAGE_INFO),
    resolve: (answer) => {
      const { next = null } = answer as { readonly next?: string | null };
      return { hasNextPage: next !== null, endCursor: next };
    },
  },
};

function describeQuestion(
  { name, summary, parameters }: QuestionEntry,
  schema: JsonSchema,
  types: AnswerTypes,
): GraphQLFieldConfig<unknown, AskContext> {
  const isPaged = schema.properties !== undefined && Object.hasOwn(schema.properties, 'next');
  const args: GraphQLFieldConfigArgumentMap = {};
  for (const [parameter, declared] of Object.entries(parameters))
    for (const field of declared.type === 'policy' ? [] : listFields(parameter, declared)) {
      const isNeeded = declared.required && field.fallback === undefined;
      const type = field.name === 'limit' ? GraphQLInt : GraphQLString;
      setOwn(args, field.name === 'limit' ? 'first' : field.name, {
        type: isNeeded ? new GraphQLNonNull(type) : type,
        description: field.meaning,
      });
    }
  const needsPolicy = Object.values(parameters).some(({ type }) => type === 'policy');
  if (needsPolicy)
    args['policy'] = {
      type: new GraphQLNonNull(GraphQLString),
      description: 'the policy document to try, as if it enforced',
    };
  const answer = capitalise(toFieldName(name));
  return {
    type: types.buildAnswer(answer, schema, isPaged ? PAGED : EXIT_CODE),
    description: summary,
    args,
    extensions: { [ASKS]: true },
    resolve: (_, given, { ask }) => {
      const { policy, ...texts } = given as Readonly<Record<string, unknown>>;
      return ask(name, toQuery(texts), typeof policy === 'string' ? policy : null);
    },
  };
}

/** The question about the row itself. */
function narrow(
  name: string,
  field: GraphQLFieldConfig<unknown, AskContext> | undefined,
  readSubject: Subject,
): GraphQLFieldConfig<unknown, AskContext> | undefined {
  if (field === undefined) return undefined;
  const { subject: _, cluster: _1, region: _2, namespace: _3, ...args } = field.args ?? {};
  return {
    ...field,
    args,
    resolve: (row, given, { ask }) => {
      const subject = readSubject(row as Readonly<Record<string, unknown>>);
      return ask(name, toQuery({ ...given, subject }), null);
    },
  };
}

function toQuery(texts: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const given = Object.entries(texts).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name === 'first' ? 'limit' : name, `${value}`]),
  );
}
