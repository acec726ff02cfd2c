import {
  findQuestion,
  listFields,
  type QuestionEntry,
} from '../src/capabilities/graph/questions/index.ts';
import { API_VERSION } from '../src/core/api-version.ts';
import { GROUPS } from '../src/entrypoints/cli/catalogue.ts';
import type { CommandDefinition } from '../src/entrypoints/cli/command.ts';
import { COMMANDS } from '../src/entrypoints/cli/every-command.ts';
import { EVERYWHERE } from '../src/entrypoints/cli/options/everywhere.ts';
import { SETTINGS, VARIABLES } from '../src/entrypoints/config/config.ts';
import { findExamplePage, findSchemaPage } from './docs-schemas.ts';

const TOP = `**What you need**: a [Waybill](../guides/first-release.md) on the PATH.

**What you will have**: each command with its options, settings, exit codes and JSON.`;

/**
 * docs/reference/commands.md, from the catalogue of the command line and the keys and variables of
 * its configuration.
 */
export function commandsPage(): string {
  return `# Commands

${TOP}

This page is made from \`src/entrypoints/cli/catalogue.ts\` and \`config.ts\` by
\`node tools/docs.ts --write\`. \`waybill COMMAND --help\` says the same.

| command | does |
|---|---|
${COMMANDS.map(summarise).join('\n')}

## Targets

| written | means |
|---|---|
| \`.\` or a path | a source tree; a folder with a file \`oci-layout\` is an image, a file is an SBOM |
| \`rootfs:PATH\` | an unpacked root file system |
| \`registry.example.com/shop/trips:1.4\`, \`…@sha256:…\` | an image in a registry; a tag is resolved once, and the digest is used |
| \`oci:DIR[:TAG\\|@DIGEST]\`, \`oci-archive:FILE\`, \`docker-archive:FILE\` | an image on disk; of several in an archive, \`FILE:NAME:TAG\` takes one, as \`docker save\` named it |
| \`sbom:FILE\`, \`-\` | an SBOM: SPDX 2 (JSON, tag-value), SPDX 3 (JSON), CycloneDX (JSON, XML) or a dependency snapshot of GitHub; a folder with the \`_manifest\` of sbom-tool; \`-\` reads it from standard input |

Standard error says how a target was recognised.

${describeOptionsOfAll()}
## Exit codes

| code | means |
|---|---|
| 0 | allowed or clean |
| 1 | denied, or there are findings |
| 2 | usage, configuration, or a failure of the system: a full disk, a held lock, an interruption, a defect |
| 3 | evidence could not be obtained or read, or something could not be judged |
| 4 | this version can read nothing in the input |

Results go to standard output, everything else to standard error. A reader that leaves early
(\`| head -1\`) does not change the exit code. Ctrl-C or SIGTERM ends a command that only reads at
once. It asks any other one, and one with \`--output\`, to stop and clean up; a second one ends it
immediately.

${JSON_SECTION}
## Configuration

An option overrides a variable. A variable overrides the configuration file, and that file overrides
the default. The file is the one that \`--config\` or \`WAYBILL_CONFIG\` names, else \`waybill.yaml\` in
the home, where it cannot set \`home\`. Unknown keys are errors; unknown \`WAYBILL_*\` variables are
reported and have no effect. Paths in the file are relative to its folder.

The current folder does not decide whom we trust. Only \`gate commit\` and \`gate build\` use the
\`waybill.yaml\` of the tree that they judge, if the user owns it and names no other file, and only
\`policy\`, \`allowedSigners\` and \`advisories\` of it; they print this
([record](../adr/0031-whose-configuration-counts.md)).

| key of waybill.yaml | means |
|---|---|
${rows(SETTINGS)}

| variable | means |
|---|---|
${rows(VARIABLES)}
| \`NO_COLOR\`, \`FORCE_COLOR\` | no colours ([no-color.org](https://no-color.org)), or colours also when the output is not a terminal |
| \`NODE_COMPILE_CACHE\` | a private folder in which Node.js keeps compiled code for a faster start; no other user may be able to write there, because this code is run ([why it is not the default](../adr/0027-no-compile-cache.md)) |
| \`XDG_DATA_HOME\` | the default of \`home\` is \`waybill\` in it, or in \`~/.local/share\`; \`%LOCALAPPDATA%\` on Windows |
| \`DOCKER_CONFIG\` | where credentials of registries are read, as Docker keeps them |
| \`HTTPS_PROXY\`, \`HTTP_PROXY\`, \`NO_PROXY\` | proxies to registries |
| \`NODE_EXTRA_CA_CERTS\` | PEM file of further authorities for HTTPS |

${COMMANDS.map(section).join('\n')}`;
}

