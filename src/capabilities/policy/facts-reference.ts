import { FACT_NAMES, FACTS, PARAMETERS } from './catalogue.ts';
import { type CelType, formatType } from './cel/type.ts';

/** docs/reference/facts.md, written from the schema that rules are checked against. */
export function formatFactsMarkdown(): string {
  const facts = FACT_NAMES.map((name) => {
    const { type, gates, meaning } = FACTS[name];
    return [
      `### \`${name}\``,
      '',
      `${meaning}`,
      '',
      `Gates: ${gates.join(', ')}.`,
      '',
      ...formatFieldTable(type),
    ].join('\n');
  });
  const parameters = Object.entries(PARAMETERS).map(
    ([name, { type, meaning }]) => `| \`params.${name}\` | ${describeType(type)} | ${meaning} |`,
  );
  return [
    '# Facts that rules may read',
    '',
    '**What you need**: a policy, and a rule to write.',
    '',
    '**What you will have**: each fact, when it is known, and the functions of a rule.',
    '',
    'Written from the schema in `src/capabilities/policy/catalogue.ts`; a test compares both. ' +
      'A fact that was not',
    'gathered is an error value, not an empty one: `all` over a list that lacks elements is ' +
      'false or an error, `exists`',
    'is true or an error. `known(x)` says whether there is a value; `has()` is refused.',
    '',
    'A package URL is compared as a package. `c.purl == "pkg:deb/debian/apt"` means every version ' +
      'of apt, and',
    'any spelling of a package URL means what it means in an exception; `!=` and `in` likewise. ' +
      'Where a package',
    'URL is used as a text, such as in `startsWith`, it has the spelling that `waybill sbom` writes.',
    '',
    '## Facts',
    '',
    facts.join('\n\n'),
    '',
    '## Parameters and time',
    '',
    '| name | type | meaning |',
    '|---|---|---|',
    ...parameters,
    '| `now` | timestamp | The moment of the question; an input like the facts. |',
    '',
  ].join('\n');
}

function formatFieldTable(type: CelType): readonly string[] {
  const list = type.kind === 'list';
  const record = list ? type.of : type;
  if (record.kind !== 'object') return [`Type: ${describeType(type)}.`];
  const rows = Object.entries(record.fields).map(
    ([field, of]) => `| \`${field}\` | ${describeType(of)} |`,
  );
  return [
    list ? 'A list; each element has:' : 'A record:',
    '',
    '| field | type |',
    '|---|---|',
    ...rows,
  ];
}

function describeType(type: CelType): string {
  const absent = type.nullable === true ? ', or null' : '';
  if (type.kind === 'string' && type.values !== undefined) {
    const values = type.values.map((value) => `\`${value}\``).join(' or ');
    return `${values}${type.unknownText === undefined ? '' : ', or unknown'}${absent}`;
  }
  if (type.kind === 'string' && type.package === true) return `package URL${absent}`;
  if (type.kind === 'list' && type.of.kind === 'object') {
    const fields = Object.entries(type.of.fields).map(
      ([field, of]) => `\`${field}\` ${formatType(of)}`,
    );
    return `list of { ${fields.join(', ')} }`;
  }
  return `${formatType({ ...type, nullable: undefined } as unknown as CelType)}${absent}`;
}
