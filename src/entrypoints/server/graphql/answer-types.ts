import {
  GraphQLBoolean,
  type GraphQLFieldConfigMap,
  GraphQLFloat,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableOutputType,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLString,
} from 'graphql';
import { Failure } from '../../../core/failure.ts';
import { getOwn } from '../../../core/own.ts';

/** The JSON Schema of an answer, as far as it is read here. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly description?: string;
}

export type Fields = GraphQLFieldConfigMap<unknown, unknown>;

/** A value whose members are not declared. */
const JSON_VALUE = new GraphQLScalarType({
  name: 'JSON',
  description: 'Any value of JSON.',
  serialize: (value) => value,
});

const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;

/** Fields that an object of this form has beside its members. */
export type AddFields = (members: ReadonlySet<string>) => Fields;

/**
 * GraphQL types from the JSON Schemas of answers. Two objects of one form are one type, named after
 * the first place where it stands.
 */
export class AnswerTypes {
  readonly #byForm = new Map<string, GraphQLObjectType>();
  readonly #names = new Set<string>();
  readonly #addFields: AddFields;

  constructor(addFields: AddFields) {
    this.#addFields = addFields;
  }

  /** The type of an answer; `more` are fields that the answer itself has in addition. */
  buildAnswer(name: string, schema: JsonSchema, more: Fields): GraphQLObjectType {
    return this.#buildObject(name, schema, more);
  }

  #build(name: string, schema: JsonSchema): GraphQLNullableOutputType {
    const options = schema.anyOf ?? schema.oneOf;
    if (options !== undefined) {
      const [only, ...others] = options.filter(({ type }) => type !== 'null');
      return only === undefined || others.length > 0 ? JSON_VALUE : this.#build(name, only);
    }
    const kinds = [schema.type ?? []].flat().filter((kind) => kind !== 'null');
    const [kind, ...otherKinds] = kinds;
    if (kind === undefined || otherKinds.length > 0) return JSON_VALUE;
    if (kind === 'array')
      return new GraphQLList(new GraphQLNonNull(this.#build(name, schema.items ?? {})));
    if (kind === 'object')
      return schema.properties === undefined ? JSON_VALUE : this.#buildObject(name, schema, {});
    return getOwn(SCALARS, kind) ?? JSON_VALUE;
  }

  #buildObject(name: string, schema: JsonSchema, more: Fields): GraphQLObjectType {
    const form = JSON.stringify([schema, Object.keys(more)]);
    const known = this.#byForm.get(form);
    if (known !== undefined) return known;
    const members = Object.entries(schema.properties ?? {});
    const type: GraphQLObjectType = new GraphQLObjectType({
      name: this.#chooseName(name),
      fields: () => ({
        ...Object.fromEntries(
          members
            .filter(([member]) => NAME.test(member))
            .map(([member, one]) => [member, this.#describe(`${name}${capitalise(member)}`, one)]),
        ),
        ...more,
        ...this.#addFields(new Set(members.map(([member]) => member))),
      }),
    });
    this.#byForm.set(form, type);
    return type;
  }

  /** A member that is missing or null is null here: no answer is lost for one of them. */
  #describe(name: string, schema: JsonSchema) {
    const { description } = schema;
    return {
      type: this.#build(name, schema),
      ...(description === undefined ? {} : { description }),
    };
  }

  #chooseName(name: string): string {
    for (let number = 1; number < 1_000; number++) {
      const tried = number === 1 ? name : `${name}${number}`;
      if (this.#names.has(tried)) continue;
      this.#names.add(tried);
      return tried;
    }
    throw new Failure('INTERNAL', `too many types are called ${name}`, 'Report this.');
  }
}

const SCALARS: Readonly<Record<string, GraphQLNullableOutputType>> = {
  string: GraphQLString,
  // Counts and versions may be over the 32 bits of Int.
  number: GraphQLFloat,
  integer: GraphQLFloat,
  boolean: GraphQLBoolean,
};

export function capitalise(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}

/** `blast-radius` as `blastRadius`. */
export function toFieldName(question: string): string {
  return question.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
