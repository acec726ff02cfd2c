import { ByteFields, viewBuffer } from './fields.ts';
import { keepInFile, type LoadedPart, type NamedPart, type ProgramLayout } from './loaded-part.ts';
import type { PartReading } from './part-reading.ts';

const FORMS: ReadonlyMap<string, { readonly isWide: boolean; readonly order: 'little' | 'big' }> =
  new Map([
    ['cffaedfe', { isWide: true, order: 'little' }],
    ['cefaedfe', { isWide: false, order: 'little' }],
    ['feedfacf', { isWide: true, order: 'big' }],
    ['feedface', { isWide: false, order: 'big' }],
  ]);
const FAT = 'cafebabe';
const FAT_WIDE = 'cafebabf';
/** Java's class files begin as the fat form does, and have a version in its place. */
const ARCHITECTURES_MAX = 40;
const COMMAND_BYTES_MAX = 4 * 1024 * 1024;
const SEGMENT = { narrow: 0x1, wide: 0x19 } as const;
const PROTECTION = { write: 2, execute: 4 } as const;

/** The segments and sections of Mach-O; a fat file holds one program for each architecture. */
export function* readMachLayout(head: Buffer, size: number): PartReading<readonly ProgramLayout[]> {
  const layouts: ProgramLayout[] = [];
  for (const { offset, length } of listSlices(head, size)) {
    const layout = yield* readSlice(offset, Math.min(length, size - offset));
    if (layout !== null) layouts.push(layout);
  }
  return layouts;
}

function listSlices(head: Buffer, size: number): readonly { offset: number; length: number }[] {
  const magic = head.toString('hex', 0, 4);
  if (FORMS.has(magic)) return [{ offset: 0, length: size }];
  if ((magic !== FAT && magic !== FAT_WIDE) || head.length < 8) return [];
  const isWide = magic === FAT_WIDE;
  const rowBytes = isWide ? 32 : 20;
  const fields = new ByteFields(head, 'big');
  const count = fields.word(4);
  if (count > ARCHITECTURES_MAX || 8 + count * rowBytes > head.length) return [];
  return Array.from({ length: count }, (_, row) => 8 + row * rowBytes)
    .map((at) =>
      isWide
        ? { offset: fields.wide(at + 8), length: fields.wide(at + 16) }
        : { offset: fields.word(at + 8), length: fields.word(at + 12) },
    )
    .filter(({ offset }) => offset < size);
}

function* readSlice(start: number, size: number): PartReading<ProgramLayout | null> {
  const head = viewBuffer(yield { offset: start, length: Math.min(32, size) });
  const form = FORMS.get(head.toString('hex', 0, 4));
  if (form === undefined || head.length < 28) return null;
  const { isWide, order } = form;
  const header = new ByteFields(head, order);
  const [count, length] = [header.word(16), header.word(20)];
  const offset = isWide ? 32 : 28;
  if (length > COMMAND_BYTES_MAX || offset + length > size) return null;
  const commands = viewBuffer(yield { offset: start + offset, length });
  const found = readCommands(commands, { count, isWide, order });
  const place = <P extends LoadedPart>(parts: readonly P[]): readonly P[] =>
    keepInFile(parts, size).map((part) => ({ ...part, offset: start + part.offset }));
  const loaded = place(found.loaded);
  return loaded.length === 0 ? null : { order, loaded, named: place(found.named) };
}

interface Commands {
  readonly count: number;
  readonly isWide: boolean;
  readonly order: 'little' | 'big';
}

function readCommands(bytes: Buffer, { count, isWide, order }: Commands) {
  const loaded: LoadedPart[] = [];
  const named: NamedPart[] = [];
  const fields = new ByteFields(bytes, order);
  for (let at = 0, done = 0; done < count && at + 8 <= bytes.length; done++) {
    const [kind, length] = [fields.word(at), fields.word(at + 4)];
    // mutant mach-command-that-does-not-end by program-layout: condition -> length < 0
    if (length < 8 || at + length > bytes.length) break;
    if (kind === (isWide ? SEGMENT.wide : SEGMENT.narrow) && length >= (isWide ? 72 : 56))
      readSegment(fields, { at, length, isWide }, { loaded, named });
    at += length;
  }
  return { loaded, named };
}

interface Command {
  readonly at: number;
  readonly length: number;
  readonly isWide: boolean;
}

function readSegment(
  fields: ByteFields,
  { at, length, isWide }: Command,
  { loaded, named }: { readonly loaded: LoadedPart[]; readonly named: NamedPart[] },
): void {
  const number = (place: number): number => (isWide ? fields.wide(place) : fields.word(place));
  const step = isWide ? 8 : 4;
  const protection = fields.word(at + 24 + 4 * step + 4);
  const kind =
    (protection & PROTECTION.execute) !== 0
      ? 'code'
      : (protection & PROTECTION.write) !== 0
        ? 'writable'
        : 'read-only';
  loaded.push({
    kind,
    address: number(at + 24),
    offset: number(at + 24 + 2 * step),
    length: number(at + 24 + 3 * step),
  });
  const [first, rowBytes] = isWide ? [72, 80] : [56, 68];
  const count = fields.word(at + 24 + 4 * step + 8);
  for (let row = 0; row < count; row++) {
    const place = at + first + row * rowBytes;
    if (place + rowBytes > at + length) return;
    const name = fields.text(place, 16);
    const [address, bytes] = [number(place + 32), number(place + 32 + step)];
    named.push({ kind, name, address, length: bytes, offset: fields.word(place + 32 + 2 * step) });
  }
}
