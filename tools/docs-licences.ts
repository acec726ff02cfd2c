import { REFUSED_LICENSES, SYSTEM_PACKAGE_TYPES } from '../src/capabilities/policy/index.ts';

/** docs/reference/licences.md, from the list that the default policy refuses. */
export function licencesPage(): string {
  const refused = REFUSED_LICENSES.flatMap(({ kind, reason, licenses }) => [
    `| ${kind} | ${reason} | ${licenses.map((one) => `\`${one}\``).join(', ')} |`,
  ]);
  return `# Licences

Made from the code: \`node tools/docs.ts --write\`. The rule is \`B24-licenses\` of the default
policy, which decides at releases and is recorded by audits.

## What is refused

Every licence of the SPDX list is accepted, except these. The policy that \`waybill init\` writes
lists them in \`parameters.refusedLicenses\`; take out or add what your lawyers say.

| kind | why | licences |
|---|---|---|
${refused.join('\n')}

\`X+\` and \`X-or-later\` mean that version and every later one.

${RULES}`;
}

const TYPES = SYSTEM_PACKAGE_TYPES.map((type) => `\`${type}\``).join(', ');

const RULES = `## How an expression is judged

- \`A OR B\`: one accepted choice is enough. \`A AND B\`, and several stated licences: each must be
  accepted.
- \`X-or-later\` is refused if every version that exists is refused.
- \`X WITH exception\` is refused if \`X\` is: an exception gives more rights and takes no duty
  away. To accept one, name it in \`allowedLicenses\`:
  \`["*", "GPL-2.0-only WITH Classpath-exception-2.0"]\`.
- A licence that is not understood, such as \`see LICENSE\`, is unknown, and so is a
  \`LicenseRef\`: it may stand for any text. Name a \`LicenseRef\` in \`allowedLicenses\` to accept it.
- A component whose licence is unknown, or that states none, leaves the rule undetermined, and the
  image is not released. With \`unknownLicense: accept\` it is released, and every decision
  record says so. An exception for one component is narrower.

## Packages of the operating system

Components of the types ${TYPES} are judged in another way:

- They are refused if their papers name a licence of \`refusedLicenses\` and leave no choice.
- \`allowedLicenses\` is not asked of them. A Debian package states all licences of its source, such
  as those of its build scripts; the smallest Debian image has 138 different expressions. The
  distribution has judged them, and publishes the source.
- Papers that a program cannot read are not unknown: it is known that they name nothing. A third of
  Debian's copyright files are prose. Rule \`B24-system-licenses-named\` warns at each release
  and says how many packages these are and which.
- What was not gathered, such as packages of an SBOM that is partial, stays unknown and is not
  accepted.

## A stricter rule

List what your team allows instead of \`"*"\`:

\`\`\`yaml
parameters:
  allowedLicenses: [Apache-2.0, BSD-2-Clause, BSD-3-Clause, ISC, MIT]
\`\`\`

To ask this of packages of the operating system too, replace the condition of \`B24-licenses\`:

\`\`\`yaml
    require: >
      components.all(c,
      licensesAllowed(c.licenses, params.allowedLicenses, params.refusedLicenses))
\`\`\`

| function | value |
|---|---|
| \`licensesAllowed(licenses, allowed)\` | whether all can be met with the allowed ones; unknown where one is not understood |
| \`licensesAllowed(licenses, allowed, refused)\` | the same without the refused ones |
| \`licensesRefused(licenses, refused)\` | whether one of them, as far as it is understood, cannot be met without a refused one |
| \`licensesReason(licenses, refused)\` | why they are not accepted, as a text |
`;
