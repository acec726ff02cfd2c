// Copies the pages of the repository into pages/, where the generator finds its own packages.
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = join(import.meta.dirname, 'pages');

rmSync(PAGES, { recursive: true, force: true });
for (const path of globSync(
  ['*.md', 'docs/{guides,reference,adr}/*.md', 'docs/guides/*/*.png', 'integrations/*/*.md'],
  {
    cwd: ROOT,
  },
)) {
  mkdirSync(dirname(join(PAGES, path)), { recursive: true });
  cpSync(join(ROOT, path), join(PAGES, path));
}
