import { describe, expect, it } from 'vitest';
import { loadRenderer, RENDERERS } from '../../src/entrypoints/cli/report/list.ts';
import type { ResultReport, ScanFindings } from '../../src/entrypoints/cli/report/report.ts';
import { toTree } from '../../src/entrypoints/cli/scan-tree.ts';
import { requireGitlabReport } from '../support/gitlab-report.ts';
import { makeScanFindings, makeTarget } from '../support/scan-findings.ts';

const STYLE = { colour: false, colourErr: false, width: null, links: false, isPart: false };
const SUFFIXES: Readonly<Record<string, string>> = {
  ...{ tree: 'txt', sarif: 'sarif', github: 'txt', gitlab: 'json' },
  ...{ junit: 'xml', markdown: 'md', csv: 'csv' },
};

async function render(format: string, found: ScanFindings): Promise<string> {
  const report: ResultReport = {
    kind: 'result',
    exitCode: 1,
    value: null,
    blocks: () => [],
    tree: () => found.targets.map(toTree),
    findings: () => found,
  };
  const { render } = await loadRenderer(format, false);
  return [...render(report, STYLE)]
    .map(({ content }) => (typeof content === 'string' ? content : Buffer.from(content)))
    .join('');
}

const SCANS = RENDERERS.filter(({ takes }) => takes === 'findings' || takes === 'tree');

describe('a scan with findings of each kind, a part that was not read and a failed target', () => {
  it.each(SCANS.map(({ format }) => format))(
    'truth A11: as %s is its golden file',
    async (name) => {
      const shown = await render(name, makeScanFindings());
      const said = shown.replace(/("version": |waybill-)"\d+\.\d+\.\d+(?:-\w+)?"/g, '$1"0.0.0"');
      await expect(said).toMatchFileSnapshot(`./formats/scan-${name}.${SUFFIXES[name]}`);
      // The reason of a partial scan, what was dismissed and the target that failed are all there.
      expect(shown).toContain('it ends in the middle of a line');
      expect(shown).toContain('no feed of ConanCenter');
      expect(shown).toContain('CVE-2024-0002');
      if (name !== 'tree') expect(shown).toContain('sbom:bad.json');
    },
  );

  it.each([false, true])('is a valid report of GitLab (of images: %s)', async (isSystem) => {
    const targets = makeScanFindings().targets.map((one) => ({ ...one, isSystem }));
    const shown = await render('gitlab', makeScanFindings({ targets }));
    const kind = isSystem ? 'container' : 'dependency';
    expect(() => requireGitlabReport(JSON.parse(shown), kind)).not.toThrow();
  });

  it('of images and of source is no one report of GitLab', async () => {
    const targets = [makeTarget(), makeTarget({ isSystem: true })];
    await expect(render('gitlab', makeScanFindings({ targets }))).rejects.toMatchObject({
      code: 'USAGE',
    });
  });

  it('is green in JUnit only where everything was looked up, or less is accepted', async () => {
    const [partial] = makeScanFindings().targets;
    const targets = partial === undefined ? [] : [partial];
    expect(await render('junit', makeScanFindings({ targets, failed: [] }))).toContain(
      'errors="3"',
    );
    const accepted = makeScanFindings({ targets, failed: [], acceptsPartial: true });
    expect(await render('junit', accepted)).toContain('errors="0"');
  });
});
