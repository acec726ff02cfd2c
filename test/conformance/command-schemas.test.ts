import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { QUESTIONS } from '../../src/capabilities/graph/questions/index.ts';
import { API_VERSION } from '../../src/core/api-version.ts';
import { COMMANDS } from '../../src/entrypoints/cli/every-command.ts';
import { SCHEMAS } from '../../src/entrypoints/cli/report/schemas.ts';
import { findSchemaPage, SCHEMA_PAGES } from '../../tools/docs-schemas.ts';
import { root } from '../../tools/process.ts';
import { requireOneTimeFormat } from '../support/answer-times.ts';
import { findPublishedSchema, requirePublished } from '../support/published-schema.ts';

/** The schemas of answers to questions are in the table of questions. */
const isQuestion = (name: string): boolean => name.startsWith('ask-');

const withJson = COMMANDS.filter(({ options }) =>
  options.some(
    ({ flags, choices }) => flags.startsWith('--format ') && choices?.includes('json') === true,
  ),
);

describe('the schemas of what commands print', () => {
  it('are published for every command that has --format json, and for no other', () => {
    const names = withJson.map(({ path }) => path.join('-'));
    expect(Object.keys(SCHEMAS)).toEqual(names.filter((name) => !isQuestion(name)));
    expect(withJson.filter((one) => findSchemaPage(one) === null)).toEqual([]);
    expect(names.filter(isQuestion)).toEqual(QUESTIONS.map(({ name }) => `ask-${name}`));
  });

  it.each(withJson.map(({ path }) => path.join('-')))(
    '%s refuses what is not its answer',
    (name) => {
      const command = withJson.find(({ path }) => path.join('-') === name);
      const schema = findPublishedSchema(command?.path ?? []);
      expect(schema?.safeParse({}).success).toBe(false);
      expect(schema?.safeParse([]).success).toBe(false);
    },
  );

  it('are strict: a member that is not published is refused', () => {
    const answer = { apiVersion: API_VERSION, documents: 1, equal: true, export: 'sha256:00' };
    expect(() => requirePublished(['graph', 'rebuild'], answer)).not.toThrow();
    expect(() => requirePublished(['graph', 'rebuild'], { ...answer, more: 1 })).toThrow(/more/);
  });

  const pages = SCHEMA_PAGES.map(({ path }) => basename(path, '.json'));

  it.each(pages)(
    '%s names the version of its form, and its example is one answer of it',
    (name) => {
      const page = readFileSync(join(root, `docs/reference/schemas/${name}.json`), 'utf8');
      const schema = z.fromJSONSchema(JSON.parse(page));
      const written = readFileSync(
        join(root, `docs/reference/schemas/examples/${name}.json`),
        'utf8',
      );
      const example = JSON.parse(written);
      expect(schema.safeParse(example).error).toBeUndefined();
      const { apiVersion, ...rest } = example;
      expect(apiVersion).toBe(name.startsWith('cluster-') && 'items' in rest ? 'v1' : API_VERSION);
      expect(schema.safeParse(rest).success).toBe(false);
      expect(schema.safeParse({ ...rest, apiVersion: 'waybill.dev/v2' }).success).toBe(false);
      requireOneTimeFormat(example);
    },
  );

  it('describe a failure in the same way for every command', () => {
    const error = { code: 'USAGE', message: 'a', remedy: 'b' };
    expect(() => requirePublished(['scan'], { apiVersion: API_VERSION, error })).not.toThrow();
    expect(() => requirePublished(['scan'], { error: { code: 'USAGE' } })).toThrow(/remedy/);
  });
});
