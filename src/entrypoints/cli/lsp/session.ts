import { setImmediate } from 'node:timers/promises';
import type { AdvisoryIndex } from '../../../capabilities/advisories/index.ts';
import { LineNames } from '../../../capabilities/scanning/index.ts';
import { toFailure } from '../../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import type { Frame } from '../../../formats/rpc/frames.ts';
import type { Environment } from '../../../system/processes/child-environment.ts';
import { version as ownVersion } from '../../compose/version.ts';
import type { Carriers } from '../carriers.ts';
import { makePrintable } from '../io.ts';
import {
  describeMarks,
  type Examination,
  examineDocument,
  type Mark,
  markFailure,
  markUnexamined,
} from './examine-document.ts';
import {
  RPC_ERRORS,
  RpcError,
  type RpcMessage,
  readChanges,
  readLine,
  readMessage,
  readObject,
  readText,
  readVersion,
  toCodeAction,
  toDiagnostic,
} from './messages.ts';
import { isTooLarge, type OpenDocument, OpenDocuments, toPath } from './open-documents.ts';
import { planQuickFixes } from './quick-fixes.ts';
import { askCommitSigning } from './signing.ts';
import { applyChange, splitLines, type TextChange, toLineRange } from './text-places.ts';

export interface SessionPorts {
  readonly index: AdvisoryIndex;
  readonly carriers: Carriers;
  readonly signal: AbortSignal;
  readonly env: Environment;
  readonly send: (message: object) => void;
}

/** What is known of one state of a document. `examination` is null where it could not be read. */
interface Knowledge {
  readonly marks: readonly Mark[];
  readonly examination: Examination | null;
}

/** One editor, from its `initialize` to its `exit` (Language Server Protocol 3.17). */
export class EditorSession {
  readonly #ports: SessionPorts;
  #documents = new OpenDocuments([]);
  #state: 'new' | 'open' | 'shut' | 'ended' = 'new';
  #versioned = false;
  /** By the state of a document, so that a question and the diagnostics examine it once. */
  #known = new WeakMap<OpenDocument, Promise<Knowledge>>();
  readonly #lines = new LineNames();
  readonly #waiting = new Set<string>();
  #publishing: Promise<void> = Promise.resolve();

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  /** `clean` where the editor asked for the end, as it should; null while the session goes on. */
  get end(): 'clean' | 'abrupt' | null {
    return this.#state === 'ended' ? (this.#wasShut ? 'clean' : 'abrupt') : null;
  }
  #wasShut = false;

  /** Answers one message. It never throws for what an editor sent. */
  async take(frame: Frame): Promise<void> {
    if (frame.kind === 'too-large') {
      this.#log(`a message of ${frame.bytes} bytes was skipped`);
      return;
    }
    let message: RpcMessage | null = null;
    try {
      message = readMessage(parse(frame.content));
      if (message === null) return;
      const result = await this.#answer(message);
      if (message.id !== null) this.#ports.send({ jsonrpc: '2.0', id: message.id, result });
    } catch (thrown) {
      this.#refuse(message, thrown);
    }
  }

  /** Waits until the diagnostics of every change were sent. */
  async settle(): Promise<void> {
    await this.#publishing;
  }

