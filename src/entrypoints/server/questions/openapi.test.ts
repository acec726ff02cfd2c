import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { sampleQuestion } from '../../../../test/support/question-samples.ts';
import { root } from '../../../../tools/process.ts';
import { QUESTIONS } from '../../../capabilities/graph/questions/index.ts';
import { buildOpenApi } from './openapi.ts';

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly required: boolean }[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

describe('the questions as OpenAPI', () => {
  it('are valid OpenAPI 3.1, as a validator of others says', async () => {
    const validator = new Validator();
    expect(await validator.validate({ ...(await buildOpenApi()) })).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    // It can refuse: a parameter without its place.
    const broken = structuredClone(await buildOpenApi()) as Document;
    const [first] = Object.values(broken.paths);
    Object.assign(first?.['get']?.parameters[0] ?? {}, { in: 'nowhere' });
    expect((await new Validator().validate({ ...broken })).valid).toBe(false);
  });

  it('are published as they are served', async () => {
    const published = readFileSync(join(root, 'docs/reference/openapi.json'), 'utf8');
    expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(await buildOpenApi())));
  });

  it('have every question, and every parameter that it takes', async () => {
    const { paths } = (await buildOpenApi()) as Document;
    expect(Object.keys(paths)).toEqual(QUESTIONS.map(({ name }) => `/v1/ask/${name}`));
    for (const entry of QUESTIONS) {
      const operation = Object.values(paths[`/v1/ask/${entry.name}`] ?? {})[0];
      const names = operation?.parameters.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(Object.keys(sampleQuestion(entry).query)));
    }
  });
});
