import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { root } from '../../tools/process.ts';

const loadSchema = (name: string): object =>
  JSON.parse(
    gunzipSync(readFileSync(join(root, 'test/support/sbom-schemas', `${name}.json.gz`))).toString(),
  ) as object;

/** Formats of texts, such as `iri-reference`, are not judged. */
const options = { strict: false, validateFormats: false, allErrors: false } as const;
const compiled = new Map<string, ValidateFunction>();

/** What the official schema says against a document; null where it is valid. */
export function findSchemaBreach(name: string, document: unknown): string | null {
  const validate = compiled.get(name) ?? compileSchema(name);
  compiled.set(name, validate);
  return validate(document) ? null : JSON.stringify(validate.errors?.slice(0, 3));
}

function compileSchema(name: string): ValidateFunction {
  if (name === 'spdx-3.0.1' || name === 'openvex-0.2.0')
    return new Ajv2020(options).compile(loadSchema(name));
  if (name === 'csaf-2.0') return compileCsaf();
  const ajv = new Ajv(options);
  const shared = { spdx: 'spdx-licences', 'jsf-0.82': 'jsf-0.82' };
  for (const [key, file] of Object.entries({
    ...shared,
    'cryptography-defs': 'cryptography-defs',
  }))
    ajv.addSchema(loadSchema(file), `http://cyclonedx.org/schema/${key}.SNAPSHOT.schema.json`);
  return ajv.compile(loadSchema(name));
}

/** Its scores are judged by schemas of FIRST, which no document of ours needs. */
function compileCsaf(): ValidateFunction {
  const ajv = new Ajv2020(options);
  for (const version of ['2.0', '3.0', '3.1'])
    ajv.addSchema({}, `https://www.first.org/cvss/cvss-v${version}.json`);
  return ajv.compile(loadSchema('csaf-2.0'));
}