  #refuse(message: RpcMessage | null, thrown: unknown): void {
    const code = thrown instanceof RpcError ? thrown.code : RPC_ERRORS.internal;
    const text = thrown instanceof RpcError ? thrown.message : toFailure(thrown).message;
    if (message !== null && message.id === null) this.#log(`${message.method}: ${text}`);
    else
      this.#ports.send({
        jsonrpc: '2.0',
        id: message?.id ?? null,
        error: { code, message: text },
      });
  }

  async #answer({ id, method, parameters }: RpcMessage): Promise<object | null> {
    if (method === 'exit') {
      this.#state = 'ended';
      return null;
    }
    // mutant editor-not-initialized by lsp: condition -> false
    if (this.#state === 'new' && method !== 'initialize') {
      if (id === null) return null;
      throw new RpcError('notInitialized', 'initialize was not called');
    }
    if (this.#state === 'shut') throw new RpcError('invalid', 'the session was shut down');
    switch (method) {
      case 'initialize':
        return this.#initialize(parameters);
      case 'shutdown':
        this.#state = 'shut';
        this.#wasShut = true;
        return null;
      case 'textDocument/didOpen':
        return this.#put(parameters, readText(readObject(parameters, 'textDocument'), 'text'));
      case 'textDocument/didChange':
        return this.#change(parameters);
      case 'textDocument/didSave':
        return this.#examineAgain();
      case 'textDocument/didClose':
        return this.#close(parameters);
      case 'textDocument/hover':
        return this.#hover(parameters);
      case 'textDocument/codeAction':
        return this.#listActions(parameters);
      case 'waybill/signing':
        return this.#readSigning(parameters);
      default:
        if (id === null) return null;
        throw new RpcError('unknownMethod', `${method.slice(0, 100)} is not known`);
    }
  }

  #initialize(parameters: JsonObject): object {
    if (this.#state !== 'new') throw new RpcError('invalid', 'initialize was called before');
    this.#state = 'open';
    this.#documents = new OpenDocuments(readFolders(parameters));
    this.#versioned = takesVersions(parameters['capabilities']);
    return {
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: 2, save: true },
        hoverProvider: true,
        codeActionProvider: { codeActionKinds: ['quickfix'] },
      },
      serverInfo: { name: 'waybill', version: ownVersion() },
    };
  }

  #put(parameters: JsonObject, text: string): null {
    const named = readObject(parameters, 'textDocument');
    const uri = readText(named, 'uri');
    const document = this.#documents.put(uri, readVersion(named), text);
    if (document === null) this.#log(`not examined: ${uri.slice(0, 200)}`);
    else this.#publishSoon(document.uri);
    return null;
  }

  /** A change that cannot be made leaves no document: what is not known is not examined. */
  #change(parameters: JsonObject): null {
    const uri = readText(readObject(parameters, 'textDocument'), 'uri');
    try {
      const text = this.#makeChanges(uri, readChanges(parameters));
      return this.#put(parameters, text);
    } catch (thrown) {
      this.#close(parameters);
      const said = 'a change could not be made. Close the document and open it again';
      const diagnostics = [toDiagnostic(markUnexamined(said), [])];
      this.#notify('textDocument/publishDiagnostics', { uri, diagnostics });
      throw thrown;
    }
  }

  #makeChanges(uri: string, changes: readonly TextChange[]): string {
    let text: string | null = this.#documents.get(uri)?.text ?? null;
    for (const change of changes)
      if (text !== null || change.range === null) text = applyChange(text ?? '', change);
    if (text === null) throw new RpcError('parameters', 'a change fits nowhere in the document');
    return text;
  }

  /** A file that was saved may say something about every other document. */
  #examineAgain(): null {
    this.#known = new WeakMap();
    for (const { uri } of this.#documents.list()) this.#publishSoon(uri);
    return null;
  }

  #close(parameters: JsonObject): null {
    const uri = readText(readObject(parameters, 'textDocument'), 'uri');
    this.#documents.remove(uri);
    this.#notify('textDocument/publishDiagnostics', { uri, diagnostics: [] });
    return null;
  }

  /** Changes that come together are examined once, and a text that was replaced never. */
  #publishSoon(uri: string): void {
    if (this.#waiting.has(uri)) return;
    this.#waiting.add(uri);
    this.#publishing = this.#publishing.then(async () => {
      await setImmediate();
      this.#waiting.delete(uri);
      const document = this.#documents.get(uri);
      if (document === null || this.#state === 'ended') return;
      const { marks } = await this.#examine(document);
      if (this.#documents.get(uri) !== document) return;
      const lines = splitLines(document.text);
      this.#notify('textDocument/publishDiagnostics', {
        ...{ uri, ...(document.version === null ? {} : { version: document.version }) },
        diagnostics: marks.map((mark) => toDiagnostic(mark, lines)),
      });
    });
  }

  #examine(document: OpenDocument): Promise<Knowledge> {
    const known = this.#known.get(document) ?? this.#examineNow(document);
    this.#known.set(document, known);
    return known;
  }

  async #examineNow(document: OpenDocument): Promise<Knowledge> {
    const { index, signal } = this.#ports;
    try {
      // mutant editor-document-too-large by lsp: condition -> false
      if (isTooLarge(document))
        throw new RpcError('invalid', `over ${LIMITS.editorDocumentBytesMax} bytes`);
      const edited = this.#documents.readEdited(document.root);
      const examination = await examineDocument(document, edited, {
        ...{ index, signal, lines: this.#lines },
      });
      return { marks: examination.marks, examination };
    } catch (thrown) {
      return { marks: [markFailure(toFailure(thrown))], examination: null };
    }
  }

  async #hover(parameters: JsonObject): Promise<object | null> {
    const document = this.#readDocument(parameters);
    const line = readLine(readObject(parameters, 'position')) + 1;
    if (document === null) return null;
    const { marks } = await this.#examine(document);
    const here = marks.filter((mark) => mark.line === line);
    if (here.length === 0) return null;
    const value = (await describeMarks(here, this.#ports.carriers)).map(makePrintable).join('\n');
    const range = toLineRange(splitLines(document.text), line);
    return { contents: { kind: 'plaintext', value }, range };
  }

  async #listActions(parameters: JsonObject): Promise<readonly object[]> {
    const document = this.#readDocument(parameters);
    const range = readObject(parameters, 'range');
    const [first, last] = (['start', 'end'] as const).map((name) => {
      const place = range[name];
      return readLine(isJsonObject(place) ? place : {}) + 1;
    }) as [number, number];
    if (document === null) return [];
    const { marks, examination } = await this.#examine(document);
    const here = marks.filter(({ line }) => line >= first && line <= last);
    if (examination === null || here.length === 0) return [];
    const world = { examination, index: this.#ports.index, documents: this.#documents };
    const lines = splitLines(document.text);
    const fixes = await planQuickFixes(document, here, world);
    return fixes.map((fix) => toCodeAction(fix, lines, this.#versioned));
  }

  /** Ours: whether commits are signed in a folder of the workspace. */
  async #readSigning(parameters: JsonObject): Promise<object | null> {
    const folder = this.#documents.findFolder(readText(parameters, 'uri'));
    // mutant editor-signing-of-any-folder by lsp: condition -> false
    if (folder === null) throw new RpcError('parameters', 'uri is no folder of the workspace');
    return askCommitSigning(folder, this.#ports.env);
  }

  #readDocument(parameters: JsonObject): OpenDocument | null {
    return this.#documents.get(readText(readObject(parameters, 'textDocument'), 'uri'));
  }

  #log(text: string): void {
    this.#notify('window/logMessage', { type: 2, message: text });
  }

  #notify(method: string, params: object): void {
    this.#ports.send({ jsonrpc: '2.0', method, params });
  }
}

function parse(content: Uint8Array): JsonValue {
  const parsed = parseJson(content, { bytesMax: LIMITS.editorMessageBytesMax });
  if (parsed.ok) return parsed.value;
  throw new RpcError('parse', parsed.failure.message);
}

function readFolders({ workspaceFolders, rootUri }: JsonObject): readonly string[] {
  const named = Array.isArray(workspaceFolders)
    ? workspaceFolders.map((one) => (isJsonObject(one) ? one['uri'] : null))
    : [rootUri];
  return named.flatMap((uri) => (typeof uri === 'string' ? (toPath(uri) ?? []) : []));
}

function takesVersions(capabilities: JsonValue | undefined): boolean {
  let at = capabilities;
  for (const name of ['workspace', 'workspaceEdit', 'documentChanges'] as const)
    at = isJsonObject(at) ? at[name] : undefined;
  return at === true;
}
