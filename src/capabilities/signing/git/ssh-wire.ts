import { createOctetCursor } from '../../../formats/octets/cursor.ts';

/**
 * Strings and numbers as SSH writes them (RFC 4251 §5). The reader keeps its error: after the first
 * missing byte it gives empty values, and `ended` is false. So a caller reads all fields and checks
 * once.
 */
export interface WireReader {
  string(): Uint8Array;
  text(): string;
  /**
   * A positive number without needless zeros, big-endian; a negative or padded number is an error.
   */
  positive(): Uint8Array;
  byte(): number;
  uint32(): number;
  uint64(): bigint;
  /** Text in UTF-8; null where it is none. */
  utf8(): string | null;
  isSound(): boolean;
  skip(bytes: Uint8Array): void;
  /** Whether every field was present, and nothing is left. */
  isEnded(): boolean;
}

export function createWireReader(bytes: Uint8Array): WireReader {
  const cursor = createOctetCursor(bytes);
  const string = (): Buffer => cursor.take(cursor.uint32());
  return {
    string,
    uint32: cursor.uint32,
    uint64: () => {
      const eight = cursor.take(8);
      return cursor.isSound() ? eight.readBigUInt64BE() : 0n;
    },
    utf8: () => {
      const bytes = string();
      const text = bytes.toString('utf8');
      return Buffer.from(text).equals(bytes) ? text : null;
    },
    isSound: cursor.isSound,
    byte: cursor.byte,
    text: () => string().toString('latin1'),
    positive: () => {
      const number = string();
      const [first = 0, second = 0] = number;
      cursor.require(number.length > 0 && first < 0x80 && (first !== 0 || second >= 0x80));
      return first === 0 ? number.subarray(1) : number;
    },
    skip: (expected) => cursor.require(cursor.take(expected.length).equals(expected)),
    isEnded: cursor.isEnded,
  };
}

export function encodeWireString(bytes: Uint8Array | string): Buffer {
  const body = Buffer.from(bytes as Uint8Array);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}
