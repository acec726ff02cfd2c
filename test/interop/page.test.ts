import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDefaultPolicy } from '../../src/capabilities/policy/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { orThrow } from '../../src/core/result.ts';
import { loadConfig } from '../../src/entrypoints/config/config.ts';
import { type RunningServer, startServer } from '../../src/entrypoints/server/start.ts';
import { parseTokens } from '../../src/entrypoints/server/tokens.ts';
import { makePage } from '../../tools/checkout/make-page.ts';
import { root } from '../../tools/process.ts';
import { CHROMIUM, findBarriers, type OpenBrowser, openBrowser } from '../support/browser.ts';
import { CommandHere } from '../support/command-line.ts';
import { FORMULA, MARKUP, writePageWorld } from '../support/page-world.ts';

/** Every view, by what it asks. */
const VIEWS = {
  home: '',
  search: '?find=trips',
  exposure: '?ask=exposure&vulnerability=CVE-2021-44228',
  release: '?ask=provenance&subject=trips@1.4',
  component: '?ask=releases&component=log4j-core@2.14.1',
  estate: '?ask=where',
  findings: '?ask=findings&subject=trips@1.4',
  verdicts: '?ask=verdicts&subject=trips@1.4',
  violations: '?ask=violations',
  changes: '?ask=changes',
  expiries: '?ask=expiries&within=30d',
  timeline: '?ask=timeline&subject=trips@1.4',
  diff: '?ask=diff&from=trips@1.3&to=trips@1.4',
  licenses: '?ask=licenses&subject=trips@1.4',
  owners: '?ask=owners',
  missing: '?ask=missing',
  person: '?ask=blast-radius&person=ada@example.com',
  graph: '?ask=graph',
  plan: '?ask=patch-plan&vulnerability=CVE-2021-44228',
} as const;
/** Its owner and reason are markup. */
const EXCEPTION = `exceptions:
  - rule: B23-no-critical-finding
    match: { finding: CVE-2021-44228 }
    owner: ${JSON.stringify(MARKUP)}
    reason: ${JSON.stringify(`not reachable ${MARKUP}`)}
    expires: 2027-03-01T00:00:00Z
`;
const HOSTILE = `?ask=provenance&subject=${encodeURIComponent(MARKUP)}`;
/** A name with every kind of quotation mark. */
const QUOTED = `?ask=where&cluster=${encodeURIComponent(MARKUP)}`;
const WIDTHS = [360, 900, 1600];
const JAVASCRIPT_BYTES_MAX = 350_000;
const READER = 'a-token-of-a-reader-of-the-page';
const WATCHER = 'a-token-that-may-not-read';
/** Where the pictures of the guide are; with WAYBILL_SCREENSHOTS=1 they are taken again. */
const PICTURES = join(root, 'docs/guides/page');

let folder: string;
let line: CommandHere;
let browser: OpenBrowser;
let page: Page;
let open: RunningServer;
let closed: RunningServer;
let assets: string;
const complaints: string[] = [];
const strangers: string[] = [];