function describeOptionsOfAll(): string {
  return `## Options of every command

| option | means |
|---|---|
${EVERYWHERE.map(({ flags, meaning }) => `| \`${flags}\` | ${cell(meaning)} |`).join('\n')}

On a terminal, tables fit its width (\`COLUMNS\` overrides it): digests are shortened, wide columns
are wrapped, and columns without room are left out and named. In a file or a pipe nothing is cut.
Ids of vulnerabilities are links where the terminal shows links.
`;
}

function summarise(command: CommandDefinition): string {
  const name = toName(command);
  return `| [\`${name}\`](#${toAnchor(command)}) | ${cell(command.summary)} |`;
}

function toName({ path }: CommandDefinition): string {
  return `waybill ${path.join(' ')}`;
}

function toAnchor(command: CommandDefinition): string {
  return toName(command).replaceAll(' ', '-');
}

function section(command: CommandDefinition): string {
  const group = command.path.length > 1 ? `${GROUPS[command.path[0]]}: ` : '';
  const words = command.arguments.map(({ name, required, several }) => {
    const word = several ? `${name}...` : name;
    return required ? `<${word}>` : `[${word}]`;
  });
  const taken = command.arguments.map(({ name, meaning }) => `| \`${name}\` | ${cell(meaning)} |`);
  const options = command.options.map(({ flags, meaning, choices, fallback, required }) => {
    const more = [
      ...(choices === undefined ? [] : [choices.map((choice) => `\`${choice}\``).join(', ')]),
      ...(fallback === undefined ? [] : [`default \`${fallback}\``]),
      ...(required === true ? ['required'] : []),
    ];
    return `| \`${flags}\` | ${cell(meaning)}${more.length === 0 ? '' : ` (${more.join('; ')})`} |`;
  });
  const head = '| argument or option | means |\n|---|---|';
  const table = [...taken, ...options];
  return `## ${toName(command)}

${fill(`${group}${command.summary}`)}

\`\`\`
${[toName(command), ...words].join(' ')}
\`\`\`
${table.length === 0 ? '' : `\n${head}\n${table.join('\n')}\n`}${describeEndpoint(command)}
\`\`\`
${command.examples.join('\n')}
\`\`\`
${describeJson(command)}`;
}

function describeJson(command: CommandDefinition): string {
  const schema = findSchemaPage(command);
  if (schema === null) return '';
  const link = (word: string, page: string): string =>
    `[${word}](${page.replace('docs/reference/', '')})`;
  const example = findExamplePage(schema);
  const more = example === null ? '' : `,\n${link('example', example)}`;
  return `\nWhat \`--format json\` prints: ${link('schema', schema)}${more}.\n`;
}

const JSON_SECTION = `## JSON

What \`--format json\` prints has \`"apiVersion": "${API_VERSION}"\`, a schema and an example.
Where a command gives several results, each is a line of its own and has it too. So has a failure:
\`{"apiVersion", "error": {"code", "message", "remedy"}}\` ([schema](schemas/error.json),
[example](schemas/examples/error.json)), with a code of [errors.md](errors.md). Only the List that
\`cluster server\` and \`cluster webhook\` print is in the form of Kubernetes.

Every time is RFC 3339 in UTC, to the millisecond: \`2026-01-31T12:00:00.000Z\`. Texts of others that
are passed on, such as annotations and messages, stay as they are. A schema says what this version
prints. Within this \`apiVersion\` no member is removed, renamed or changed in its meaning, but later
versions may print more members: a reader ignores those that it does not know
([record](../adr/0019-compatibility.md)).
`;

/** Describes the HTTP endpoint of a command that is a question. */
function describeEndpoint({ path: [group, name = ''] }: CommandDefinition): string {
  const question = group === 'ask' ? findQuestion(name) : undefined;
  if (question === undefined) return '';
  const method = takesPolicy(question) ? 'POST' : 'GET';
  const fields = Object.entries(question.parameters).flatMap(([parameter, declared]) =>
    declared.type === 'policy'
      ? []
      : listFields(parameter, declared).map(
          (field) => `\`${field.name}\`${declared.required ? ' (required)' : ''}`,
        ),
  );
  const body = takesPolicy(question) ? ' The policy is the body.' : '';
  return `\n${fill(`Over HTTP: \`${method} /v1/ask/${name}\`, with ${fields.join(', ')}.${body}`)}\n`;
}

const COLUMNS = 100;

/** A paragraph whose lines end at 100 columns. */
function fill(paragraph: string): string {
  const lines = [''];
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + word.length < COLUMNS) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}

function takesPolicy({ parameters }: QuestionEntry): boolean {
  return Object.values(parameters).some(({ type }) => type === 'policy');
}

function rows(entries: Readonly<Record<string, string>>): string {
  return Object.entries(entries)
    .map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)
    .join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
