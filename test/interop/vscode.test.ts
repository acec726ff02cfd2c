import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildIntegration } from '../../tools/integrations.ts';
import { root, run } from '../../tools/process.ts';
import { CHROMIUM, type OpenBrowser, openBrowser } from '../support/browser.ts';
import { CommandHere } from '../support/command-line.ts';
import { packFeed } from '../support/dated-feed.ts';
import { type EditorServer, findCodeServer, startEditorServer } from '../support/editor-server.ts';
import { installNpmPeer } from '../support/npm-peer.ts';
import { INTEGRITY as integrity } from '../support/npm-project.ts';

/**
 * The extension as it is published, packed by the packer of VS Code, installed and used in a real
 * editor by a real browser. The editor has no way to the network but to itself.
 */
const SOURCE = join(root, 'integrations/vscode');
const packer = installNpmPeer('@vscode/vsce', '4.1.0', 'vsce');
const codeServer = CHROMIUM === null ? null : findCodeServer();
const folder = mkdtempSync(join(tmpdir(), 'waybill-vscode-'));
const shop = join(folder, 'shop');
let editor: EditorServer;
let browser: OpenBrowser;
let page: Page;

const ADVISORY = {
  id: 'GHSA-aaaa-bbbb-cccc',
  modified: '2024-01-01T00:00:00Z',
  summary: 'Left is not right',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'npm', name: 'left' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.4' }] }],
    },
  ],
};

function makeShop(): void {
  mkdirSync(shop);
  const dependencies = { left: '2.0.1' };
  const packages = { '': { dependencies }, 'node_modules/left': { version: '2.0.1', integrity } };
  const write = (path: string, content: object | string): void =>
    writeFileSync(
      join(shop, path),
      typeof content === 'string' ? content : JSON.stringify(content, null, 2),
    );
  write('package.json', { dependencies });
  write('package-lock.json', { lockfileVersion: 3, packages });
  write('Dockerfile', 'FROM node:22\n');
  execFileSync('git', ['init', '-q'], { cwd: shop });
  execFileSync('git', ['config', 'commit.gpgSign', 'false'], { cwd: shop });
}

describe.skipIf(packer === null || codeServer === null)('the extension in a real VS Code', () => {
  beforeAll(async () => {
    makeShop();
    const line = new CommandHere(folder);
    writeFileSync(join(folder, 'feed.json'), packFeed([ADVISORY]));
    await line.output('advisories', 'import', 'feed.json', '--covers', 'npm');
    const extension = join(folder, 'extension');
    await run('npm', ['ci', '--ignore-scripts'], { cwd: SOURCE, timeoutMs: 170_000 });
    await buildIntegration(root, 'vscode', extension);
    const file = join(folder, 'waybill.vsix');
    const words = [packer ?? '', 'package', '--no-dependencies', '--allow-missing-repository'];
    const packed = await run(process.execPath, [...words, '--out', file], { cwd: extension });
    expect(packed.code, packed.stderr).toBe(0);
    editor = await startEditorServer(codeServer ?? '', join(folder, 'editor'), {
      extension: file,
      env: { WAYBILL_HOME: line.home, GIT_CONFIG_GLOBAL: '/dev/null' },
    });
    browser = await openBrowser();
    page = browser.context.pages()[0] ?? (await browser.context.newPage());
    page.setDefaultTimeout(60_000);
    await page.goto(`${editor.url}/?folder=${shop}`);
    await page.locator('.monaco-workbench').waitFor();
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    await editor?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(name: string): Promise<void> {
    await page.locator('.explorer-folders-view .monaco-list-row', { hasText: name }).dblclick();
    await page.locator('.tab.active', { hasText: name }).waitFor();
  }

  /** The text of the editor that is open, as it is painted. */
  const line = (text: string) =>
    page.locator('.editor-group-container .view-line', { hasText: text });

  it('D6: says in the bar that commits are not signed, and how to change it', async () => {
    await page.locator('.statusbar-item', { hasText: 'Commits not signed' }).click();
    const notice = page.locator('.notification-list-item', { hasText: 'commits are not signed' });
    await notice.waitFor();
    expect(await notice.textContent()).toContain('git config commit.gpgSign true');
    await page.keyboard.press('Escape');
  });

  it('D2 D5: shows a finding at its line, and what is known of it on hover', async () => {
    await open('package-lock.json');
    await page.locator('.squiggly-error, .squiggly-warning').first().waitFor();
    await line('node_modules/left').getByText('node_modules/left').hover();
    // The editor shows what it has already, and then what the server says.
    const hover = page.locator('.monaco-hover', { hasText: 'required by' }).first();
    await hover.waitFor();
    for (const part of ['critical 9.8', 'fixed in 2.0.4', 'Left is not right'])
      expect(await hover.textContent()).toContain(part);
  });

  it('D6: the quick fix upgrades, and the finding goes away', async () => {
    await open('package.json');
    await line('2.0.1').click();
    await page.locator('.squiggly-error, .squiggly-warning').first().waitFor();
    await page.keyboard.press('Control+.');
    await page.locator('.action-widget .monaco-list-row', { hasText: 'Waybill' }).first().waitFor();
    await page.keyboard.press('Enter');
    await line('2.0.4').waitFor();
  });

  it('marks a base image that is not pinned', async () => {
    await open('Dockerfile');
    await line('FROM node:22').getByText('node:22').hover();
    await page.locator('.monaco-hover', { hasText: 'not pinned' }).first().waitFor();
  });
});
