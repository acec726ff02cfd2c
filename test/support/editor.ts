import type { Readable, Writable } from 'node:stream';

interface Message {
  readonly id?: number | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

export interface Diagnostic {
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
  readonly severity: number;
  readonly code: string;
  readonly message: string;
}

export interface Publication {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** An editor that speaks with a language server through its two streams. */
export class Editor {
  readonly #to: Writable;
  readonly #messages: Message[] = [];
  readonly #waiting = new Set<() => void>();
  #buffer = Buffer.alloc(0);
  #id = 0;

  constructor(to: Writable, from: Readable) {
    this.#to = to;
    from.on('data', (piece: Buffer) => this.#read(piece));
  }

  /** Everything that the server sent so far. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  sendRaw(text: string | Uint8Array): void {
    this.#to.write(text);
  }

  send(message: object): void {
    const content = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
    this.#to.write(`Content-Length: ${content.length}\r\n\r\n`);
    this.#to.write(content);
  }

  notify(method: string, params: object = {}): void {
    this.send({ method, params });
  }

  async request(method: string, params: object = {}): Promise<Message> {
    const id = ++this.#id;
    this.send({ id, method, params });
    return this.find((message) => message.id === id && message.method === undefined);
  }

  async start(rootUri: string | null, capabilities: object = {}): Promise<Message> {
    const answer = await this.request('initialize', { processId: null, rootUri, capabilities });
    this.notify('initialized');
    return answer;
  }

  open(uri: string, text: string): void {
    const textDocument = { uri, languageId: 'plaintext', version: 1, text };
    this.notify('textDocument/didOpen', { textDocument });
  }

  change(uri: string, version: number, text: string): void {
    const textDocument = { uri, version };
    this.notify('textDocument/didChange', { textDocument, contentChanges: [{ text }] });
  }

  /** Puts another text in the place of a line. */
  edit(
    uri: string,
    version: number,
    { line, text }: { readonly line: number; readonly text: string },
  ): void {
    const textDocument = { uri, version };
    const range = { start: { line, character: 0 }, end: { line, character: 100_000 } };
    this.notify('textDocument/didChange', { textDocument, contentChanges: [{ range, text }] });
  }

  /** The diagnostics of a version of a document, as soon as they are there. */
  async published(uri: string, version: number): Promise<readonly Diagnostic[]> {
    const isIt = ({ method, params }: Message): boolean => {
      const { uri: of, version: at } = (params ?? {}) as Partial<Publication>;
      return method === 'textDocument/publishDiagnostics' && of === uri && at === version;
    };
    return ((await this.find(isIt)).params as Publication).diagnostics;
  }

  async find(isIt: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.#messages.find(isIt);
      if (found !== undefined) return found;
      await new Promise<void>((wake) => this.#waiting.add(wake));
    }
  }

  async leave(): Promise<void> {
    await this.request('shutdown');
    this.notify('exit');
  }

  #read(piece: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, piece]);
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n');
      if (end === -1) break;
      const length = Number(
        /Content-Length: (\d+)/.exec(this.#buffer.toString('latin1', 0, end))?.[1],
      );
      if (this.#buffer.length < end + 4 + length) break;
      const content = this.#buffer.subarray(end + 4, end + 4 + length);
      this.#messages.push(JSON.parse(content.toString('utf8')) as Message);
      this.#buffer = this.#buffer.subarray(end + 4 + length);
    }
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