describe.skipIf(CHROMIUM === null)('the page in a real Chromium', () => {
  beforeAll(async () => {
    assets = join(await makePage(root), 'assets');
    folder = mkdtempSync(join(tmpdir(), 'waybill-page-'));
    line = new CommandHere(folder);
    const config = await loadConfig({ home: line.home }, {}, folder);
    mkdirSync(config.home, { recursive: true });
    await writePageWorld(join(config.home, 'waybill.db'));
    writeFileSync(config.policy, `${buildDefaultPolicy()}\n${EXCEPTION}`);
    const common = { host: '127.0.0.1', port: 0, tls: null, env: {}, log: () => undefined };
    open = await startServer(config, { ...common, tokens: null });
    const tokens = orThrow(parseTokens(`reader read ${READER}\nwatcher watch ${WATCHER}\n`));
    closed = await startServer(config, { ...common, tokens });
    browser = await openBrowser();
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
    page.on('pageerror', (error) => void complaints.push(String(error)));
    page.on('console', (message) => {
      if (/content security|trusted type|refused to/i.test(message.text()))
        complaints.push(message.text());
    });
    page.on('request', (request) => {
      const url = request.url();
      if (
        ![open.url, closed.url].some((own) => url.startsWith(`${own}/`)) &&
        !url.startsWith('blob:')
      )
        strangers.push(url);
    });
  });
  afterAll(async () => {
    await browser.close();
    await open.close();
    await closed.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const go = async (query: string, server = open): Promise<void> => {
    await page.goto(`${server.url}/${query}`);
    await page.locator('h1').first().waitFor();
    // Several parts of a view may wait at once.
    await expect.poll(() => page.locator('.waiting').count(), { timeout: 30_000 }).toBe(0);
  };
  const save = async (name: string): Promise<string> => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ]);
    return readFileSync(await file.path(), 'utf8');
  };

  it('shows which exceptions of the policy expire, and saves them', async () => {
    await go('?ask=expiries&within=30d');
    const row = page.getByRole('row').filter({ hasText: 'CVE-2021-44228' });
    await row.waitFor();
    expect(await row.textContent()).toContain('not reachable');
    expect(await save('Save the exceptions')).toContain('B23-no-critical-finding');
    await go('?ask=expiries&within=30d', closed);
    expect(await page.getByRole('row').count()).toBe(0);
  });

  it.each(Object.entries(VIEWS))(
    'has no barrier in the light, in the dark and in a narrow window: %s',
    async (_, query) => {
      for (const [at, width] of WIDTHS.entries()) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme: at === 1 ? 'dark' : 'light' });
        await go(query);
        expect([width, await findBarriers(page)]).toEqual([width, []]);
        const wider = await page
          .locator('html')
          .evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
        expect([width, wider]).toEqual([width, 0]);
      }
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await findBarriers(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'light' });
    },
  );

  it('G4: says which releases run where, who owns them, what fixes it and who signed', async () => {
    await go('');
    await page.keyboard.press('/');
    await page.keyboard.type('CVE-2021-44228');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.tree');
    const trips = page.locator('article', { hasText: 'trips@1.4' });
    for (const text of ['team-mobility', 'log4j-core@2.14.1', 'fixed in 2.15.0', 'eu-1', 'eu-west'])
      await trips.getByText(text).first().waitFor();
    await trips.getByText('sbom: signed by CN=release,O=Shop').waitFor();
    expect(await page.locator('.tree').textContent()).not.toContain('poi@2.0');
    expect(page.url()).toContain('ask=exposure&vulnerability=CVE-2021-44228');
  });

  it('finds a commit and a person, and says what was made from them', async () => {
    for (const text of ['ada@example.com', sha256('trips@1.4').slice(7, 17)]) {
      await go(`?find=${text}`);
      const found = page.locator('.found', { hasText: 'made from it' });
      await found.getByRole('link').first().click();
      await page.getByRole('link', { name: 'trips@1.4' }).first().waitFor();
      expect(page.url()).toContain('ask=blast-radius');
    }
  });

  it('C22: what cannot be judged is shown as such, and never as clean', async () => {
    await go(VIEWS.exposure);
    const unjudged = await page.locator('#not-judged').textContent();
    for (const text of ['userprofile@3.1', 'its components are unknown', 'tools/shell:latest'])
      expect(unjudged).toContain(text);
    // Nothing is affected by it, and not everything could be judged.
    await go('?ask=releases&component=express@4.99.0');
    expect(await page.locator('.verdict').getAttribute('data-exit')).toBe('3');
    await go('?ask=findings&subject=userprofile@3.1');
    expect(await page.locator('.verdict').getAttribute('class')).toContain('open');
    expect(await page.locator('.verdict').textContent()).toContain('proves nothing');
  });

  it('shows the graph itself, goes on from a node, and takes it away as files', async () => {
    await go(VIEWS.graph);
    const table = page.getByRole('region', { name: /Every node/ });
    for (const text of ['trips@1.4', 'team-mobility', 'eu-1'])
      await table.getByText(text, { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Expand trips@1.4', exact: true }).click();
    await table.getByText('CVE-2021-44228', { exact: true }).waitFor();
    expect(await save('CSV')).toContain('release,trips@1.4,');
    expect(JSON.parse(await save('JSON'))).toMatchObject({
      nodes: expect.arrayContaining([expect.objectContaining({ kind: 'cluster', name: 'eu-1' })]),
    });
    expect(await save('SVG')).toContain('<title>release: trips@1.4</title>');
    await page.locator('canvas').focus();
    for (const key of ['ArrowLeft', '+', '0']) await page.keyboard.press(key);
    expect(await page.locator('canvas').getAttribute('data-drawn-ms')).toMatch(/^[\d.]+$/);
  });

  it('draws ten thousand nodes, and goes on to answer', async () => {
    const rows = 1_000;
    const makeRow = (page: number, at: number) => ({
      ...{
        cluster: `c-${at % 9}`,
        region: null,
        namespace: `n-${at % 40}`,
        reference: 'a',
        open: true,
      },
      workload: { kind: 'Deployment', name: `w-${page}-${at}`, container: 'c' },
      ...{ image: `sha256:${page}-${at}`, from: '2026-01-01T00:00:00.000Z' },
      ...{ until: '2026-02-01T00:00:00.000Z', evidence: [] },
      releases: [{ name: `r-${page}-${at}`, version: '1' }],
    });
    await page.route('**/v1/ask/where*', (route) => {
      const number = Number(new URL(route.request().url()).searchParams.get('after') ?? 0);
      const deployments = Array.from({ length: rows }, (_, at) => makeRow(number, at));
      const next = number < 2 ? String(number + 1) : null;
      return route.fulfill({ json: { deployments, undigested: [], undigestedMore: false, next } });
    });
    await go(VIEWS.graph);
    const text = await page
      .getByText(/nodes, \d+ edges/)
      .first()
      .textContent();
    expect(Number(/(\d+) nodes/.exec(text ?? '')?.[1])).toBeGreaterThan(9_000);
    await page.locator('canvas').focus();
    for (let step = 0; step < 20; step++) await page.keyboard.press(step % 2 === 0 ? '+' : '-');
    console.log(
      `10,000 nodes: drawn in ${await page.locator('canvas').getAttribute('data-drawn-ms')} ms`,
    );
    await page.getByRole('button', { name: 'Show more of', exact: false }).click();
    await page.unroute('**/v1/ask/where*');
  });

  it('the command that a button copies gives the same answer', async () => {
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const asked = [VIEWS.exposure, VIEWS.component, QUOTED, VIEWS.expiries, VIEWS.diff, VIEWS.plan];
    for (const query of asked) {
      await go(query);
      await page.getByRole('button', { name: 'Copy as command' }).click();
      await page.getByText('The command is on the clipboard.').waitFor();
      const command = await page
        .locator('html')
        .evaluate(({ ownerDocument }) => ownerDocument.defaultView?.navigator.clipboard.readText());
      const { stdout } = await line.run(...splitWords(command).slice(1), '--format', 'json');
      expect(JSON.parse(await save('JSON'))).toEqual(JSON.parse(stdout));
    }
  });

  it('G5: draws the way from commit to pod, each step with evidence and signer', async () => {
    await go(VIEWS.release);
    const steps = await page.locator('svg.way g.edge').count();
    const table = page.getByRole('region', { name: 'The numbers are those of the picture' });
    expect(await table.locator('tbody tr').count()).toBe(steps);
    const text = await table.textContent();
    for (const part of ['ada@example.com', 'Build: run-101', 'CN=release,O=Shop', 'runs in'])
      expect(text).toContain(part);
    const picture = await save('SVG');
    expect(picture).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*><style>/);
    expect(picture).toContain('run-101');
  });

  it('stored markup is text in every field, in files too, and no formula', async () => {
    const queries = [...Object.values(VIEWS), HOSTILE, `?find=${encodeURIComponent(MARKUP)}`];
    for (const query of [...queries, `?ask=${encodeURIComponent(MARKUP)}`, '?ask=__proto__']) {
      await go(query);
      expect(await page.locator('#page img, #page script, #page iframe').count()).toBe(0);
      expect(await page.title()).not.toBe('owned');
    }
    await go(VIEWS.exposure);
    const csv = await save('CSV');
    expect(csv).toContain(`'${FORMULA.slice(0, 11)}`);
    expect(csv).not.toMatch(/(?:^|[,"])=HYPERLINK/m);
    await go(HOSTILE);
    expect(await save('SVG')).not.toContain('<img');
  });

  it('asks for a token, keeps it in the tab alone, and says what a role lacks', async () => {
    await go(VIEWS.exposure, closed);
    expect(await findBarriers(page)).toEqual([]);
    await page.getByLabel('Token').fill(WATCHER);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('may not ask questions').waitFor();
    await page.getByLabel('Token').fill(READER);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForSelector('.tree');
    await page.reload();
    await page.waitForSelector('.tree');
    expect(await browser.context.storageState()).toEqual({ cookies: [], origins: [] });
    expect(page.url()).not.toContain(READER);
    const other = await browser.context.newPage();
    await other.goto(`${closed.url}/${VIEWS.exposure}`);
    await other.getByLabel('Token').waitFor();
    await other.close();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
  });

  it('X7: another time is in the address, and the answer is of that time', async () => {
    await go(`${VIEWS.exposure}&asOf=2026-01-02T12:00:00Z`);
    expect(await page.locator('.tree').textContent()).not.toContain('billing@7.0.2');
    expect(await page.locator('.tree').getByText('since').count()).toBe(0);
    await page.getByRole('button', { name: 'Now' }).click();
    await page.getByText('billing@7.0.2').first().waitFor();
    await page.goBack();
    expect(page.url()).toContain('asOf=2026-01-02T12');
  });

  it('is used by keyboard alone', async () => {
    await go(VIEWS.exposure);
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toContain('Skip');
    await page.getByRole('button', { name: 'Owner' }).first().focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('th[aria-sort=ascending]').textContent()).toBe('Owner');
    const evidence = page.locator('.tree summary').first();
    await evidence.focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.tree details[open] code').first().textContent()).toMatch(
      /^sha256:/,
    );
  });

  it('asks nobody but its server, and breaks none of its rules', () => {
    expect(strangers).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('is small, and is there soon', async () => {
    const bytes = readdirSync(assets)
      .filter((name) => name.endsWith('.js.br'))
      .reduce((sum, name) => sum + statSync(join(assets, name)).size, 0);
    expect(bytes).toBeLessThan(JAVASCRIPT_BYTES_MAX);
    const fresh = await openBrowser();
    const first = fresh.context.pages()[0] ?? (await fresh.context.newPage());
    const started = performance.now();
    await first.goto(`${open.url}/${VIEWS.exposure}`);
    await first.waitForSelector('.tree');
    const elapsedMs = Math.round(performance.now() - started);
    console.warn(`${bytes} bytes of JavaScript; first exposure, empty cache: ${elapsedMs} ms`);
    await fresh.close();
  });

  it('the pictures of the guide are there', async () => {
    if (process.env['WAYBILL_SCREENSHOTS'] === '1') await takePictures();
    for (const name of ['home', 'exposure', 'exposure-dark', 'release', 'estate'])
      expect(
        createHash('sha256').update(readFileSync(join(PICTURES, `${name}.png`))),
      ).toBeDefined();
  });

  async function takePictures(): Promise<void> {
    const calm = mkdtempSync(join(folder, 'calm-'));
    const config = await loadConfig({ home: calm }, {}, folder);
    await writePageWorld(join(config.home, 'waybill.db'), false);
    const common = { host: '127.0.0.1', port: 0, tls: null, env: {}, log: () => undefined };
    const server = await startServer(config, { ...common, tokens: null });
    mkdirSync(PICTURES, { recursive: true });
    await page.setViewportSize({ width: 1_280, height: 860 });
    for (const [name, query, colorScheme] of [
      ['home', VIEWS.home, 'light'],
      ['exposure', VIEWS.exposure, 'light'],
      ['exposure-dark', VIEWS.exposure, 'dark'],
      ['release', VIEWS.release, 'light'],
      ['estate', VIEWS.estate, 'light'],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await go(query, server);
      await page.screenshot({ path: join(PICTURES, `${name}.png`) });
    }
    await server.close();
  }
});

/** The words of a line, as a shell reads the quotes that the page writes. */
function splitWords(command: string): readonly string[] {
  return [...command.matchAll(/(?:\\'|'[^']*'|[^\s'])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|\\'/g, (whole, quoted: string | undefined) =>
      whole === "\\'" ? "'" : (quoted ?? ''),
    ),
  );
}
