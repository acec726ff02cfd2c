/** The part of the editor's API that the extension uses; the editor itself has the module. */
declare module 'vscode' {
  export interface Disposable {
    dispose(): unknown;
  }
  export interface Uri {
    readonly scheme: string;
    readonly fsPath: string;
    toString(): string;
  }
  export interface ExtensionContext {
    readonly extensionPath: string;
    readonly subscriptions: Disposable[];
  }
  export interface StatusBarItem extends Disposable {
    name: string | undefined;
    text: string;
    tooltip: string | undefined;
    command: string | undefined;
    backgroundColor: ThemeColor | undefined;
    show(): void;
    hide(): void;
  }
  export class ThemeColor {
    constructor(id: string);
  }
  export enum StatusBarAlignment {
    Left = 1,
    Right = 2,
  }
  type Listen = (listener: () => unknown) => Disposable;
  export const window: {
    createStatusBarItem(id: string, alignment: StatusBarAlignment, priority: number): StatusBarItem;
    showInformationMessage(text: string, ...actions: string[]): Thenable<string | undefined>;
    showErrorMessage(text: string, ...actions: string[]): Thenable<string | undefined>;
    readonly activeTextEditor: { readonly document: { readonly uri: Uri } } | undefined;
    readonly onDidChangeActiveTextEditor: Listen;
    readonly onDidChangeWindowState: Listen;
  };
  export const workspace: {
    readonly workspaceFolders: readonly { readonly uri: Uri }[] | undefined;
    getWorkspaceFolder(uri: Uri): { readonly uri: Uri } | undefined;
    getConfiguration(section: string): { get(name: string): unknown };
    readonly onDidSaveTextDocument: Listen;
  };
  export const commands: {
    registerCommand(name: string, run: () => unknown): Disposable;
  };
  export const env: {
    readonly clipboard: { writeText(text: string): Thenable<void> };
  };
}

declare module 'vscode-languageclient/node' {
  export interface ServerOptions {
    readonly command: string;
    readonly args: readonly string[];
    readonly options: { readonly cwd: string | undefined; readonly env: NodeJS.ProcessEnv };
  }
  export class LanguageClient {
    constructor(
      id: string,
      name: string,
      server: ServerOptions,
      client: { readonly documentSelector: readonly { readonly scheme: string }[] },
    );
    start(): Promise<void>;
    restart(): Promise<void>;
    stop(): Promise<void>;
    sendRequest(method: string, parameters: object): Promise<unknown>;
  }
}
