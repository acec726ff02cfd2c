import { DECLARED_KINDS, ECOSYSTEMS } from '../src/capabilities/ecosystems/index.ts';
import { comparePeers } from './docs-coverage-peers.ts';

const NO = '–';

/** docs/reference/coverage.md, from the list of ecosystems and the table of names. */
export function coveragePage(): string {
  const read = ECOSYSTEMS.map(
    ({ name, extractors, declarations, advisories, fixes }) =>
      `| ${name} | ${(extractors ?? []).map((one) => one.name).join(', ') || NO} | ` +
      `${advisories?.scheme.name ?? NO} | ${formatFeeds(advisories) || NO} | ` +
      `${declarations === undefined ? NO : 'yes'} | ${fixes === undefined ? NO : 'yes'} |`,
  );
  const unread = DECLARED_KINDS.map(({ kind, files }) => {
    return `| ${kind} | ${files.map((file) => `\`${file}\``).join(' ')} |`;
  });
  return [
    '# What is read, and what is only named',
    '',
    '**What you need**: the name of an ecosystem, or of a file.',
    '',
    '**What you will have**: whether its packages are read, looked up and fixed.',
    '',
    '<!-- Made from the code by tools/docs.ts. -->',
    '',
    'The columns of this table: what an inventory reads (`waybill sbom`, `waybill scan`), the order',
    'by which versions are compared, the ecosystem of the advisories that are matched, whether',
    '`waybill deps` and the source gates read what is declared, with its pins and registries, and',
    'whether `waybill fix` changes it, or says what a person has to do. Where no advisories go by',
    'the names of packages, their versions are not compared.',
    '',
    '| ecosystem | read | compared | matched | declared and pinned | fixed |',
    '|---|---|---|---|---|---|',
    ...read,
    '',
    ...comparePeers(),
    '## Named in a source tree, and not read',
    '',
    'A file with one of these names makes the inventory of a source tree *partial*, and the',
    'declared dependencies: what it locks or requires is unknown, so a rule that all dependencies',
    'are pinned is *undetermined*. `*` is any text without `/`. The first kind counts.',
    '`waybill deps` also opens some files by their kind, and names what their content requires:',
    '',
    '- YAML: an image without a digest (`container-image`), a chart of Flux, k3s or Argo CD',
    '  (`helm`), packages of XcodeGen (`swift`), a manifest of Flatpak, hooks from elsewhere',
    '  (`git-hooks`).',
    '- A Python script that lists its dependencies (PEP 723), and a notebook that installs some.',
    '- A CMake file that fetches another project (`cpp`); directives of scala-cli and Ammonite.',
    '- A file that chooses the version of a runtime, such as `.nvmrc`, `.python-version` and',
    '  `rust-toolchain.toml`, and leaves it open (`tools`).',
    '',
    'What a step of GitHub Actions, GitLab or Azure Pipelines installs is read as in a Dockerfile.',
    'A script in a file of its own, or in another kind of pipeline, is not looked into.',
    '',
    '| kind | files |',
    '|---|---|',
    ...unread,
    '',
  ].join('\n');
}

function formatFeeds(naming: (typeof ECOSYSTEMS)[number]['advisories']): string {
  return naming === undefined ? '' : [naming.osv, ...(naming.alsoOsv ?? [])].join(', ');
}
