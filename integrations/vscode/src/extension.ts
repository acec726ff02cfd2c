import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
  commands,
  type ExtensionContext,
  env,
  StatusBarAlignment,
  type StatusBarItem,
  ThemeColor,
  window,
  workspace,
} from 'vscode';
import { LanguageClient } from 'vscode-languageclient/node';
import { chooseNode, readSigning, type Signing } from './choices.ts';

let client: LanguageClient | null = null;

/** The editor calls it once. The server is inside the extension, and nothing is fetched. */
export async function activate(context: ExtensionContext): Promise<void> {
  const node = chooseNode({
    set: readSetting('node'),
    own: { path: process.execPath, version: process.versions.node },
    ask: askVersion,
  });
  if (node === null) {
    await window.showErrorMessage(
      'Waybill needs Node.js 24.15 or newer. Install it, or name it in the setting waybill.node.',
    );
    return;
  }
  const home = readSetting('home');
  const started = new LanguageClient(
    'waybill',
    'Waybill',
    {
      command: node,
      args: [join(context.extensionPath, 'waybill/bin/waybill.js'), 'lsp'],
      options: {
        cwd: workspace.workspaceFolders?.[0]?.uri.fsPath,
        env: {
          ...process.env,
          // The editor's own program is Node.js with this alone.
          ELECTRON_RUN_AS_NODE: '1',
          ...(home === '' ? {} : { WAYBILL_HOME: home }),
        },
      },
    },
    { documentSelector: [{ scheme: 'file' }] },
  );
  client = started;
  const bar = window.createStatusBarItem('waybill.signing', StatusBarAlignment.Left, 0);
  bar.name = 'Waybill: commit signing';
  bar.command = 'waybill.showSigning';
  const show = () => showSigning(started, bar);
  context.subscriptions.push(
    bar,
    commands.registerCommand('waybill.showSigning', () => explainSigning(started)),
    commands.registerCommand('waybill.restart', () => started.restart().then(show)),
    window.onDidChangeActiveTextEditor(show),
    window.onDidChangeWindowState(show),
    workspace.onDidSaveTextDocument(show),
  );
  await started.start();
  await show();
}

export async function deactivate(): Promise<void> {
  await client?.stop();
  client = null;
}

function readSetting(name: 'node' | 'home'): string {
  const value = workspace.getConfiguration('waybill').get(name);
  return typeof value === 'string' ? value.trim() : '';
}

/** Null where there is no such program. */
function askVersion(program: string): string | null {
  try {
    return execFileSync(program, ['--version'], {
      ...{ timeout: 10_000, encoding: 'utf8' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

/** Of the folder that the person works in. */
async function askSigning(server: LanguageClient): Promise<Signing | null> {
  const document = window.activeTextEditor?.document.uri;
  const folder =
    (document === undefined ? undefined : workspace.getWorkspaceFolder(document)) ??
    workspace.workspaceFolders?.[0];
  if (folder?.uri.scheme !== 'file') return null;
  try {
    return readSigning(await server.sendRequest('waybill/signing', { uri: `${folder.uri}` }));
  } catch {
    return null; // the server is ending, or begins anew
  }
}

const ICONS = { ok: '$(verified)', warning: '$(unverified)', problem: '$(error)' } as const;

async function showSigning(server: LanguageClient, bar: StatusBarItem): Promise<void> {
  const signing = await askSigning(server);
  if (signing === null) {
    bar.hide();
    return;
  }
  const { status, message, fix } = signing;
  bar.text = `${ICONS[status]} ${status === 'ok' ? 'Commits signed' : 'Commits not signed right'}`;
  bar.tooltip = fix === null ? message : `${message}\nfix: ${fix}`;
  const color = status === 'ok' ? undefined : new ThemeColor('statusBarItem.warningBackground');
  bar.backgroundColor = color;
  bar.show();
}

async function explainSigning(server: LanguageClient): Promise<void> {
  const signing = await askSigning(server);
  if (signing === null) return;
  const { message, fix } = signing;
  if (fix === null) {
    await window.showInformationMessage(message);
    return;
  }
  const copy = 'Copy the fix';
  if ((await window.showInformationMessage(`${message}. ${fix}`, copy)) === copy)
    await env.clipboard.writeText(fix);
}
