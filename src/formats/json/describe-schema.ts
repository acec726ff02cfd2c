import { z } from 'zod';
import { API_VERSION } from '../../core/api-version.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** What is printed, as JSON Schema 2020-12: with the version of its form that `toAnswer` adds. */
export function describeSchema(schema: z.ZodType): Schema {
  const described = z.toJSONSchema(schema, {
    // Describes what is printed: a codec, such as that of a moment, by its text.
    io: 'input',
    // `readonly` is a rule for programs and says nothing about the JSON.
    override: ({ jsonSchema }) => delete jsonSchema.readOnly,
  });
  return addVersion(described as Schema);
}

function addVersion(schema: Schema): Schema {
  if (schema.anyOf !== undefined) return { ...schema, anyOf: schema.anyOf.map(addVersion) };
  const { properties = {}, required = [] } = schema;
  // A List of Kubernetes has the version of Kubernetes.
  if (Object.hasOwn(properties, 'apiVersion')) return schema;
  return {
    ...schema,
    properties: { apiVersion: { type: 'string', const: API_VERSION }, ...properties },
    required: ['apiVersion', ...required],
  };
}
