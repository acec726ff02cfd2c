/** A member of a tar archive as a test wants it, honest or not. */
export interface TarMember {
  readonly name: string;
  readonly type?: string;
  readonly link?: string;
  readonly bytes?: Uint8Array;
  /** What the header claims, where it should not be the truth. */
  readonly size?: number;
}

/** A ustar archive, written by hand so that it may be wrong where a test needs that. */
export function tarOf(members: readonly TarMember[]): Buffer {
  return Buffer.concat([...members.map(memberOf), Buffer.alloc(1024)]);
}

function memberOf({ name, type = '0', link = '', bytes = new Uint8Array(), size }: TarMember): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write((size ?? bytes.length).toString(8).padStart(11, '0'), 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
