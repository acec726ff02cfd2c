/** What cargo-auditable records of a small program. */
export const AUDITABLE = {
  packages: [
    { name: 'cc', version: '1.0.83', source: 'crates.io', kind: 'build' },
    { name: 'libc', version: '0.2.150', source: 'crates.io' },
    { name: 'shop', version: '0.1.0', source: 'local', dependencies: [0, 1], root: true },
  ],
};

/** A module of WebAssembly that has a section of types and one of a name. */
export function packWasm(name: string, content: Uint8Array): Buffer {
  const custom = Buffer.concat([packVarint(name.length), Buffer.from(name), content]);
  return Buffer.concat([
    Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    Buffer.from([1, 1, 0]),
    Buffer.from([0]),
    packVarint(custom.length),
    custom,
  ]);
}

function packVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest < 128 ? rest : (rest % 128) + 128);
    if (rest < 128) return Buffer.from(bytes);
  }
}
