import { createElfWriter } from './elf.ts';

/** An ELF file as GraalVM writes it: a heap, and symbols that say where its SBOM is. */
export interface NativeImage {
  readonly packed: Uint8Array;
  /** The section of its heap. */
  readonly heap?: string;
  /** Names of the symbols of SBOM and length. */
  readonly symbols?: readonly [string, string];
  /** Where its symbols say that the SBOM is. */
  readonly address?: number;
  /** How long it says that the SBOM is. */
  readonly length?: number;
}

const BASE = 0x40_0000;
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;

/** The bytes of such a file. */
export function packNativeImage(image: NativeImage): Buffer {
  const { packed, heap = '.svm_heap', symbols = ['sbom', 'sbom_length'] } = image;
  const write = createElfWriter(64, 'little');
  const texts = Buffer.from(`\0${symbols.join('\0')}\0`);
  const start = HEADER_BYTES + SEGMENT_BYTES;
  const lengthAt = start + packed.length;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(image.length ?? packed.length));
  const rows = Buffer.concat([
    Buffer.alloc(24),
    packSymbol(1, image.address ?? BASE + start),
    packSymbol(symbols[0].length + 2, BASE + lengthAt),
  ]);
  const contents = [Buffer.from(packed), length, rows, texts];
  const names = ['.data', '.length', '.dynsym', '.dynstr', '.shstrtab', heap];
  const table = Buffer.from(`\0${names.join('\0')}\0`);
  const all = [...contents, table, Buffer.from('heap')];
  let offset = start;
  const sections = all.map((content, at) => {
    const name = names.slice(0, at).reduce((sum, one) => sum + one.length + 1, 1);
    const row = write.section(name, offset, content.length, { address: BASE + offset, flags: 3 });
    offset += content.length;
    return row;
  });
  // The table of names is the last one that a header names.
  const order = [0, 1, 2, 3, 5, 4].map((at) => sections[at] ?? Buffer.alloc(0));
  const header = write.header({ sectionsAt: offset, programs: 1, sections: order.length + 1 });
  const segment = write.segment(0, offset, { address: BASE });
  return Buffer.concat([header, segment, ...all, Buffer.alloc(64), ...order]);
}

function packSymbol(name: number, value: number): Buffer {
  const row = Buffer.alloc(24);
  row.writeUInt32LE(name, 0);
  row.writeBigUInt64LE(BigInt(value), 8);
  return row;
}
