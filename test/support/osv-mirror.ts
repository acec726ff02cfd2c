import { createHash } from 'node:crypto';
import {
  answer,
  type HostileRegistry,
  type Script,
  startHostileRegistry,
} from './hostile-registry.ts';
import { packZip } from './pack-zip.ts';

export interface OsvRecord {
  readonly id: string;
  readonly modified: string;
}

/** A record of npm about the package `left`. */
export function makeRecord(id: string, modified: string, more: object = {}): OsvRecord {
  const ranges = [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.2.0' }] }];
  const affected = [{ package: { ecosystem: 'npm', name: 'left' }, ranges }];
  return { id, modified, affected, ...more } as OsvRecord;
}

/**
 * The files of an export of OSV on loopback, with validators and ranges as its storage has them.
 * `lie` sees each request first, and gives true where it answered.
 */
export class OsvMirror {
  readonly #server: HostileRegistry;
  readonly #files: Map<string, { bytes: Buffer; at: string }>;
  readonly #lie: { now: Script | null };

  private constructor(
    server: HostileRegistry,
    files: Map<string, { bytes: Buffer; at: string }>,
    lie: { now: Script | null },
  ) {
    this.#server = server;
    this.#files = files;
    this.#lie = lie;
  }

  static async start(): Promise<OsvMirror> {
    const files = new Map<string, { bytes: Buffer; at: string }>();
    const lie: { now: Script | null } = { now: null };
    const server = await startHostileRegistry((request, response) => {
      if (lie.now !== null) lie.now(request, response);
      if (response.headersSent || response.destroyed) return;
      const file = files.get(decodeURIComponent(request.path));
      if (file === undefined) return answer(response, 404);
      const etag = `"${createHash('md5').update(file.bytes).digest('hex')}"`;
      const common = { ETag: etag, 'Last-Modified': file.at };
      if (request.headers['if-none-match'] === etag) return answer(response, 304, common);
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers['range'] ?? '')?.[1] ?? 0);
      const isRange = start > 0 && request.headers['if-range'] === etag;
      if (isRange && start >= file.bytes.length) return answer(response, 416, common);
      const body = isRange ? file.bytes.subarray(start) : file.bytes;
      const range = `bytes ${start}-${file.bytes.length - 1}/${file.bytes.length}`;
      const headers = { ...common, 'Content-Length': body.length };
      if (isRange) return answer(response, 206, { ...headers, 'Content-Range': range }, body);
      return answer(response, 200, headers, body);
    });
    return new OsvMirror(server, files, lie);
  }

  get url(): string {
    return `http://${this.#server.registry}/osv/`;
  }

  /** The paths that were asked for since the last time, without the base. */
  take(): readonly string[] {
    const paths = this.#server.seen.map(({ path, headers }) => {
      const range = headers['range'] === undefined ? '' : ` ${headers['range']}`;
      return `${decodeURIComponent(path).slice('/osv/'.length)}${range}`;
    });
    (this.#server.seen as unknown as unknown[]).length = 0;
    return paths;
  }

  lie(script: Script | null): void {
    this.#lie.now = script;
  }

  put(path: string, bytes: string | Uint8Array, at = 'Sun, 01 Feb 2026 00:00:00 GMT'): void {
    this.#files.set(`/osv/${path}`, { bytes: Buffer.from(bytes), at });
  }

  bytes(path: string): Buffer {
    return this.#files.get(`/osv/${path}`)?.bytes ?? Buffer.alloc(0);
  }

  /** An ecosystem; `archived` are the records in its archive, where they are others. */
  publish(ecosystem: string, records: readonly OsvRecord[], archived = records): void {
    const sorted = records.toSorted((one, other) => (one.modified < other.modified ? 1 : -1));
    const list = sorted.map(({ id, modified }) => `${modified},${id}\n`).join('');
    this.put(`${ecosystem}/modified_id.csv`, list);
    const members = archived.map((one) => ({ name: `${one.id}.json`, text: JSON.stringify(one) }));
    this.put(`${ecosystem}/all.zip`, packZip(members));
    for (const one of records) this.put(`${ecosystem}/${one.id}.json`, JSON.stringify(one));
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}
