import { cpSync, existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig } from 'vitepress';

const ROOT = join(import.meta.dirname, '../../..');

/** The title of a page is its first heading. */
function readTitle(path: string): string {
  const heading = /^# (.*)$/m.exec(readFileSync(join(ROOT, path), 'utf8'))?.[1];
  return heading ?? basename(path, '.md');
}

function listPages(folder: string): { readonly text: string; readonly link: string }[] {
  return globSync(`docs/${folder}/*.md`, { cwd: ROOT })
    .sort()
    .map((path) => ({
      text: readTitle(path),
      link: `/${path.replaceAll('\\', '/').replace(/\.md$/, '')}`,
    }));
}

const FIRST = ['first-release', 'observe-to-enforce', 'first-cluster'];

/** The first hour in its order, then the rest by name; what is for developers of Waybill last. */
function sortGuides() {
  const pages = listPages('guides');
  const rank = ({ link }: { readonly link: string }): number => {
    const name = basename(link);
    if (FIRST.includes(name)) return FIRST.indexOf(name);
    return name.startsWith('add-') ? 100 : 50;
  };
  return pages.sort((one, other) => rank(one) - rank(other));
}

const readRoot = (path: string) => ({ text: readTitle(path), link: `/${path.slice(0, -3)}` });

// Files that are no pages: links to them keep their suffix.
process.env['VITE_EXTRA_EXTENSIONS'] = 'graphql';

export default defineConfig({
  title: 'Waybill',
  description:
    'A signed waybill for every container release, and only proven releases in a cluster.',
  lang: 'en',
  srcDir: './pages',
  outDir: './dist',
  cacheDir: './.cache',
  rewrites: { 'README.md': 'index.md' },
  cleanUrls: false,
  // Pages link to files and folders of the repository, which are no pages; vitepress names pages
  // without their suffix here.
  ignoreDeadLinks: [
    (link) => !existsSync(join(ROOT, `${link}.md`)) && existsSync(join(ROOT, link)),
  ],
  markdown: {
    config: (md) => {
      // The braces of a template are text here.
      const { text } = md.renderer.rules;
      md.renderer.rules.text = (tokens, at, options, env, self) => {
        const shown = text?.(tokens, at, options, env, self) ?? '';
        return shown.replaceAll('{{', '&#123;&#123;');
      };
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'First release', link: '/docs/guides/first-release' },
      { text: 'Guides', link: '/docs/guides/observe-to-enforce' },
      { text: 'Commands', link: '/docs/reference/commands' },
    ],
    sidebar: [
      { text: 'Guides', items: sortGuides() },
      { text: 'Reference', items: listPages('reference') },
      {
        text: 'The project',
        items: [
          'ARCHITECTURE.md',
          'GLOSSARY.md',
          'SECURITY.md',
          'CONTRIBUTING.md',
          'CHANGELOG.md',
        ].map(readRoot),
      },
      { text: 'Decisions', collapsed: true, items: listPages('adr') },
    ],
  },
  // The schemas are published as they are, at the addresses that the pages name.
  buildEnd: ({ outDir }) => {
    for (const name of ['schemas', 'openapi.json', 'schema.graphql'])
      cpSync(join(ROOT, 'docs/reference', name), join(outDir, 'docs/reference', name), {
        recursive: true,
      });
  },
});
