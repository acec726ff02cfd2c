import { REFUSED_LICENSES, SYSTEM_PACKAGE_TYPES } from '../src/capabilities/policy/index.ts';

/** docs/reference/licences.md, from the list that the default policy refuses. */
export function licencesPage(): string {
  const refused = REFUSED_LICENSES.flatMap(({ kind, reason, licenses }) => [
    `| ${kind} | ${reason} | ${licenses.map((one) => `\`${one}\``).join(', ')} |`,
  ]);
  return `# Licences

**What you need**: an inventory, and to know which licences your lawyers accept.

**What you will have**: what is refused and why, and how an expression is judged.

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

const RULES = `## The report

\`waybill licences TARGET\` lists each component with its licences and what the policy says of them;
\`--group-by licence\` lists each licence with its components. It ends with 1 if a licence is refused,
and with 3 if one is not known.

## How an expression is judged

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

## Licences that are stated beside the image

Programs of Go and Rust, and what \`dotnet publish\` writes, name their packages without licences. The
machine that builds them has these:

\`\`\`
waybill release registry.example.com/shop/trips:1.4 --image oci:build --name trips --version 1.4 \\
  --licenses-from "$(go env GOMODCACHE)" --licenses-from .
\`\`\`

| \`--licenses-from\` | what counts there |
|---|---|
| the module cache of Go | the licence files of \`PATH@VERSION\` |
| a source tree of Go | those of a vendor folder whose \`modules.txt\` lists the version, and for its own module those beside \`go.mod\` |
| \`~/.nuget/packages\` | the expression in the \`.nuspec\` of the version |
| \`~/.cargo/registry/src/INDEX\`, or a tree with \`cargo vendor\` | \`license\` in the \`Cargo.toml\` that names the version |
| an SBOM | what it states of the exact package URL |

Only components that state no licence get one, and each says from where: \`licensesFrom\` in the JSON,
in the detail of SPDX and in a property of CycloneDX. \`waybill sbom\` has the same option. At the
gates, a licence that one trusted SBOM lacks is also known from another one that a trusted signer
attached, if that is about the same package URL.

A licence file is recognised where all of it is known: the words of common licences, headings and
notices of copyright. It is compared by words, never by likeness; one more sentence, or one more
licence file that is not known, leaves the package unknown. The text of the GPL alone says no "or
later", and counts as \`GPL-3.0-only\`.

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
